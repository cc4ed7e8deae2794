"""s7.batches: inputs and shifted targets of strings, in batches of one length."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from autograder.assignments.sequence_tasks.checks.lm_batches import Asked, drawn, rows
from autograder.assignments.sequence_tasks.toys import LM_BATCHES
from autograder.judge.expect import expect
from autograder.judge.marks import item
from autograder.judge.models import kind_of
from autograder.kit.batches import Pair
from autograder.kit.lab import Lab
from autograder.wire.frames import Array

ITEM = "s7.batches"
LENGTHS = (1, 2, 2, 3, 3, 3, 4, 4, 4, 4, 4, 6, 6, 6, 7)
BUDGETS = (9, 15, 40)
DEFAULT = 10_000
MANY = 2_600  # strings of six tokens: more than one batch of the default budget
LIVING = 0.5


@item(ITEM, required=True, weight=2)
def test_inputs_and_targets(lab: Lab, rng: np.random.Generator) -> None:
    """The strings come back as token numbers, in pairs of inputs and targets, and the target is one character ahead of the input."""
    asked = drawn(rng, LENGTHS)
    found = rows(asked.batches(lab, max_tokens=40))
    contents = {asked.content(one) for one, _ in found} | {asked.content(other) for _, other in found}
    there = sum(asked.ids(text) in contents for text in asked.strings)
    expect(there >= LIVING * len(asked.strings), "most strings are not there", got=f"{there} of {len(asked.strings)}")
    expect(any(one != other for one, other in found), "targets are the same as inputs")
    pairs = [pair for one, other in found for pair in zip(one[1:], other, strict=False)]
    ahead = sum(following == target for following, target in pairs)
    shown = f"{ahead} of {len(pairs)} targets are the input's next token"
    expect(ahead >= LIVING * max(len(pairs), 1), "targets are not one character ahead of inputs", got=shown)


@item(ITEM, weight=2)
def test_shift(lab: Lab, rng: np.random.Generator) -> None:
    """Each target is its input shifted left by one: at every step the token that stands one step later in the input."""
    for inputs, targets in drawn(rng, LENGTHS).batches(lab):
        expect(inputs.shape == targets.shape, "input and target differ in shape", got=list(targets.shape))
        expect(
            bool((targets[:, :-1] == inputs[:, 1:]).all()), "not shifted by one", got=targets, expected=inputs[:, 1:]
        )


@item(ITEM)
def test_start(lab: Lab, rng: np.random.Generator) -> None:
    """Every input begins with `.start`, which stands nowhere else."""
    asked = drawn(rng, LENGTHS)
    for one, other in rows(asked.batches(lab)):
        marks = [number == asked.w2i[".start"] for number in (*one, *other)]
        shown = f"input {list(one)}, target {list(other)}, .start is {asked.w2i['.start']}"
        expect(marks[:1] == [True] and sum(marks) == 1, "an input does not begin with .start alone", got=shown)


@item(ITEM)
def test_end(lab: Lab, rng: np.random.Generator) -> None:
    """Every target ends in `.end`, which stands nowhere else."""
    asked = drawn(rng, LENGTHS)
    for one, other in rows(asked.batches(lab)):
        marks = [number == asked.w2i[".end"] for number in (*one, *other)]
        shown = f"input {list(one)}, target {list(other)}, .end is {asked.w2i['.end']}"
        expect(marks[-1:] == [True] and sum(marks) == 1, "a target does not end in .end alone", got=shown)


@item(ITEM)
def test_one_length(lab: Lab, rng: np.random.Generator) -> None:
    """All strings of a batch have one length: nothing is padded and nothing is cut off."""
    asked = drawn(rng, LENGTHS)
    pad = asked.w2i[".pad"]
    for inputs, targets in asked.batches(lab):
        expect(not (inputs == pad).any() and not (targets == pad).any(), "a batch holds padding", got=inputs)
        lengths = {len(asked.content([*one, other[-1]])) for one, other in rows([(inputs, targets)])}
        expect(len(lengths) <= 1, "strings of several lengths share a batch", got=f"lengths {sorted(lengths)}")


@item(ITEM, weight=2)
def test_nothing_lost(lab: Lab, rng: np.random.Generator) -> None:
    """Every string is in exactly one batch; one that stands in the list twice is there twice."""
    asked = drawn(rng, LENGTHS)
    expect_all_there(asked, asked.batches(lab))
    twice = replace(asked, strings=asked.strings + asked.strings[-3:])
    expect_all_there(twice, twice.batches(lab, max_tokens=20))


@item(ITEM, weight=2)
def test_budget(lab: Lab, rng: np.random.Generator) -> None:
    """No batch holds more than max_tokens tokens, `.start` counted, unless it is a single string."""
    asked = drawn(rng, LENGTHS)
    for budget in BUDGETS:
        expect_budget(asked.batches(lab, max_tokens=budget), budget)


@item(ITEM)
def test_filled(lab: Lab, rng: np.random.Generator) -> None:
    """Batches are filled up: there are not many more of them than the budget makes necessary."""
    asked = drawn(rng, (3,) * 24 + (5,) * 24)
    batches = asked.batches(lab, max_tokens=48)
    expect(len(batches) <= 12, "far more batches than necessary", got=f"{len(batches)}", expected="5, or a few more")


@item(ITEM)
def test_too_long(lab: Lab, rng: np.random.Generator) -> None:
    """A string that is longer than the budget by itself is not lost: it makes a batch alone."""
    asked = drawn(rng, (2, 2, 3, 9, 9, 12))
    batches = asked.batches(lab, max_tokens=7)
    expect_all_there(asked, batches)
    long = [inputs for inputs, _ in batches if inputs.shape[1] > 7]
    expect(all(len(inputs) == 1 for inputs in long), "strings that are too long share a batch")


@item(ITEM, weight=2)
def test_shuffled(lab: Lab, rng: np.random.Generator) -> None:
    """The order of the batches is shuffled: the same for the same seed, 0 included, and another one for another seed."""
    asked = drawn(rng, tuple(range(2, 16)))
    orders = {}
    for seed in (0, 1, 2):
        first, again = (asked.batches(lab, max_tokens=30, seed=seed) for _ in range(2))
        expect(rows(first) == rows(again), f"another order when it is called again with seed={seed}")
        orders[seed] = tuple(inputs.shape[1] for inputs, _ in first)
    expect(len(set(orders.values())) > 1, "seeds 0, 1 and 2 give the batches in the same order", got=f"{orders}")


@item(ITEM)
def test_not_shuffled(lab: Lab, rng: np.random.Generator) -> None:
    """With shuffle=False nothing is random: the order is the same at every call."""
    asked = drawn(rng, tuple(range(2, 14)))
    first, again = (asked.batches(lab, max_tokens=30, shuffle=False) for _ in range(2))
    expect(rows(first) == rows(again), "another order at the second call")


@item(ITEM)
def test_types(lab: Lab, rng: np.random.Generator) -> None:
    """Inputs and targets are tensors of int64 with two axes."""
    asked = drawn(rng, (2, 3, 3))
    asked.batches(lab)
    answer = lab.raw(LM_BATCHES.name, list(asked.strings), asked.w2i)
    for batch in answer if isinstance(answer, (list, tuple)) else ():
        for part in batch if isinstance(batch, (list, tuple)) else ():
            fine = isinstance(part, Array) and part.kind != "ndarray" and str(part.data.dtype) == "int64"
            shown = f"{part.kind} of {part.data.dtype}" if isinstance(part, Array) else kind_of(part)
            expect(fine, "not a tensor of int64", got=shown)


@item(ITEM, weight=0)
def test_a_list(lab: Lab, rng: np.random.Generator) -> None:
    """The batches are a list of pairs; what yields them one by one is as good, and costs nothing."""
    asked = drawn(rng, (2, 3, 3))
    answer = lab.raw(LM_BATCHES.name, list(asked.strings), asked.w2i)
    expect(isinstance(answer, (list, tuple)), "no list", got=kind_of(answer))


@item(ITEM, visibility="hidden")
def test_default_budget(lab: Lab, rng: np.random.Generator) -> None:
    """Without max_tokens the budget is 10,000 tokens."""
    asked = drawn(rng, (5,))
    batches = replace(asked, strings=asked.strings * MANY).batches(lab, shuffle=False)
    expect_budget(batches, DEFAULT)
    expect(len(batches) <= 4, "far more batches than necessary", got=f"{len(batches)}", expected="2")


def expect_all_there(asked: Asked, batches: list[Pair]) -> None:
    """Fail unless every string is there as often as it was given."""
    wanted = Counter(asked.ids(text) for text in asked.strings)
    got = Counter(asked.content([*one, *other[-1:]]) for one, other in rows(batches))
    lost, more = (wanted - got).total(), (got - wanted).total()
    expect(not lost, f"{lost} of {len(asked.strings)} strings are not there", got=f"{got.total()} rows")
    expect(not more, f"{more} rows are none of the strings, or come too often", got=f"{got.total()} rows")


def expect_budget(batches: list[Pair], budget: int) -> None:
    """Fail where a batch of several strings is too large."""
    for inputs, _ in batches:
        fine = inputs.size <= budget or len(inputs) == 1
        expect(fine, f"a batch is larger than max_tokens={budget}", got=f"{inputs.shape[0]} x {inputs.shape[1]} tokens")
