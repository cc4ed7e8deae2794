"""The five modules: properties by role, and each one's equations."""

from __future__ import annotations

from autograder.kit import properties as p
from autograder.kit import roles
from autograder.kit.suite import checks

from ..declaration import ATTENTION, LINEAR, NORM, ROTARY, SWIGLU

EQUATIONS = p.equals_equations(weight=15)  # about half of an item
globals().update(
    checks(
        {
            "linear": (LINEAR, (*roles.LAYER, p.parameter_count, EQUATIONS)),
            "norm": (NORM, (*roles.LAYER, EQUATIONS)),
            "swiglu": (SWIGLU, (*roles.LAYER, p.parameter_count, EQUATIONS)),
            "rotary": (ROTARY, (*roles.MODULE, EQUATIONS)),
            "attention": (ATTENTION, (*roles.LANGUAGE_MODEL, p.parameter_count, EQUATIONS(visibility="hidden"))),
        }
    )
)
