"""Time: which steps count for which."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograder.kit.case import Named
from autograder.kit.comparing import NDArray, expect_agree, expect_other
from autograder.kit.lab import Lab
from autograder.kit.properties.answers import Answer, expect_same, taken
from autograder.kit.properties.building import declared
from autograder.kit.properties.record import prop


@prop("No step sees the future: another input at a step changes nothing at the steps before it.", weight=2)
def causal(lab: Lab, name: str, rng: np.random.Generator) -> None:
    model = lab.model(name, rng)
    case = model.case(rng)
    steps = int(case.sizes["time"])
    places = [(given, step) for given in case.along("time") for step in range(1, steps)]
    before, *moved = model.answers([case, *(case.changed(given, time=step) for given, step in places)])
    for (given, step), after in zip(places, moved, strict=True):
        expect_unseen(before, after, f"another {given} at step {step + 1} of {steps}", step)


@prop("Every step counts: another input at any step changes the output of its own row.", weight=2)
def every_step_counts(lab: Lab, name: str, rng: np.random.Generator) -> None:
    model = lab.model(name, rng)
    case = model.case(rng)
    steps, row = int(case.sizes["time"]), {"batch": 1}
    places = [(given, step) for given in case.along("time") for step in (0, steps // 2, steps - 1)]
    before, *moved = model.answers([case, *(case.changed(given, time=step, **row) for given, step in places)])
    for (given, step), after in zip(places, moved, strict=True):
        expect_reaches(before[:1], after[:1], f"another {given} at step {step + 1} of {steps} in row 1", 1)


@prop("The order of the steps counts: two neighbours exchanged give another output at the last step.", weight=2)
def order_counts(lab: Lab, name: str, rng: np.random.Generator) -> None:
    model = lab.model(name, rng)
    case = model.case(rng)
    given, last = case.along("time")[0], int(case.sizes["time"]) - 1
    before, *moved = model.answers([case, *(case.swapped(given, "time", place, place + 1) for place in (0, last - 2))])
    for place, after in zip((0, last - 2), moved, strict=True):
        where = f"steps {place + 1} and {place + 2} of {last + 1} exchanged change nothing"
        expect_other(at_end(before[0], last), at_end(after[0], last), where)


def at_end(value: Named, last: int) -> NDArray:
    """The last step of an output, or all of one without steps."""
    return value.take("time", [last]).data


@prop(
    "The state splits: a sequence in two parts, the state handed on, gives the outputs and the state of the whole.",
    weight=2,
)
def state_splits(lab: Lab, name: str, rng: np.random.Generator) -> None:
    model, module = lab.model(name, rng), declared(lab, name)
    states = [given.name for given in module.inputs if given.draw == "state"]
    assert len(states) == len(module.outputs) - 1, f"{name} must declare its states as inputs and, last, as outputs"
    case = model.case(rng)
    steps = int(case.sizes["time"])
    whole = model.answer(case)
    for cut in (1, steps // 2, steps - 1):
        head = model.answer(case.take("time", range(cut)))
        handed = {state: value.data.astype(np.float32) for state, value in zip(states, head[1:], strict=True)}
        tail = model.answer(case.take("time", range(cut, steps)).replaced(**handed))
        expect_joined(head, tail, whole, states)
    for state in states:
        moved = model.answer(case.replaced(**{state: -case.inputs[state].data}))[0]
        expect_other(whole[0].data, moved.data, f"another {state} to start from changes nothing")


def expect_reaches(before: Answer, after: Answer, place: str, row: int, what: str = "numbers") -> None:
    """Fail unless something else at a `place` in a row changes that row's first output, and no other row."""
    others = [r for r in range(before[0].data.shape[before[0].axes.index("batch")]) if r != row]
    one, two = (taken(answer, "batch", [row])[0].data for answer in (before, after))
    expect_other(one, two, f"{place} changes nothing", what)
    expect_same(taken(after, "batch", others), taken(before, "batch", others), f"{place} changes other rows", what)


def expect_unseen(before: Answer, after: Answer, place: str, step: int) -> None:
    """Fail if something else at a `place` in a step changes outputs of earlier steps."""
    early = list(range(step))
    for old, new in zip(before, after, strict=True):
        if old.has("time"):
            expect_agree(new.take("time", early).data, old.take("time", early).data, f"{place} changes earlier steps")


def expect_joined(head: Answer, tail: Answer, whole: Answer, states: Sequence[str]) -> None:
    """Fail unless a sequence in two parts gives the outputs and then the states, by these names, of the whole."""
    axis = head[0].axes.index("time")
    one, two = head[0].data.shape[axis], tail[0].data.shape[axis]
    joined = np.concatenate([head[0].data, tail[0].data], axis=axis)
    expect_agree(joined, whole[0].data, f"{one} and {two} steps against all {one + two}")
    for state, last, wanted in zip(states, tail[1:], whole[1:], strict=True):
        expect_agree(last.data, wanted.data, f"the last {state} of {one} and {two} steps against that of all")
