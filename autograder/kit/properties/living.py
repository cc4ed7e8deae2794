"""Proof of life: an answer that depends on nothing keeps many properties, and earns nothing for them."""

from __future__ import annotations

import numpy as np

from autograder.judge.expect import expect
from autograder.kit.comparing import expect_moved
from autograder.kit.lab import Lab
from autograder.kit.properties.building import declared
from autograder.kit.properties.record import prop


@prop("The output depends on every input, and on the weights.", required=True, weight=2)
def alive(lab: Lab, name: str, rng: np.random.Generator) -> None:
    model, module = lab.model(name, rng), declared(lab, name)
    case, other = model.case(rng), model.case(rng)
    inputs = [given.name for given in module.inputs if given.draw != "lengths"]  # ids may tell them too
    mixed = [case.replaced(**{given: other.inputs[given].data}) for given in inputs]
    first, *moved = model.answers([case, *mixed])
    for given, answer in zip(inputs, moved, strict=True):
        expect_moved(first[0].data, answer[0].data, f"another {given} gives the same output")
    learns = bool(module.weights) or module.parameters is not None
    expect(bool(model.scalars) or not learns, "the module has no parameters")
    if model.scalars:
        values = model.state()
        model.load({parameter: 0.5 - value for parameter, value in values.items()})
        expect_moved(first[0].data, model.answer(case)[0].data, "other weights give the same output")
