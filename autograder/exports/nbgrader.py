"""Grades as `nbgrader export` writes them (`nbgrader/plugins/export.py`).

Header: `assignment,duedate,timestamp,student_id,last_name,first_name,email,raw_score,late_submission_penalty,score,
max_score`. Times are UTC without a zone, as nbgrader keeps them. `score` is `raw_score` less `late_submission_penalty`,
never below 0, so the penalty stands for all deductions. nbgrader itself writes 0 for students who handed in nothing;
here those cells are empty: a zero would be a person's decision.
"""

from __future__ import annotations

from datetime import UTC, datetime

from autograder.exports.cells import exact, number, shown, to_csv
from autograder.exports.options import Options
from autograder.exports.people import first_and_last, is_number, label
from autograder.grades import Class, Grade

NAME = "nbgrader"
_HEAD = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score",
    "late_submission_penalty", "score", "max_score",
)  # fmt: skip


def files(graded: Class, options: Options) -> dict[str, bytes]:
    """Return the CSV file.

    Raises:
        ConfigError: an id that can't stand in a CSV file as it is.
    """
    return {"nbgrader.csv": to_csv([_HEAD, *(_row(graded, grade) for grade in graded.grades)])}


def _row(graded: Class, grade: Grade) -> list[str]:
    person, raw, total = grade.person, grade.raw, grade.total
    first, last = first_and_last(person)
    if raw is None or not is_number(raw):
        raw = total
    lost = float(number(raw)) - float(number(total)) if is_number(raw) and is_number(total) else None
    return [
        exact(graded.assignment, "The assignment", "the name"),
        _time(graded.due),
        _time(grade.hand_in.time if grade.hand_in else None),
        exact(person.id, label(person), "the id"),
        shown(last),
        shown(first),
        shown(person.email),
        number(raw if is_number(total) else None),
        number(lost),
        number(total),
        number(graded.maximum),
    ]


def _time(time: datetime | None) -> str:
    return str(time.astimezone(UTC).replace(tzinfo=None, microsecond=0)) if time else ""
