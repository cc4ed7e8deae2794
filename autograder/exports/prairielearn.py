"""PrairieLearn: `results.json` of its external grader for each student, in one zip of folders named by the class's ids.

What PrairieLearn reads: at most 1 MB: `gradable` (bool), `score` (0 to 1), `message`, `output`, `images`,
`format_errors`, `tests` [{`name`, `description`, `points`, `max_points`, `message`, `output`, `images`}]. If any test
lacks points, the per-test display disappears for all: items without points (excused, pending) are named in `message`.

The score is the share of the student's own maximum, excused items left out, and a bonus lifts it to 1 at most. Students
without a total, or excused from everything, have no file.
"""

from __future__ import annotations

import json
from typing import Any

from autograder.exports.archive import entry_name, to_zip
from autograder.exports.options import Options
from autograder.exports.people import distinct, is_number, label, own_maximum
from autograder.exports.told import content, output
from autograder.grades import Class, Grade
from autograder.reports.markdown import item_text
from autograder.reports.view import Content, ItemContent

NAME = "prairielearn"
LARGEST = 1_000_000  # bytes of one file


def files(graded: Class, options: Options) -> dict[str, bytes]:
    """Return the zip.

    Raises:
        ConfigError: two students would get one folder.
    """
    scored = [grade for grade in graded.grades if is_number(grade.total) and own_maximum(graded, grade) > 0]
    distinct([(entry_name(grade.person.id).casefold(), label(grade.person)) for grade in scored], "the folder")
    return {
        "prairielearn.zip": to_zip(
            {f"{entry_name(grade.person.id)}/results.json": _of_grade(graded, grade) for grade in scored}
        )
    }


def _of_grade(graded: Class, grade: Grade) -> bytes:
    return encoded(content(graded, grade), (grade.total or 0.0) / own_maximum(graded, grade))


def encoded(told: Content, share: float) -> bytes:
    """Return the file about one student: the score is `share`, held between 0 and 1."""
    results: dict[str, Any] = {
        "gradable": True,
        "score": round(min(1.0, max(0.0, share)), 6),
        "message": _message(told),
        "tests": [_test(own) for own in told.items if own.entry.score is not None],
    }
    data = as_bytes(results)
    if len(data) > LARGEST:
        for test in results["tests"]:
            test["output"] = "This was too much to be shown here."
        data = as_bytes(results)
    return data


def _message(told: Content) -> str:
    without = [f"{own.entry.item.id} ({own.entry.status})" for own in told.items if own.entry.score is None]
    rest = f"Without points: {', '.join(without)}." if without else ""
    return "\n".join(filter(None, (output(told), rest)))


def _test(told: ItemContent) -> dict[str, Any]:
    item = told.entry.item
    return {
        "name": f"{item.id} {item.title}{' (bonus)' if item.bonus else ''}",
        "description": item.asks,
        "points": told.entry.score,
        "max_points": item.points,
        "message": told.entry.note,
        "output": item_text(told),
    }


def as_bytes(results: dict[str, Any]) -> bytes:
    """Return the file's bytes."""
    return (json.dumps(results, ensure_ascii=False, allow_nan=False, indent=2) + "\n").encode("utf-8")
