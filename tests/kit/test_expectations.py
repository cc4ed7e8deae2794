"""What properties ask of answers, parameters and first weights, each with one that fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder.errors import MalformedAnswer
from autograder.judge.expect import Mismatch
from autograder.kit.case import Named
from autograder.kit.comparing import expect_moved
from autograder.kit.properties.answers import Answer
from autograder.kit.properties.batches import expect_in_order, expect_rows_alone
from autograder.kit.properties.building import expect_count, expect_growth, expect_order, expect_trainable
from autograder.kit.properties.calls import expect_untouched
from autograder.kit.properties.gradients import expect_gradients
from autograder.kit.properties.modes import expect_varied
from autograder.kit.properties.time import expect_joined, expect_reaches, expect_unseen
from autograder.kit.properties.values import expect_uniform, expect_zero
from autograder.wire.frames import Array

RNG = np.random.default_rng(4)
STEPS = RNG.normal(size=(2, 3, 4))  # rows, steps, features
STATE = RNG.normal(size=(2, 4))


def answer(steps: Any = STEPS, state: Any = STATE) -> Answer:
    return Named(steps, ("batch", "time", "width")), Named(state, ("batch", "width"))


def part(places: Any) -> Answer:
    return answer(STEPS[:, places])


def moved(*index: Any) -> Answer:
    """The answer with other numbers there, in its steps."""
    steps = STEPS.copy()
    steps[index] += 1
    return answer(steps)


def rows(*numbers: int) -> Answer:
    return answer(STEPS[list(numbers)], STATE[list(numbers)])


UNIFORM = {"w": RNG.uniform(-1, 1, 500)}
TENSOR = Array("tensor", STATE)
CASES: list[tuple[Callable[..., None], tuple[Any, ...], tuple[Any, ...]]] = [
    (expect_rows_alone, (answer(), [rows(0), rows(1)]), (answer(), [rows(0), rows(0)])),
    (expect_in_order, (rows(1, 0), answer(), [1, 0]), (answer(), answer(), [1, 0])),
    (expect_reaches, (answer(), moved(1, 2), "it", 1), (answer(), answer(), "it", 1)),
    (expect_reaches, (answer(), moved(1), "it", 1), (answer(), moved(slice(None)), "it", 1)),
    (expect_unseen, (answer(), moved(0, 2), "it", 2), (answer(), moved(0, 1), "it", 2)),
    (expect_joined, (part([0, 1]), part([2]), answer(), ["h"]), (part([0, 1]), part([1]), answer(), ["h"])),
    (expect_joined, (part([0]), part([1, 2]), answer(), ["h"]),
     (part([0]), answer(STEPS[:, 1:], -STATE), answer(), ["h"])),
    (expect_varied, ([answer(), answer(), moved(0, 0)], "now"), ([answer()] * 3, "now")),
    (expect_untouched, ({"args": [TENSOR, [1, 2]]}, {"x": STATE, "n": np.array([1.0, 2.0])}),
     ({"args": [TENSOR, [1, 3]]}, {"x": STATE, "n": np.array([1.0, 2.0])})),
    (expect_untouched, ({"args": [TENSOR]}, {"x": STATE}), ({"args": [TENSOR]}, {"x": -STATE})),
    (expect_gradients, ({"w": STATE},), ({"w": STATE, "b": None},)),
    (expect_gradients, ({"w": STATE},), ({},)),
    (expect_gradients, ({"w": STATE},), ({"w": STATE * np.nan},)),
    (expect_moved, (STATE, STATE * 1.01, "it"), (STATE, STATE + 1e-5, "it")),
    (expect_moved, (np.zeros(2), np.full(2, 1e-9), "it"), (np.zeros(2), np.zeros(2), "it")),
    (expect_order, (None, ["a", "b"]), (["b", "a"], ["a", "b"])),
    (expect_count, (5, {3: "one", 5: "two"}), (4, {3: "one", 5: "two"})),
    (expect_growth, ("width", (1, 2), 7, [7, 9]), ("width", (1, 2), 8, [7, 9])),
    (expect_trainable, ([("w", (2,), True)],), ([("w", (2,), True), ("b", (2,), False)],)),
    (expect_zero, ({"b": np.zeros(2)}, "the bias"), ({"b": np.ones(2)}, "the bias")),
    (expect_uniform, (UNIFORM, 1.0, "the weights"), (UNIFORM, 0.5, "the weights")),
    (expect_uniform, (UNIFORM, 1.0, "the weights"), ({**UNIFORM, "b": np.zeros(9)}, 1.0, "the weights")),
    (expect_uniform, (UNIFORM, 1.0, "the weights"), ({"w": np.sign(UNIFORM["w"])}, 1.0, "the weights")),
    (expect_uniform, (UNIFORM, 1.0, "the weights"), ({}, 1.0, "the weights")),
]  # fmt: skip


@pytest.mark.parametrize(("ask", "right", "wrong"), CASES, ids=[case[0].__name__ for case in CASES])
def test_the_wrong_one_fails(ask: Callable[..., None], right: tuple[Any, ...], wrong: tuple[Any, ...]) -> None:
    ask(*right)
    with pytest.raises(Mismatch):
        ask(*wrong)


@pytest.mark.parametrize("answer", [None, {}, {"args": 5}, {"args": []}])
def test_arguments_that_do_not_come_back_are_malformed(answer: Any) -> None:
    with pytest.raises(MalformedAnswer):
        expect_untouched(answer, {"x": STATE})
