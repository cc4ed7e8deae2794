"""Batches: any number of rows and steps, and each row for itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from autograder.judge.expect import expect
from autograder.kit.lab import Lab
from autograder.kit.properties.answers import Answer, expect_same, taken
from autograder.kit.properties.building import declared
from autograder.kit.properties.record import prop

SHAPES = ((1, 1), (1, 6), (4, 1), (2, 3), (5, 7))  # rows and steps


@prop("forward returns finite float tensors of the shapes asked for, for any number of rows and steps.")
def any_size(lab: Lab, name: str, rng: np.random.Generator) -> None:
    model = lab.model(name, rng)
    cases = [model.case(rng, batch=rows, time=steps) for rows, steps in SHAPES]
    for _ in model.answers(cases, grad=True):  # as in training
        pass


@prop(
    "Rows do not mix: each row alone gives what it gives in a batch, and another order of rows gives that order.",
    weight=2,
)
def rows_apart(lab: Lab, name: str, rng: np.random.Generator) -> None:
    model = lab.model(name, rng)
    case = model.case(rng)
    expect(bool(case.along("batch")), "no input has an axis for the rows")
    rows = int(case.sizes["batch"])
    order, single = [*range(1, rows), 0], [case.take("batch", [row]) for row in range(rows)]
    together, turned, *alone = model.answers([case, case.take("batch", order), *single])
    expect_rows_alone(together, alone)
    expect_in_order(turned, together, order)


@prop(
    "Padding does not count: with more of it on the right, and without it, each row gives what it gives in a batch.",
    weight=2,
)
def ignores_padding(lab: Lab, name: str, rng: np.random.Generator) -> None:
    assert any(given.pad for given in declared(lab, name).inputs), f"{name} declares no padding"
    model = lab.model(name, rng)
    whole = model.case(rng)
    rows, steps = int(whole.sizes["batch"]), int(whole.sizes["time"])
    lengths = [max(steps - 2 * row, 1) for row in range(rows)]
    case = whole.cut(lengths)
    alone = [case.take("batch", [row]).take("time", range(length)) for row, length in enumerate(lengths)]
    together, padded, *single = model.answers([case, case.padded(3), *alone])
    for row, (length, answer) in enumerate(zip(lengths, single, strict=True)):
        places = range(length)
        wanted = taken(taken(together, "batch", [row]), "time", places)
        expect_same(taken(taken(padded, "batch", [row]), "time", places), wanted, f"row {row} with more padding")
        expect_same(answer, wanted, f"row {row} (length {length} in a batch of lengths {lengths}) without padding")


def expect_rows_alone(
    together: Answer, alone: Iterable[Answer], lengths: Sequence[int] = (), what: str = "numbers"
) -> None:
    """Fail unless each row alone gives what it gives in a batch; `lengths` of the rows, to be shown."""
    for row, answer in enumerate(alone):
        shown = f" (length {lengths[row]} in a batch of lengths {list(lengths)})" if lengths else ""
        message = f"row {row}{shown} alone, against the same row in a batch"
        expect_same(answer, taken(together, "batch", [row]), message, what)


def expect_in_order(turned: Answer, together: Answer, order: Sequence[int], what: str = "numbers") -> None:
    """Fail unless rows in another order give the outputs in that order."""
    expect_same(turned, taken(together, "batch", order), f"rows in the order {list(order)}", what)
