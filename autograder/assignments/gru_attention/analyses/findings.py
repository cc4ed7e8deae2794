"""What is wrong, or surprising, in the table of the 15 runs on the Penn Treebank: one sentence each.

A remark is for the person who marks the table; none of them costs points by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby

from autograder.assignments.gru_attention.analyses.table import Row, Table, lowest

SETTINGS = {  # experiment -> what the assignment sets
    **dict.fromkeys((1, 2, 3), ("RNN", "SGD")),
    **dict.fromkeys((4, 5), ("RNN", "Adam")),
    6: ("GRU", "Adam"),
    7: ("GRU", "SGD"),
    **dict.fromkeys((8, 9, 10, 11), ("GRU", "Adam")),
    **dict.fromkeys((12, 13, 14, 15), ("Transformer", "Adam")),
}
UNTRAINED = 10_000.0  # perplexity of guessing among the vocabulary's words
ROUNDING = 0.01
Runs = dict[int, tuple[float, float, float]]  # experiment -> train, valid, best


@dataclass(frozen=True)
class Relation:
    """What the runs of these experiments should show; `sentence` says that they don't."""

    experiments: tuple[int, ...]
    holds: Callable[[Runs], bool]
    sentence: str


def overfits(number: int, what: str) -> Relation:
    return Relation(
        (number,),
        lambda runs: runs[number][2] < runs[number][1] and runs[number][0] < runs[number][1],
        f"Experiment {number} ({what}) should overfit: its last epoch should be worse in validation than its best one, "
        "and than in training.",
    )


def smaller_batch_helps(small: int, large: int, what: str) -> Relation:
    return Relation(
        (small, large),
        lambda runs: runs[small][2] < runs[large][2],
        f"The smaller batch should help the {what}: experiment {small} should be better than experiment {large}.",
    )


RELATIONS = (
    Relation(
        (3,),
        lambda runs: runs[3][1] > UNTRAINED,
        "Experiment 3 (RNN, SGD with rate 10) should diverge, to a perplexity above the untrained model's 10,000.",
    ),
    Relation(
        (7,),
        lambda runs: runs[7][1] < UNTRAINED,
        "Experiment 7 (GRU, SGD with rate 10) should not diverge as the RNN does in experiment 3.",
    ),
    overfits(4, "RNN, Adam with rate 0.001"),
    overfits(10, "the widest GRU"),
    overfits(14, "the wider Transformer"),
    overfits(15, "the wider and deeper Transformer"),
    smaller_batch_helps(2, 1, "RNN"),
    smaller_batch_helps(8, 6, "GRU"),
    Relation(
        (9,),
        lambda runs: runs[9][0] > runs[9][1],
        "Experiment 9 drops four fifths of all values in training, so it should be worse there than in validation.",
    ),
)


def remarks(table: Table) -> list[str]:
    """All sentences about the table; none for a flawless one."""
    found = [*_presence(table), *_each_row(table), *_relations(table)]
    return found + list(_presentation(table)) if table.presented else found


def compare(table: Table, expected: Table, tolerance: float = 0.1) -> list[str]:
    """A sentence for each best perplexity further than this share from the expected one; two diverged runs agree."""
    found = []
    for number, (_, _, theirs) in _runs(expected).items():
        (_, _, ours) = _runs(table).get(number, (theirs,) * 3)
        if min(ours, theirs) <= UNTRAINED and not abs(ours - theirs) <= tolerance * theirs:
            found.append(f"Experiment {number} has a best perplexity of {ours:,.2f}; {theirs:,.2f} was expected.")
    return found


def _presence(table: Table) -> Iterator[str]:
    count = Counter(row.number for row in table.rows)
    for number in SETTINGS:
        if count[number] == 0:
            yield f"Experiment {number} is missing."
        if count[number] > 1:
            yield f"Experiment {number} stands there {count[number]} times."
    if count[None]:
        yield f"{count[None]} row{'s have' if count[None] > 1 else ' has'} no experiment's number."
    for unknown in dict.fromkeys(row.number for row in table.rows if row.number not in {*SETTINGS, None}):
        yield f"There is no experiment {unknown} in the assignment."
    if not table.has_best:
        yield "There is no column for the best validation perplexity; the last one was taken instead."


def _each_row(table: Table) -> Iterator[str]:
    for row in table.rows:
        if row.number not in SETTINGS:
            continue
        for given, asked in zip((row.architecture, row.optimizer), SETTINGS[row.number], strict=True):
            if given != asked:
                said = given[:40] or "nothing"
                yield f"Experiment {row.number} is said to use {said}; the assignment asks for {asked}."
        yield from _figures(row)


def _figures(row: Row) -> Iterator[str]:
    named = {"training": row.train, "validation": row.valid, "best validation": row.best}
    for name, value in named.items():
        if value is None:
            yield f"The {name} perplexity of experiment {row.number} is missing or no number."
        elif value < 1:
            yield f"The {name} perplexity of experiment {row.number} is {value:g}, and none can be below 1."
    if row.best is not None and row.valid is not None and row.best > row.valid + ROUNDING:
        yield (
            f"The best validation perplexity of experiment {row.number}, {row.best:,.2f}, is above that of its last "
            f"epoch, {row.valid:,.2f}."
        )


def _runs(table: Table) -> Runs:
    """The experiments with all three perplexities."""
    runs: Runs = {}
    for row in table.rows:
        if row.number is not None and row.train is not None and row.valid is not None and row.best is not None:
            runs.setdefault(row.number, (row.train, row.valid, row.best))
    return runs


def _relations(table: Table) -> Iterator[str]:
    runs = _runs(table)
    for relation in RELATIONS:
        if all(number in runs for number in relation.experiments) and not relation.holds(runs):
            yield relation.sentence


def _presentation(table: Table) -> Iterator[str]:
    """Order and bold type, which only a table for readers has."""
    for what, groups in (
        ("architecture", [key for key, _ in groupby(row.architecture for row in table.rows)]),
        ("optimizer", [key for key, _ in groupby((row.architecture, row.optimizer) for row in table.rows)]),
    ):
        if len(set(groups)) < len(groups):
            yield f"The rows are not sorted by {what}."
            break
    for architecture in dict.fromkeys(row.architecture for row in table.rows):
        rows = [row for row in table.rows if row.architecture == architecture]
        best = lowest(rows)
        if [row for row in rows if row.bold] != [best]:
            yield f"The best run of the {architecture[:40]}, and it alone, should be in bold."
