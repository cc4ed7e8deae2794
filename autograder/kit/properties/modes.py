"""Modes: in eval mode nothing is random, in training mode dropout is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import numpy as np

from autograder.judge.expect import expect
from autograder.kit.comparing import LEAST, NDArray
from autograder.kit.lab import Lab
from autograder.kit.properties.answers import Answer, Answers, CaseT, CaseT_contra, expect_same
from autograder.kit.properties.building import declared
from autograder.kit.properties.record import prop

RATE = 0.5
CALLS = 6


@prop("In eval mode nothing is random: two calls give the same answer, whatever the dropout rate.")
def deterministic_in_eval(lab: Lab, name: str, rng: np.random.Generator) -> None:
    rate = declared(lab, name).dropout
    model = lab.model(name, rng, **({rate: RATE} if rate else {}))
    expect_still(model, model.case(rng))


@prop(
    "In training mode with a dropout rate above 0 the answers vary from call to call; with 0 they are as in eval mode."
)
def dropout_applied(lab: Lab, name: str, rng: np.random.Generator) -> None:
    rate = declared(lab, name).dropout
    assert rate, f"{name} declares no dropout rate"
    model = lab.model(name, rng, **{rate: RATE})
    case = model.case(rng)
    model.train()
    expect_varied(model.answers([case] * CALLS, seeds=range(CALLS)), f"in training mode with {rate}={RATE}")
    model = lab.model(name, rng, **{rate: 0.0})
    expect_as_in_eval(model, case, f"training mode against eval mode with {rate}=0")


class HasModes(Answers[CaseT_contra], Protocol):
    """A model that can be put in training mode."""

    def train(self, training: bool = True) -> None: ...


def expect_still(model: Answers[CaseT], case: CaseT, what: str = "numbers", outputs: int | None = None) -> Answer:
    """Fail unless the first `outputs` (all, where it is None) are the same under two seeds; gives the first answer."""
    first, second = model.answers([case, case], seeds=[1, 2])
    expect_same(second[:outputs], first[:outputs], "two calls in eval mode differ", what)
    return first


def expect_as_in_eval(model: HasModes[CaseT], case: CaseT, message: str, outputs: int | None = None) -> None:
    """Fail unless training mode, in which the model then is, gives the first `outputs` of eval mode, in which it is."""
    (wanted,) = model.answers([case])
    model.train()
    (got,) = model.answers([case])
    expect_same(got[:outputs], wanted[:outputs], message)


def expect_varied(answers: Iterable[Answer], where: str) -> None:
    """Fail if all answers have the same first output."""
    first, *others = (answer[0].data for answer in answers)
    same = not any(differs(first, other) for other in others)
    expect(not same, f"{len(others) + 1} calls {where} gave the same answer")


def differs(one: NDArray, two: NDArray) -> bool:
    """Whether two outputs of one shape differ by more than rounding."""
    return not np.allclose(one, two, rtol=0, atol=LEAST)
