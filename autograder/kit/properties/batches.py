"""Batches: any number of rows and steps, and each row for itself."""

from __future__ import annotations

import numpy as np

from autograder.judge.expect import expect
from autograder.kit.comparing import expect_agree
from autograder.kit.lab import Lab
from autograder.kit.properties.record import prop

SHAPES = ((1, 1), (1, 6), (4, 1), (2, 3), (5, 7))  # rows and steps


@prop("forward returns finite float tensors of the shapes asked for, for any number of rows and steps.")
def any_size(lab: Lab, name: str, rng: np.random.Generator) -> None:
    model = lab.model(name, rng)
    for rows, steps in SHAPES:
        model.answer(model.case(rng, batch=rows, time=steps), grad=True)  # as in training


@prop(
    "Rows do not mix: each row alone gives what it gives in a batch, and another order of rows gives that order.",
    weight=2,
)
def rows_apart(lab: Lab, name: str, rng: np.random.Generator) -> None:
    model = lab.model(name, rng)
    case = model.case(rng)
    expect(bool(case.along("batch")), "no input has an axis for the rows")
    rows = int(case.sizes["batch"])
    order = [*range(1, rows), 0]
    single = [case.take("batch", [row]) for row in range(rows)]
    together, turned, *alone = model.answers([case, case.take("batch", order), *single])
    for row, answer in enumerate(alone):
        for one, whole in zip(answer, together, strict=True):
            expect_agree(one.data, whole.take("batch", [row]).data, f"row {row} alone, against the same row in a batch")
    for one, whole in zip(turned, together, strict=True):
        expect_agree(one.data, whole.take("batch", order).data, f"rows in the order {order}")
