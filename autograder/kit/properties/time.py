"""Time: which steps count for which."""

from __future__ import annotations

import numpy as np

from autograder.kit.case import Named
from autograder.kit.comparing import NDArray, expect_agree, expect_other
from autograder.kit.lab import Lab
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
        for old, new in zip(before, after, strict=True):
            if old.has("time"):
                early = list(range(step))
                where = f"another {given} at step {step + 1} of {steps} changes earlier steps"
                expect_agree(new.take("time", early).data, old.take("time", early).data, where)


@prop("Every step counts: another input at any step changes the output of its own row.", weight=2)
def every_step_counts(lab: Lab, name: str, rng: np.random.Generator) -> None:
    model = lab.model(name, rng)
    case = model.case(rng)
    steps, row = int(case.sizes["time"]), {"batch": 1}
    places = [(given, step) for given in case.along("time") for step in (0, steps // 2, steps - 1)]
    before, *moved = model.answers([case, *(case.changed(given, time=step, **row) for given, step in places)])
    for (given, step), after in zip(places, moved, strict=True):
        where = f"another {given} at step {step + 1} of {steps} in row 1"
        rows = [r for r in range(int(case.sizes["batch"])) if r != 1]
        expect_other(before[0].take("batch", [1]).data, after[0].take("batch", [1]).data, f"{where} changes nothing")
        expect_agree(
            after[0].take("batch", rows).data, before[0].take("batch", rows).data, f"{where} changes other rows"
        )


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
        joined = np.concatenate([head[0].data, tail[0].data], axis=head[0].axes.index("time"))
        expect_agree(joined, whole[0].data, f"{cut} and {steps - cut} steps against all {steps}")
        for state, one, other in zip(states, tail[1:], whole[1:], strict=True):
            expect_agree(one.data, other.data, f"the last {state} of {cut} and {steps - cut} steps against that of all")
    for state in states:
        moved = model.answer(case.replaced(**{state: -case.inputs[state].data}))[0]
        expect_other(whole[0].data, moved.data, f"another {state} to start from changes nothing")
