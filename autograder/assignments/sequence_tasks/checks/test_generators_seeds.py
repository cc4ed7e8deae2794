"""s6: how many strings there are, and what the seed does."""

from __future__ import annotations

from autograder.assignments.sequence_tasks.checks.generating import NAMES, SEEDS, seeded
from autograder.judge.expect import NotJudged, expect
from autograder.judge.marks import item
from autograder.kit.lab import Lab

ITEM = "s6"
KNOWN = "strings by seed"


@item(ITEM)
def test_count(lab: Lab) -> None:
    """n strings are made, for any n from 1 on, with a seed and without one."""
    for name in NAMES:
        for n, named in ((1, {"seed": 3}), (2, {}), (17, {"seed": 3})):
            made = lab.call(name, n, named=named)
            expect(len(made) == n, "another number of strings", got=f"{len(made)}", expected=f"{n}")


@item(ITEM, weight=0)
def test_none(lab: Lab) -> None:
    """For n = 0 the list is empty; nothing is charged for that."""
    for name in NAMES:
        expect(lab.call(name, 0) == [], "none was asked for, and some were made")


@item(ITEM, weight=2)
def test_seed(lab: Lab) -> None:
    """The same seed makes the same strings in the same order, 0 like any other seed, and another seed makes others."""
    for name in NAMES:
        first, again = seeded(lab, name), seeded(lab, name)
        lab.context.known[KNOWN, name] = first
        for seed in SEEDS:
            expect(first[seed] == again[seed], f"{name} makes other strings when it is called again with seed={seed}")
        one, other = SEEDS
        expect(first[one] != first[other], f"{name} makes the same strings with seed={one} and with seed={other}")


@item(ITEM, visibility="hidden")
def test_seed_in_another_process(lab: Lab) -> None:
    """The same seed makes the same strings in another process too."""
    for name in NAMES:
        before = lab.context.known.get((KNOWN, name))
        if before is None:
            raise NotJudged("no strings were made in the first process")
        expect(seeded(lab, name) == before, f"{name} makes other strings in another process with the same seed")
