"""Calls: nothing is kept between them, and what is handed over stays as it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from autograder.errors import MalformedAnswer
from autograder.judge.expect import expect
from autograder.kit.case import Case
from autograder.kit.comparing import NDArray
from autograder.kit.lab import Lab, Model
from autograder.kit.properties.answers import Answers, CaseT, CaseT_contra, expect_same
from autograder.kit.properties.record import prop
from autograder.wire.frames import Array


@prop("A call leaves nothing behind: the same inputs give the same answer again after other ones.")
def no_memory(lab: Lab, name: str, rng: np.random.Generator) -> None:
    model = lab.model(name, rng)
    case = model.case(rng)
    expect_nothing_kept(model, case, model.case(rng))
    if model.scalars:
        expect_gradients_add_up(model, case, direction_for(model, case, rng))


@prop("What forward is given stays as it was.")
def inputs_untouched(lab: Lab, name: str, rng: np.random.Generator) -> None:
    model = lab.model(name, rng)
    case = model.case(rng)
    answer = model.object.call("()", *model.arguments(case), echo=True)
    expect_untouched(answer, {name: value.data for name, value in case.inputs.items()})


class Gradients(Protocol[CaseT_contra]):
    """A model that is asked for the gradients of sum(output × direction) over several calls, by parameter name."""

    def gradients(self, case: CaseT_contra, direction: NDArray, calls: int = 1) -> dict[str, NDArray | None]: ...


def expect_nothing_kept(model: Answers[CaseT], case: CaseT, other: CaseT) -> None:
    """Fail unless the same inputs give the same answer again after other ones."""
    first, _, again = model.answers([case, other, case])
    expect_same(again, first, "the same call after another one")


def expect_gradients_add_up(model: Gradients[CaseT], case: CaseT, direction: NDArray) -> None:
    """Fail unless gradients over two calls are twice those of one."""
    once, twice = model.gradients(case, direction), model.gradients(case, direction, calls=2)
    for parameter, gradient in once.items():
        double = twice.get(parameter)
        if gradient is not None and double is not None:
            same = np.allclose(double, 2 * gradient, rtol=1e-2, atol=1e-3)
            expect(same, f"the gradient of {parameter} over two calls is not twice that of one")


def expect_untouched(answer: Any, given: Mapping[str, NDArray]) -> None:
    """Fail unless the arguments that came back with an answer are what was given, by name.

    Raises:
        MalformedAnswer: no arguments came back.
    """
    after = answer.get("args") if type(answer) is dict else None
    if type(after) is not list or len(after) != len(given):
        raise MalformedAnswer("the arguments did not come back")
    for value, (name, before) in zip(after, given.items(), strict=True):
        same = isinstance(value, Array) and np.array_equal(value.data, before)
        same |= type(value) is list and value == before.tolist()
        expect(same, f"{name} was changed by forward", got=value, expected=before)


def direction_for(model: Model, case: Case, rng: np.random.Generator) -> NDArray:
    """Random numbers of the first output's shape, by which its gradients are told apart."""
    shape = model.shape_for(case) if model.module.outputs[0].axes else model.answer(case)[0].data.shape
    return np.asarray(rng.normal(size=shape), np.float32)
