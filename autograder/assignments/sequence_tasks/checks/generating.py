"""What the generators of a hand-in made, drawn once for all checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from autograder.assignments.sequence_tasks.toys import BRACKETS, NDFA
from autograder.errors import StudentError
from autograder.judge.expect import Mismatch
from autograder.kit.lab import Lab

NAMES = (NDFA.name, BRACKETS.name)
MANY = 2000  # what has a probability of 0.8 % shows among so many, but for once in ten million times
FEW = 300  # two lists of so many are never the same by chance
SEEDS = (0, 5)
LIVING = 0.15  # share of strings that are anything like the language
DEEP = 3
LEAST_LENGTHS = 3
MOST_OF_ONE = 0.95  # share of strings with one length
LEAST_DIFFERENT = 8  # strings of MANY, where they are drawn at random from either language


def made(lab: Lab, name: str) -> list[str]:
    """MANY strings, made once.

    Raises:
        StudentError, Mismatch: they can't be had.
    """
    found: list[str] = lab.once("strings", name, lambda lab, name: lab.call(name, MANY, named={"seed": 2718}))
    return found


def seeded(lab: Lab, name: str) -> dict[int, list[str]]:
    """FEW strings for each of SEEDS.

    Raises:
        StudentError, Mismatch: they can't be had.
    """
    return {seed: lab.call(name, FEW, named={"seed": seed}) for seed in SEEDS}


def there(lab: Lab, names: tuple[str, ...] = NAMES) -> Iterator[str]:
    """The generators that make strings at all.

    Raises:
        StudentError, Mismatch: none does; why the first one does not.
    """
    failures: list[StudentError | Mismatch] = []
    for name in names:
        try:
            made(lab, name)
        except (StudentError, Mismatch) as error:
            failures.append(error)
            continue
        yield name
    if len(failures) == len(names):
        raise failures[0]


def canned(strings: list[str]) -> bool:
    """Whether a few strings are dealt out in turn: each comes as often as the others, to one."""
    counts = Counter(strings).values()
    return len(counts) <= len(strings) / 4 and max(counts) - min(counts) <= 1
