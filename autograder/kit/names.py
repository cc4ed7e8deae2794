"""Which graded names a hand-in has, what became of the others, and in which order they take their arguments."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from autograder.assignment import elsewhere
from autograder.judge.lost import lost_names
from autograder.records import Submission
from autograder.student.proxy import Student

THERE = ("class", "function", "value")  # kinds of entries of an inventory that can be called
Inventory = Mapping[str, Mapping[str, Any]]


def there(inventory: Inventory, name: str) -> bool:
    """Whether a name can be called."""
    return inventory.get(name, {}).get("kind") in THERE


def out_of_reach(
    student: Student, submission: Submission, inventory: Inventory, graded: Collection[str]
) -> dict[str, str]:
    """By name, the sentence for each that stands in the hand-in where nothing runs it, or in a cell that failed."""
    return elsewhere(submission, inventory, graded) | lost_names(inventory, graded, student)


def absent(inventory: Inventory, graded: Collection[str], lost: Collection[str]) -> tuple[str, ...]:
    """A remark for each name that the hand-in does not have at all."""
    names = sorted(name for name in set(graded) - set(lost) if not there(inventory, name))
    return tuple(f"The hand-in defines no {name}." for name in names)


def own_order(own: Sequence[str], wanted: Sequence[str]) -> tuple[str, ...] | None:
    """Arguments that bear the wanted names but stand in another order; None for any others."""
    first = tuple(name for name in own if name != "self")[: len(wanted)]
    return first if first != tuple(wanted) and sorted(first) == sorted(wanted) else None
