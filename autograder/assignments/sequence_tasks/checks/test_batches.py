"""s1: what `make_batches` does with labelled sequences, each of which can be told by its tokens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any

import numpy as np
import pytest

from autograder.judge.expect import expect
from autograder.judge.marks import item
from autograder.kit.batches import Pair, batches
from autograder.kit.comparing import NDArray
from autograder.kit.lab import Lab
from autograder.wire.frames import Array, Opaque, Series

NAME = "make_batches"
W2I = {f"w{n}": n for n in range(29, 5, -1)} | {".unk": 4, "the": 0, ".start": 5, ".end": 1, ".pad": 3, "film": 2}
WORDS = np.array([n for word, n in W2I.items() if not word.startswith(".")])
START, END, PAD = W2I[".start"], W2I[".end"], W2I[".pad"]
Sequences = list[list[int]]


@dataclass(frozen=True)
class Given:
    """Sequences, their labels and a budget of tokens."""

    x: Sequences
    y: list[int]
    budget: int

    def made(self, lab: Lab, **named: Any) -> list[Pair]:
        """The batches."""
        return batches(lab, NAME, self.x, self.y, W2I, **{"max_tokens": self.budget, **named})

    def content(self) -> Counter[tuple[int, ...]]:
        return Counter(map(tuple, self.x))


def draw(rng: np.random.Generator, lengths: Sequence[int], budget: int) -> Given:
    """Sequences of these lengths in mixed order, no two alike where they are long enough, with labels 0 and 1."""
    order = rng.permutation(len(lengths))
    words = iter(WORDS[rng.integers(len(WORDS), size=sum(lengths))].tolist())
    x = [list(islice(words, int(lengths[place]))) for place in order]
    y = [int(label) for label in rng.permutation(np.arange(len(x)) % 2)]
    return Given(x, y, budget)


def usual(rng: np.random.Generator, number: int = 23, budget: int = 60) -> Given:
    """Lengths from 4 to 25."""
    return draw(rng, list(rng.integers(4, 26, number)), budget)


def rows(made: Sequence[Pair]) -> list[tuple[tuple[int, ...], int]]:
    """What stands in the rows, without markers and padding, and the label of each; -1 where there is none."""
    return [
        (text, int(labels[place]) if place < len(labels) else -1)
        for ids, labels in made
        for place, text in enumerate(contents(ids))
    ]


def contents(ids: NDArray) -> list[tuple[int, ...]]:
    """What stands in each row, without markers and padding."""
    kept = (ids != START) & (ids != END) & (ids != PAD)
    return [tuple(row[some].tolist()) for row, some in zip(ids, kept, strict=True)]


def content(row: NDArray) -> tuple[int, ...]:
    return contents(row[None])[0]


def lengths(ids: NDArray) -> NDArray:
    """Of the rows, markers counted and padding not."""
    found: NDArray = (ids != PAD).sum(axis=1)
    return found


def by_length(made: Sequence[Pair]) -> list[NDArray]:
    """The true lengths in each batch, from the batch of the shortest sequences to that of the longest."""
    found = [lengths(ids) for ids, _ in made if ids.size]
    return sorted(found, key=lambda own: (own.max(), own.min()))


def shown(made: Sequence[Pair]) -> str:
    return f"batches of lengths {[sorted(lengths(ids).tolist()) for ids, _ in made][:8]}"


@item("s1", required=True)
def test_batches_of_sequences(lab: Lab, rng: np.random.Generator) -> None:
    """The sequences come back in batches [b, t], several in one where the budget has room for them."""
    given = draw(rng, [4, 5, 6, 4, 5, 6, 7, 7], 60)
    made = given.made(lab)
    found = Counter(text for text, _ in rows(made)) & given.content()
    expect(2 * found.total() >= len(given.x), "most sequences are in no batch", got=shown(made), expected="all of them")
    expect(any(len(ids) > 1 for ids, _ in made), "every sequence is a batch of its own", got=shown(made))


@item("s1", weight=4)
def test_nothing_lost(lab: Lab, rng: np.random.Generator) -> None:
    """Every sequence is in exactly one batch, the last batch too, which may not be full; nothing is lost, doubled or changed."""
    for number in (1, 2, 7, 23, 40):
        given = usual(rng, number)
        expect_whole(given, given.made(lab))


def expect_whole(given: Given, made: Sequence[Pair]) -> None:
    """Fail where a sequence is lost, doubled or changed."""
    found, wanted = Counter(text for text, _ in rows(made)), given.content()
    lost, more = wanted - found, found - wanted
    wrong = f"{lost.total()} lost, {more.total()} doubled or changed" if lost or more else ""
    expect(not wrong, "not every sequence is in one batch as it was", got=wrong, expected=f"all {len(given.x)}, once")


@item("s1", weight=3)
def test_labels_belong(lab: Lab, rng: np.random.Generator) -> None:
    """Each row keeps the label of its own sequence, and a batch has as many labels as rows."""
    given = usual(rng, 30)
    made = given.made(lab)
    odd = [(len(ids), len(labels)) for ids, labels in made if len(ids) != len(labels)]
    expect(not odd, "a batch has another number of labels than of rows", got=odd[:1])
    wanted = dict(zip(map(tuple, given.x), given.y, strict=True))
    wrong = [text for text, label in rows(made) if text in wanted and label != wanted[text]]
    expect(not wrong, "rows got the label of another sequence", got=f"{len(wrong)} of {len(given.x)}", expected="none")


@item("s1", weight=2)
def test_markers(lab: Lab, rng: np.random.Generator) -> None:
    """Every row begins with `.start`, and `.end` stands right behind the last token of its sequence; neither stands anywhere else."""
    given = usual(rng)
    for ids, _ in given.made(lab):
        for row in ids:
            text = [int(token) for token in row if token != PAD]
            good = text[:1] == [START] and text[-1:] == [END] and text.count(START) == text.count(END) == 1
            expect(good and len(text) > 1, "a row has not one .start in front and one .end behind", value=row.tolist())


@item("s1", weight=3)
def test_padding(lab: Lab, rng: np.random.Generator) -> None:
    """Shorter rows are filled up on the right with the index of `.pad`, whichever that is, to the length of the longest row of their batch and no further."""
    given = usual(rng)
    for ids, _ in given.made(lab):
        expect(ids.size > 0, "a batch is empty")
        for row in ids:
            real = row != PAD
            expect(not (np.diff(real.astype(int)) > 0).any(), "padding stands in front or inside", value=row.tolist())
            size = next((len(x) + 2 for x in given.x if tuple(x) == content(row)), None)
            if size is not None:
                expect(
                    int(real.sum()) <= size,
                    f"a row is filled up with something else than .pad = {PAD}",
                    value=row.tolist(),
                )
        expect(int(lengths(ids).max()) == ids.shape[1], "a batch is wider than its longest row", value=ids.shape)


@item("s1", weight=3)
def test_budget(lab: Lab, rng: np.random.Generator) -> None:
    """A batch of several sequences holds at most max_tokens tokens, `.start` and `.end` counted: b * t, or the sum of the true lengths."""
    for budget in (30, 61, 100):
        given = usual(rng, 40, budget)
        for ids, _ in given.made(lab):
            total = int(lengths(ids).sum())
            fits = len(ids) == 1 or total <= budget
            expect(
                fits,
                "a batch is larger than the budget",
                got=f"{total} tokens in {len(ids)} rows",
                expected=f"{budget}",
            )


@item("s1", weight=2)
def test_batches_are_filled(lab: Lab, rng: np.random.Generator) -> None:
    """The budget is used: no two batches of neighbouring lengths would fit into one."""
    given = usual(rng, 60, 100)
    sizes = by_length(given.made(lab))
    for one, two in pairwise(sizes):
        both = (len(one) + len(two)) * int(max(one.max(), two.max()))
        text = f"rows of lengths {sorted(one.tolist())} and {sorted(two.tolist())} apart"
        expect(
            both > given.budget,
            "two batches would fit into one",
            got=text,
            expected=f"one batch of at most {given.budget}",
        )


@item("s1", weight=2)
def test_long_ones_alone(lab: Lab, rng: np.random.Generator) -> None:
    """A sequence that is longer than the budget comes out whole, as a batch of its own."""
    given = draw(rng, [4, 6, 50, 5, 9, 70, 7, 41], 40)
    made = given.made(lab)
    for length in (41, 50, 70):
        own = [ids for ids, _ in made if any(len(content(row)) == length for row in ids)]
        where = f"a sequence of {length} tokens, budget {given.budget},"
        expect(len(own) == 1, f"{where} is in no batch as a whole" if not own else f"{where} is there twice")
        expect(len(own[0]) == 1, f"{where} is not alone", got=f"{len(own[0])} rows", expected="1 row")


@item("s1", weight=2)
def test_sorted_by_length(lab: Lab, rng: np.random.Generator) -> None:
    """A batch holds sequences of neighbouring lengths: no batch has both shorter and longer ones than another batch."""
    sizes = by_length(usual(rng, 60, 90).made(lab))
    for one, two in pairwise(sizes):
        text = f"lengths {sorted(one.tolist())} and {sorted(two.tolist())}"
        expect(
            int(one.max()) <= int(two.min()),
            "the lengths of two batches overlap",
            got=text,
            expected="sorted by length",
        )


@item("s1", weight=2)
def test_shuffled_by_seed(lab: Lab, rng: np.random.Generator) -> None:
    """The order of the batches is random: the same for the same seed, 0 included, another one for some other seed, and not the order of lengths."""
    given = usual(rng, 45, 50)
    made = [given.made(lab, seed=seed) for seed in (0, 0, 4, 5)]
    orders = [order(batches) for batches in made]
    expect(orders[0] == orders[1], "the same seed gives another order")
    expect(any(other != orders[0] for other in orders[2:]), "three seeds give the same order")
    expect(not all(map(in_order_of_length, made)), "the batches always stand in order of length", got=shown(made[0]))
    lab.context.known["order of batches"] = (given, orders[0])


def in_order_of_length(made: Sequence[Pair]) -> bool:
    """Whether the longest rows of the batches only grow, or only shrink."""
    widths = [int(lengths(ids).max(initial=0)) for ids, _ in made]
    return widths in (sorted(widths), sorted(widths)[::-1])


def order(made: Sequence[Pair]) -> list[list[tuple[int, ...]]]:
    """What tells the batches apart, in their order."""
    found: list[list[tuple[int, ...]]] = [[(int(ids.shape[1]),), *sorted(contents(ids))] for ids, _ in made]
    return found


@item("s1")
def test_not_shuffled(lab: Lab, rng: np.random.Generator) -> None:
    """With shuffle=False the batches stand in order of length."""
    given = usual(rng, 60, 50)
    made = given.made(lab, shuffle=False)
    expect(in_order_of_length(made), "the batches are not in order of length", got=shown(made))


@item("s1")
def test_types(lab: Lab, rng: np.random.Generator) -> None:
    """Every batch is a pair of int64 tensors, ids [b, t] and labels [b]."""
    given = usual(rng, 12)
    answer = lab.raw(NAME, given.x, given.y, W2I, named={"max_tokens": given.budget})
    if isinstance(answer, Opaque):
        return  # a remark says it
    for batch in answer.values if isinstance(answer, Series) else answer if isinstance(answer, (list, tuple)) else ():
        for part, axes in zip(batch if isinstance(batch, (list, tuple)) else (), (2, 1), strict=False):
            good = isinstance(part, Array) and part.kind == "tensor" and part.data.dtype == np.int64
            found = f"{part.kind} of {part.data.dtype}" if isinstance(part, Array) else type(part).__name__
            expect(good, "a batch holds something else", got=found, expected="int64 tensors")
            expect(isinstance(part, Array) and part.data.ndim == axes, "a tensor has another number of axes", got=found)


@item("s1")
def test_inputs_untouched(lab: Lab, rng: np.random.Generator) -> None:
    """The sequences, the labels and the vocabulary that are handed over stay as they were."""
    given = usual(rng, 4)
    answer = lab.raw(NAME, given.x, given.y, W2I, named={"max_tokens": given.budget}, echo=True)
    after = answer.get("args") if type(answer) is dict else None
    same = isinstance(after, list) and after[:3] == [given.x, given.y, W2I]
    expect(same, "an argument was changed", got=after, expected="the three as they were")


@item("s1", weight=0)
def test_a_list(lab: Lab, rng: np.random.Generator) -> None:
    """The batches come back as a list; a generator, which can be gone through once only, costs nothing."""
    given = usual(rng, 8)
    answer = lab.raw(NAME, given.x, given.y, W2I, named={"max_tokens": given.budget})
    expect(not isinstance(answer, Opaque), "no list comes back", got=answer)


@item("s1", visibility="hidden")
def test_seed_in_any_process(lab: Lab) -> None:
    """The same seed gives the same order in another process."""
    kept = lab.context.known.get("order of batches")
    if kept is None:
        pytest.skip("the order by seed could not be looked at, which another check says")
    given, wanted = kept
    expect(order(given.made(lab, seed=0)) == wanted, "in another process the same seed gives another order")


@item("s1", weight=3, visibility="hidden")
def test_many_reviews(lab: Lab, rng: np.random.Generator) -> None:
    """Of hundreds of sequences of any length none is lost, and every batch keeps the budget."""
    given = draw(rng, [int(n) for n in np.clip(rng.lognormal(3.3, 0.8, 431), 2, 240)], 700)
    made = given.made(lab, seed=8)
    expect_whole(given, made)
    for ids, _ in made:
        total = int(lengths(ids).sum())
        expect(len(ids) == 1 or total <= given.budget, "a batch is larger than the budget", got=total, expected=700)
    waste = 1 - sum(int(lengths(ids).sum()) for ids, _ in made) / sum(ids.size for ids, _ in made)
    expect(waste < 0.35, "a third of what the batches hold is padding", got=f"{waste:.0%}", expected="little")


@item("s1", visibility="hidden")
def test_defaults(lab: Lab, rng: np.random.Generator) -> None:
    """Without further arguments a batch holds up to 20,000 tokens."""
    given = draw(rng, [998] * 22, 20000)
    sizes = [len(ids) for ids, _ in batches(lab, NAME, given.x, given.y, W2I)]
    good = max(sizes, default=0) * 1000 <= given.budget and len(sizes) <= 2
    expect(
        good, "22 sequences of 1,000 tokens are cut in another way", got=sizes, expected="two batches, of at most 20"
    )


@item("s1", visibility="hidden")
def test_other_vocabulary(lab: Lab, rng: np.random.Generator) -> None:
    """The special tokens are looked up in w2i: with other numbers for them, these are in the batches."""
    w2i: Mapping[str, int] = {".unk": 40, ".start": 0, ".pad": 41, ".end": 42} | {f"w{n}": n for n in range(6, 30)}
    given = draw(rng, [6, 9, 7, 8], 44)
    made = batches(lab, NAME, given.x, given.y, w2i, max_tokens=44)
    for ids, _ in made:
        for row in ids:
            text = [int(token) for token in row if token != 41]
            good = text[:1] == [0] and text[-1:] == [42] and text[1:-1] in given.x
            expect(good, "a row is not made with the tokens of this vocabulary", value=row.tolist())
