"""Moodle's grading worksheet, filled in.

What Moodle reads: a CSV file with `Identifier` (`Participant <id>`), `Full name`, `Email address`, `Status`, `Grade`,
`Maximum Grade`, `Grade can be changed`, dates and `Feedback comments`; it is uploaded back with `Grade` filled. The
importer (`mod/assign/feedback/offline/importgradeslib.php`) finds its columns by their titles and refuses a file
without `Last modified (grade)`; a date there that is older than the grade's own makes it ask, an empty
cell is no date.

Only Moodle knows a participant's id, and tells it in the names of the hand-ins: students who handed in nothing there
have no row. `Status` is Moodle's own and stays empty.
"""

from __future__ import annotations

import re

from autograder.errors import ConfigError
from autograder.exports.cells import number, shown, to_csv
from autograder.exports.options import Options
from autograder.exports.people import comment, distinct, is_number, label
from autograder.grades import Class, Grade

NAME = "moodle"
_HEAD = (
    "Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade", "Grade can be changed",
    "Last modified (submission)", "Last modified (grade)", "Feedback comments",
)  # fmt: skip
_ID = re.compile(r"[0-9]{1,20}")


def files(graded: Class, options: Options) -> dict[str, bytes]:
    """Return the worksheet.

    Raises:
        ConfigError: somebody handed in and has a grade but no participant id, or two have the same.
    """
    for grade in graded.grades:
        if grade.status != "missing" and is_number(grade.total) and not participant(grade):
            raise ConfigError(
                f"{label(grade.person)} has a grade, but no participant id of Moodle: its worksheet takes only what "
                "was handed in there."
            )
    known = [grade for grade in graded.grades if participant(grade)]
    distinct([(participant(grade), label(grade.person)) for grade in known], "Moodle's participant id")
    return {"moodle.csv": to_csv([_HEAD, *(_row(graded, grade) for grade in known)])}


def participant(grade: Grade) -> str:
    """Return Moodle's id of the participant, or an empty text."""
    hand_in = grade.hand_in
    known = hand_in is not None and hand_in.platform == "moodle" and _ID.fullmatch(hand_in.key)
    return hand_in.key if hand_in is not None and known else ""


def _row(graded: Class, grade: Grade) -> list[str]:
    time = grade.hand_in.time if grade.hand_in else None
    return [
        f"Participant {participant(grade)}",
        shown(grade.person.name),
        shown(grade.person.email),
        "",
        number(grade.total),
        number(graded.maximum),
        "Yes",
        time.isoformat(sep=" ", timespec="seconds") if time else "",
        "",
        shown(comment(grade)),
    ]
