"""An assignment's code as the main path sees it: what prepares a hand-in, and what stands in for broken parts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from autograder.course import known
from autograder.errors import ConfigError
from autograder.folder import Folder
from autograder.records import Submission
from autograder.rubric import Rubric, settings_of
from autograder.student.proxy import Override, Student

NAMES = ("prepare", "substitutes", "unknown", "GRADED")


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
    """The code of an assignment's folder. `graded`: the names of the functions and classes that items are about.

    prepare(student, submission) -> Prepared; substitutes(item) -> the reference's parts for it; unknown() -> the
    context of a notebook about which nothing is known."""

    prepare: Callable[[Student, Submission], Prepared]
    substitutes: Callable[[str], tuple[Override, ...]]
    unknown: Callable[[], Any]
    graded: tuple[str, ...] = ()


def load_assignment(folder: Folder, rubric: Rubric) -> Assignment:
    """Import the folder's `prepare.py`, and have its `SETTINGS`, a type, check the rubric's own table.

    Raises:
        ConfigError: a part of prepare.py is missing, it names an item that the rubric lacks, or the rubric's [settings]
            are wrong.
    """
    module = folder.module("prepare")
    if lacks := [name for name in NAMES if not hasattr(module, name)]:
        raise ConfigError(f"{folder.path / 'prepare.py'} lacks {', '.join(lacks)}.")
    known(module.GRADED, [item.id for item in rubric.items], f"{folder.path}: what the items are about", "item")
    settings = getattr(module, "SETTINGS", None)
    if settings is not None:
        settings_of(rubric, settings)
    elif rubric.settings:
        where = folder.path / "prepare.py"
        raise ConfigError(f"{rubric.source}: settings: {where} has no SETTINGS, a type, that would read this table.")
    names = getattr(module, "NAMES", module.GRADED.values())  # of all, where an item is about several
    return Assignment(module.prepare, module.substitutes, module.unknown, tuple(dict.fromkeys(names)))
