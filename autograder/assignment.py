"""An assignment as the main path sees it: one folder with a rubric, checks, and two functions."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.records import Submission
from autograder.rubric import FOLDER, Rubric, load_rubric, require
from autograder.student.proxy import Override, Student


@dataclass(frozen=True)
class Prepared:
    """What an assignment found out about a loaded submission before its checks run.

    `context` is handed to the checks; it has a set `broken` to which the judge adds every item without full marks.
    """

    context: Any
    excused: dict[str, str] = field(default_factory=dict)  # item -> why it does not count
    remarks: tuple[str, ...] = ()


def elsewhere(submission: Submission, inventory: Collection[str], names: Iterable[str]) -> dict[str, str]:
    """The sentence to say for each of these names that the notebook lacks, but holds where nothing runs it."""
    return {
        name: f"`{name}` stands in {submission.elsewhere[name]}, where nothing runs it: it belongs into a code cell"
        for name in names
        if name in submission.elsewhere and name not in inventory
    }


@dataclass(frozen=True)
class Assignment:
    """`graded`: the names of the functions and classes that items are about.

    prepare(student, submission) -> Prepared; substitutes(item) -> the reference's parts for it; unknown() -> the
    context of a notebook about which nothing is known."""

    name: str
    rubric: Rubric
    checks: Path
    prepare: Callable[[Student, Submission], Prepared]
    substitutes: Callable[[str], tuple[Override, ...]]
    unknown: Callable[[], Any]
    graded: tuple[str, ...] = ()


def load_assignment(name: str, course: Path | None = None) -> Assignment:
    """The assignment, under the course's own rubric if there is one.

    Raises:
        ConfigError: there is no such assignment, or its rubric is wrong.
    """
    require(name)
    module = importlib.import_module(f"autograder.assignments.{name}.prepare")
    folder = FOLDER / name
    rubric = load_rubric(folder / "rubric.toml", course)
    return Assignment(
        name,
        rubric,
        folder / "checks",
        module.prepare,
        module.substitutes,
        module.unknown,
        tuple(dict.fromkeys(module.GRADED.values())),
    )
