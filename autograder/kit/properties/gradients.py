"""Gradients: they reach every parameter."""

from __future__ import annotations

import numpy as np

from autograder.judge.expect import expect
from autograder.kit.lab import Lab
from autograder.kit.properties.calls import direction_for
from autograder.kit.properties.record import prop


@prop("Gradients reach every parameter.")
def gradients_reach_all(lab: Lab, name: str, rng: np.random.Generator) -> None:
    model = lab.model(name, rng)
    case = model.case(rng)
    direction = direction_for(model, model.answer(case)[0].data, rng)
    gradients = model.gradients(case, direction)
    trained = {parameter for parameter, _, trains in model.parameters if trains}
    without = [p for p, g in gradients.items() if p in trained and (g is None or not g.any())]
    expect(bool(gradients) and not without, "these parameters get no gradient", got=without)
