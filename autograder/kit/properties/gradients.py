"""Gradients: they reach every parameter."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from autograder.judge.expect import expect
from autograder.kit.comparing import NDArray
from autograder.kit.lab import Lab
from autograder.kit.properties.calls import direction_for
from autograder.kit.properties.record import prop


@prop("Gradients reach every parameter.")
def gradients_reach_all(lab: Lab, name: str, rng: np.random.Generator) -> None:
    model = lab.model(name, rng)
    case = model.case(rng)
    direction = direction_for(model, case, rng)
    gradients = model.gradients(case, direction)
    trained = {parameter for parameter, _, trains in model.parameters if trains}
    expect_gradients({parameter: gradient for parameter, gradient in gradients.items() if parameter in trained})


def expect_gradients(gradients: Mapping[str, NDArray | None]) -> None:
    """Fail unless there are gradients by parameter name, and all of them arrived, are finite and not zero."""
    without = [parameter for parameter, gradient in gradients.items() if gradient is None or not gradient.any()]
    expect(bool(gradients) and not without, "these parameters get no gradient", got=without)
    wild = [parameter for parameter, own in gradients.items() if own is not None and not np.isfinite(own).all()]
    expect(not wild, "these parameters get gradients that are not finite", got=wild)
