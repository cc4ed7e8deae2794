"""Modes: in eval mode nothing is random, in training mode dropout is."""

from __future__ import annotations

import numpy as np

from autograder.judge.expect import expect
from autograder.kit.comparing import LEAST, expect_agree
from autograder.kit.lab import Lab
from autograder.kit.properties.building import declared
from autograder.kit.properties.record import prop

RATE = 0.5
CALLS = 6


@prop("In eval mode nothing is random: two calls give the same answer, whatever the dropout rate.")
def deterministic_in_eval(lab: Lab, name: str, rng: np.random.Generator) -> None:
    rate = declared(lab, name).dropout
    model = lab.model(name, rng, **({rate: RATE} if rate else {}))
    case = model.case(rng)
    first, second = model.answers([case, case], seeds=[1, 2])
    for one, other in zip(first, second, strict=True):
        expect_agree(one.data, other.data, "two calls in eval mode differ")


@prop(
    "In training mode with a dropout rate above 0 the answers vary from call to call; with 0 they are as in eval mode."
)
def dropout_applied(lab: Lab, name: str, rng: np.random.Generator) -> None:
    rate = declared(lab, name).dropout
    assert rate, f"{name} declares no dropout rate"
    model = lab.model(name, rng, **{rate: RATE})
    case = model.case(rng)
    model.train()
    first, *others = (answer[0].data for answer in model.answers([case] * CALLS, seeds=range(CALLS)))
    same = all(np.allclose(first, other, rtol=0, atol=LEAST) for other in others)
    expect(not same, f"{CALLS} calls in training mode with {rate}={RATE} gave the same answer")
    model = lab.model(name, rng, **{rate: 0.0})
    wanted = model.answer(case)
    model.train()
    for one, other in zip(model.answer(case), wanted, strict=True):
        expect_agree(one.data, other.data, f"training mode against eval mode with {rate}=0")
