"""What all formats ask of a student's grade: names, comments, points of their own."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite

from autograder.errors import ConfigError
from autograder.grades import Class, Grade, ItemGrade, Person
from autograder.records import ItemScore
from autograder.reports.harmless import clean

_LONGEST_LABEL = 80


def label(person: Person) -> str:
    """Return how messages name a student: `Jane Doe (s042)`."""
    name, own = (" ".join(clean(text).split())[:_LONGEST_LABEL] for text in (person.name, person.id))
    return f"{name} ({own})" if name else own


def first_and_last(person: Person) -> tuple[str, str]:
    """Return first and last names, for readers only: students are matched by their ids.

    What stands before a comma is the last name; without a comma the last word is.
    """
    name = " ".join(person.name.split())
    if "," in name:
        last, _, first = name.partition(",")
        return first.strip(), last.strip()
    first, _, last = name.rpartition(" ")
    return first, last


def comment(grade: Grade) -> str:
    """Return what the student should read beside the number: why nothing was graded, deductions, persons' comments."""
    told = [grade.problem] if grade.problem else []
    told += [deduction.sentence for deduction in grade.deductions]
    told += [f"{own.item.id}: {own.comment}" for own in grade.items if own.by and own.comment]
    return " ".join(told)


def own_maximum(graded: Class, grade: Grade) -> float:
    """Return the maximum without the items that this student is excused from."""
    excused = sum(own.item.points for own in grade.items if own.status == "excused" and not own.item.bonus)
    return round(graded.maximum - excused, 6)


def is_excused(grade: Grade) -> bool:
    """Return whether the student is excused from every item."""
    return bool(grade.items) and all(own.status == "excused" for own in grade.items)


def is_number(value: float | None) -> bool:
    """Return whether there is a value that can be written."""
    return value is not None and isfinite(value)


def as_score(own: ItemGrade) -> ItemScore:
    """Return the item as the reports know it."""
    note = f"{own.comment} (Marked by {own.by}.)".strip() if own.by else own.comment
    return ItemScore(own.item, own.status, own.score, own.outcomes, note=note, marked=bool(own.by))


def distinct(keys: Iterable[tuple[str, str]], what: str) -> None:
    """Check that keys, each given with the one who has it, are there and all different.

    Raises:
        ConfigError: one is empty, or two are equal; it names who has them.
    """
    seen: dict[str, str] = {}
    for key, who in keys:
        if not key:
            raise ConfigError(f"{who} lacks {what}, by which the platform would find the student.")
        if key in seen:
            told = clean(key)[:_LONGEST_LABEL]
            raise ConfigError(f"{seen[key]} and {who} share {what} {told!r}; nobody could tell them apart.")
        seen[key] = who
