"""Canvas's gradebook, to be imported as CSV.

What Canvas reads (docs of its gradebook import): columns `Student, ID, SIS User ID, SIS Login ID, Section`, then one
per assignment titled `Title (assignment id)`; the minimum is `Student, ID, Section`. A second row whose first cell
contains `Points Possible` gives the maxima; `read only` there skips a column. An unmatched title CREATES an assignment,
so the id is asked for here. `EX` means excused. Students are matched by ID, then SIS user, then login, then name.
Values compare at 2 decimals.

`ID` is Canvas's own number of a user, which the file names of its bulk download tell (`lastfirst_123_456_name`: 123).
If one of those is not the class's own id of its owner, the class's ids are another system's: they go into `SIS User
ID`, and `ID` holds the numbers that the file names tell. Else, or if no file name tells any, they go into `ID`.
Students who handed in nothing have an empty cell; those excused from every item have `EX`.
"""

from __future__ import annotations

import re

from autograder.errors import ConfigError
from autograder.exports.cells import exact, number, shown, to_csv
from autograder.exports.options import Options
from autograder.exports.people import distinct, is_excused, label
from autograder.grades import Class, Grade

NAME = "canvas"
_HEAD = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
_USER = re.compile(r"_([0-9]{1,20})_[0-9]{1,20}_?$")


def files(graded: Class, options: Options) -> dict[str, bytes]:
    """Return the CSV file.

    Raises:
        ConfigError: no assignment id, a title or an id that can't stand in a CSV file as it is.
    """
    if not re.fullmatch(r"[0-9]{1,20}", options.assignment_id):
        raise ConfigError(
            "Canvas makes a new assignment of a column that it doesn't know: give the number of the assignment that "
            "stands at the end of its address, --assignment-id 4711 (with make: ASSIGNMENT_ID=4711)."
        )
    title = exact(options.title, "Option --title", "the title")
    if not title:
        raise ConfigError("Canvas needs the assignment's title as it stands there: --title.")
    known = {grade.person.id: user for grade in graded.grades if (user := _user(grade))}
    ours_are_canvas = all(own == user for own, user in known.items())
    rows = [_row(grade, None if ours_are_canvas else known.get(grade.person.id, "")) for grade in graded.grades]
    distinct([(row[1], row[0]) for row in rows if row[1]], "the Canvas ID")
    possible = ["Points Possible", "", "", "", "", number(graded.maximum)]
    return {"canvas.csv": to_csv([[*_HEAD, f"{title} ({options.assignment_id})"], possible, *rows])}


def _user(grade: Grade) -> str:
    """Canvas's number of the student, as the file name of the student's own hand-in tells it; empty if it doesn't."""
    hand_in = grade.hand_in
    if hand_in is None or hand_in.platform != "canvas" or len(hand_in.owners) != 1:
        return ""
    found = _USER.search(hand_in.key)
    return found[1] if found else ""


def _row(grade: Grade, canvas_id: str | None) -> list[str]:
    """`canvas_id`: None where the class's own id is Canvas's."""
    person, who = grade.person, label(grade.person)
    own = exact(person.id, who, "the id")
    ids = [own, ""] if canvas_id is None else [canvas_id, own]
    score = "EX" if is_excused(grade) else number(grade.total)
    return [shown(person.name), *ids, exact(person.login, who, "the login"), shown(person.section), score]
