"""Gradescope: `results.json` of each submission, in one zip of folders `submission_<id>`.

Gradescope documents one way for grades: the autograder's `results.json`, one for each submission. Top level: `score`
(number; overrides the sum of the tests), `execution_time`, `output`, `output_format`, `test_output_format`,
`test_name_format`, `visibility`, `stdout_visibility`, `tests`, `extra_data`. A test: `score`, `max_score`, `status`
(`passed` | `failed`), `name`, `number` (a string), `output`, `tags`, `visibility`. One hidden test hides the total, so
all are visible and hidden checks are veiled. A table of grades to upload isn't documented, so none is written.

The folders are named as in the platform's own export. A group hands in one submission, which has one score: if its
members' totals differ (late days of their own), a person has to enter them. Who handed in nothing has no submission,
and no file. Hand-ins of other platforms have no submission's id and go by the name of their results.
"""

from __future__ import annotations

import json
from typing import Any

from autograder.errors import ConfigError
from autograder.exports.archive import entry_name, to_zip
from autograder.exports.cells import number
from autograder.exports.options import Options
from autograder.exports.people import distinct, is_number, label
from autograder.exports.told import content, output
from autograder.grades import Class, Grade, HandIn
from autograder.reports.results_json import test_of

NAME = "gradescope"


def files(graded: Class, options: Options) -> dict[str, bytes]:
    """Return the zip.

    Raises:
        ConfigError: members of one group have different totals, or two submissions would get one name.
    """
    first: dict[HandIn, Grade] = {}
    for grade in graded.grades:
        if grade.hand_in is None or not is_number(grade.total):
            continue
        other = first.setdefault(grade.hand_in, grade)
        if other.total != grade.total:
            raise ConfigError(
                f"{label(other.person)} and {label(grade.person)} handed in one submission, for which Gradescope keeps "
                f"one score, but have {other.total:g} and {grade.total:g} points: enter these by hand."
            )
    distinct([(_folder(hand_in).casefold(), label(grade.person)) for hand_in, grade in first.items()], "the submission")
    return {
        "gradescope.zip": to_zip(
            {f"{_folder(hand_in)}/results.json": _results(graded, grade) for hand_in, grade in first.items()}
        )
    }


def _folder(hand_in: HandIn) -> str:
    own = hand_in.key if hand_in.platform == "gradescope" and hand_in.key else hand_in.name
    return entry_name(f"submission_{own.removeprefix('submission_')}")


def _results(graded: Class, grade: Grade) -> bytes:
    told = content(graded, grade)
    results: dict[str, Any] = {
        "score": float(number(grade.total)),
        "execution_time": told.report.seconds.get("total", 0.0),
        "output": output(told),
        "output_format": "text",
        "test_output_format": "md",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [test_of(own) for own in told.items],
        "extra_data": {"assignment": told.report.assignment, "submission": told.report.submission},
    }
    return (json.dumps(results, ensure_ascii=False, allow_nan=False, indent=2) + "\n").encode("utf-8")
