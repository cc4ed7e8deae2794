"""What stands in a class's grades: people, what they handed in, and the current grade of each. Plain data.

Intake makes hand-ins, the gradebook makes grades, exports and the class report read them; none of them knows another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from autograder.records import Deduction, Item, Outcome

Platform = Literal["folder", "gradescope", "canvas", "sakai", "moodle", "github"]
Status = Literal["graded", "refused", "failed", "missing"]


@dataclass(frozen=True)
class Person:
    """A student as the roster or the platform knows them. `id` is unique in the class; `login` is the name that they
    log in with (Sakai's eid, GitHub's login)."""

    id: str
    name: str = ""
    email: str = ""
    section: str = ""
    login: str = ""


@dataclass(frozen=True)
class HandIn:
    """One hand-in as a platform delivered it.

    `path`: the notebook, zip or folder to grade; `name`: of its results, unique in the class. `owners`: one, or several
    of a group; none where nobody could be found for sure. `key`: what the platform calls it (Moodle's participant id,
    Canvas's prefix of the file name, Gradescope's submission id), for the way back. `time`: when it was handed in, with
    its time zone; None where the platform doesn't say. `late`: as the platform marks it, None where it doesn't.
    `older`: earlier versions, newest first. `refused`: why nothing of it can be graded, as a sentence; else empty.
    """

    path: Path
    name: str
    owners: tuple[Person, ...] = ()
    platform: Platform = "folder"
    key: str = ""
    time: datetime | None = None
    late: bool | None = None
    older: tuple[Path, ...] = ()
    refused: str = ""


@dataclass(frozen=True)
class ItemGrade:
    """One item of one student, as it counts now. `score` is None unless status is `graded`. `comment` and `by`: of the
    person who marked it, if one did."""

    item: Item
    status: Literal["graded", "pending", "error", "excused"]
    score: float | None = None
    comment: str = ""
    by: str = ""
    outcomes: tuple[Outcome, ...] = ()


@dataclass(frozen=True)
class Grade:
    """What one student has now.

    `raw`: the items added up; `total`: what `deductions` leave of it; both None where they can't be said: the grader
    failed, nothing was handed in, or nothing of it could be graded and no person has decided. `hand_in`: None where
    nothing was handed in. `folder`: of the results. `problem`: why nothing could be graded. `seconds`: by step, with
    `judge_cpu` and `student_cpu`.
    """

    person: Person
    status: Status
    hand_in: HandIn | None = None
    folder: Path | None = None
    items: tuple[ItemGrade, ...] = ()
    raw: float | None = None
    total: float | None = None
    deductions: tuple[Deduction, ...] = ()
    problem: str = ""
    graded_at: str = ""  # ISO 8601, UTC
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def pending(self) -> tuple[str, ...]:
        """The items that wait for a person or another step."""
        return tuple(own.item.id for own in self.items if own.status == "pending")


@dataclass(frozen=True)
class Class:
    """Everybody's grades in one assignment, sorted by name. `maximum`: points without the bonus. `due`: of the
    deadline, where the rubric has one."""

    assignment: str
    title: str
    maximum: float
    items: tuple[Item, ...]
    grades: tuple[Grade, ...]
    due: datetime | None = None


# ---- what hand-ins have in common ------------------------------------------------------------------------------------
@dataclass(frozen=True)
class ScriptLine:
    """One line of a hand-in's code as a script. `number` counts from 1 through all cells; `own`: whether there is
    anything on it that the student wrote, which the template did not give."""

    number: int
    cell: int
    text: str
    own: bool


@dataclass(frozen=True)
class Passage:
    """One run of equal code: first and last line of each side's script."""

    left: tuple[int, int]
    right: tuple[int, int]


@dataclass(frozen=True)
class Pair:
    """Two hand-ins whose own code is alike: a proposal to look at, never a verdict; nothing is deducted for it.

    `left` and `right`: the names they came in under. The shares say how much of each side's own code the other has too;
    `lines`: how many of the left's lines that is. `passages`: where, from top to bottom of the left. `against`: whether
    the right side is no hand-in of this class: one of another year, or the reference.
    """

    left: str
    right: str
    share_left: float
    share_right: float
    lines: int
    passages: tuple[Passage, ...] = ()
    against: bool = False
