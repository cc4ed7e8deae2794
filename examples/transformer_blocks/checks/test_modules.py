"""The five modules: properties by role, and each one's equations."""

from __future__ import annotations

from autograder.kit import properties as p
from autograder.kit import roles
from autograder.kit.suite import checks

from ..declaration import ATTENTION, LINEAR, NORM, ROTARY, SWIGLU

globals().update(
    checks(
        {
            "linear": (LINEAR, (*roles.LAYER, p.parameter_count, p.equals_equations)),
            "norm": (NORM, (*roles.LAYER, p.equals_equations)),
            "swiglu": (SWIGLU, (*roles.LAYER, p.parameter_count, p.equals_equations)),
            "rotary": (ROTARY, (*roles.MODULE, p.equals_equations)),
            "attention": (
                ATTENTION,
                (*roles.LANGUAGE_MODEL, p.parameter_count, p.equals_equations(visibility="hidden")),
            ),
        }
    )
)
