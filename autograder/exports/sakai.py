"""Sakai: its gradebook import, and `grades.csv` of the zip that it delivers, filled in.

What the gradebook reads, by position: column 0 is the user's eid, column 1 the name; then `Title [points]` (at most 2
decimals, no `[` inside the title), `* Title` for the comment on it; a column starting with `#` is ignored. Blank or
repeated headings are errors.

What the assignment tool reads: the zip that it delivers, with grades and feedback filled in: a root named after the
assignment, in it `grades.csv`: first line title and grade type, an empty line, then the header `Display ID,ID,Last
Name,First Name,grade` (newer releases add columns for date and lateness), then a row each. The grade type of points is
`SCORE_GRADE_TYPE` in Sakai's source. Students who handed in nothing have empty cells.

The eid is what Sakai's own download says in brackets, else a student's login, else the class's id.
"""

from __future__ import annotations

from pathlib import PurePath

from autograder.errors import ConfigError
from autograder.exports.archive import entry_name, to_zip
from autograder.exports.cells import exact, number, shown, to_csv
from autograder.exports.options import Options
from autograder.exports.people import comment, distinct, first_and_last, label
from autograder.grades import Class, Grade

NAME = "sakai"
_IDS = ("Student ID", "Name")
_GRADE_TYPE = "SCORE_GRADE_TYPE"


def files(graded: Class, options: Options) -> dict[str, bytes]:
    """Return the gradebook's CSV file and the zip with `grades.csv`.

    Raises:
        ConfigError: a title that Sakai would not take, an eid that can't stand in a CSV file as it is, or two alike.
    """
    title = _title(options.title)
    distinct([(eid(grade), label(grade.person)) for grade in graded.grades], "the eid")
    comments = [comment(grade) for grade in graded.grades]
    heads = [f"{title} [{number(graded.maximum)}]", *([f"* {title}"] if any(comments) else [])]
    rows = [
        [_exact_eid(grade), shown(grade.person.name), number(grade.total), shown(told)][: 2 + len(heads)]
        for grade, told in zip(graded.grades, comments, strict=True)
    ]
    grades = [[title, _GRADE_TYPE], [], ["Display ID", "ID", "Last Name", "First Name", "grade"]]
    inner = f"{entry_name(title)}/grades.csv"
    return {
        "sakai.csv": to_csv([[*_IDS, *heads], *rows]),
        "sakai.zip": to_zip({inner: to_csv([*grades, *map(_grades_row, graded.grades)])}),
    }


def eid(grade: Grade) -> str:
    """Return the name by which Sakai knows the student."""
    hand_in = grade.hand_in
    alone = hand_in is not None and hand_in.platform == "sakai" and len(hand_in.owners) == 1
    delivered = hand_in.key if hand_in is not None and alone else ""
    return delivered or grade.person.login or grade.person.id


def student_folder(grade: Grade) -> str:
    """Return the name of the student's folder in Sakai's zip, `Last, First(eid)`: the download's own if it is known."""
    ending = f"({eid(grade)})"
    for part in reversed(PurePath(grade.hand_in.path).parts) if grade.hand_in else ():
        place = part.find(ending)
        if place > 0:
            return part[: place + len(ending)]
    first, last = first_and_last(grade.person)
    return entry_name(f"{last}, {first}") + f"({entry_name(eid(grade))})"


def _exact_eid(grade: Grade) -> str:
    return exact(eid(grade), label(grade.person), "the eid")


def _grades_row(grade: Grade) -> list[str]:
    first, last = first_and_last(grade.person)
    own = _exact_eid(grade)
    return [own, own, shown(last), shown(first), number(grade.total)]


def _title(title: str) -> str:
    """Return the title as it stands in headings. Raises: ConfigError."""
    exact(title, "Option --title", "the title")
    if not title or "[" in title or title.startswith(("#", "*")):
        raise ConfigError(
            f"Sakai takes no title that is empty, holds `[` or starts with `#` or `*`, as {title!r:.80} does: "
            "give another with --title."
        )
    return title
