"""Calls: nothing is kept between them, and what is handed over stays as it was."""

from __future__ import annotations

import numpy as np

from autograder.errors import MalformedAnswer
from autograder.judge.expect import expect
from autograder.kit.comparing import NDArray, expect_agree
from autograder.kit.lab import Lab, Model
from autograder.kit.properties.record import prop
from autograder.wire.frames import Array


@prop("A call leaves nothing behind: the same inputs give the same answer again after other ones.")
def no_memory(lab: Lab, name: str, rng: np.random.Generator) -> None:
    model = lab.model(name, rng)
    case = model.case(rng)
    first, _, again = model.answers([case, model.case(rng), case])
    for one, other in zip(first, again, strict=True):
        expect_agree(one.data, other.data, "the same call after another one")
    direction = direction_for(model, first[0].data, rng)
    once, twice = model.gradients(case, direction), model.gradients(case, direction, calls=2)
    for parameter, gradient in once.items():
        double = twice.get(parameter)
        if gradient is not None and double is not None:
            same = np.allclose(double, 2 * gradient, rtol=1e-2, atol=1e-3)
            expect(same, f"the gradient of {parameter} over two calls is not twice that of one")


@prop("What forward is given stays as it was.")
def inputs_untouched(lab: Lab, name: str, rng: np.random.Generator) -> None:
    model = lab.model(name, rng)
    case = model.case(rng)
    answer = model.object.call("()", *model.arguments(case), echo=True)
    after = answer.get("args") if type(answer) is dict else None
    if type(after) is not list or len(after) != len(case.inputs):
        raise MalformedAnswer("the arguments did not come back")
    for value, (given, before) in zip(after, case.inputs.items(), strict=True):
        same = isinstance(value, Array) and np.array_equal(value.data, before.data)
        expect(same, f"{given} was changed by forward", got=value, expected=before.data)


def direction_for(model: Model, output: NDArray, rng: np.random.Generator) -> NDArray:
    """Random numbers of an output's shape, by which its gradients are told apart."""
    return np.asarray(rng.normal(size=output.shape), np.float32)
