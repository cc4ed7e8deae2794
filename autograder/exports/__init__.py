"""A class's grades in the formats that other systems read: one file per format, and the zip of pages for students.

`export` writes the grades, `feedback` the pages, `remarks` says what a person should know about what was written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from autograder.errors import ConfigError
from autograder.exports import canvas, csv_table, gradescope, junit, moodle, nbgrader, parquet, prairielearn, sakai
from autograder.exports.options import Exporter, Options
from autograder.exports.pages import feedback, without_page
from autograder.exports.people import distinct, is_number, label, own_maximum
from autograder.grades import Class
from autograder.reports import write_bytes

__all__ = ["FORMATS", "export", "feedback", "remarks", "unfinished", "without_page"]

_EXPORTERS: tuple[Exporter, ...] = (
    gradescope, canvas, sakai, moodle, nbgrader, prairielearn, junit, csv_table, parquet,
)  # fmt: skip
FORMATS: Mapping[str, Exporter] = {exporter.NAME: exporter for exporter in _EXPORTERS}
MOST_NAMES = 20  # in one message
MOST_ITEMS = 3  # of each


def export(
    graded: Class, format: str, target: Path, *, partial: bool, title: str = "", assignment_id: str = ""
) -> list[Path]:
    """Write the class's grades in one format into the folder `target`; return the files written.

    Equal grades give equal bytes. `partial`: write what is there though something is unfinished; what has no total
    stays empty. `title`: of the assignment on the platform, by default the class's own. `assignment_id`: Canvas's
    number of it.

    Raises:
        ConfigError: there is no such format, something is unfinished, or a name, an id or an option is none that the
            platform would take; nothing has been written then.
        OSError: the folder can't be made or written.
    """
    if format not in FORMATS:
        raise ConfigError(f"There is no export `{format}`; there are {', '.join(FORMATS)}.")
    waiting = unfinished(graded)
    if waiting and not partial:
        raise ConfigError(
            f"{_count(len(waiting), 'grade')} of {graded.assignment} can't be exported yet: {listed(waiting)}. "
            "Finish them, or say --partial: what has no total is then left empty."
        )
    distinct([(grade.person.id, label(grade.person)) for grade in graded.grades], "the id")
    files = FORMATS[format].files(graded, Options(title or graded.title, assignment_id))
    written = []
    for name, data in files.items():
        write_bytes(target / name, data)
        written.append(target / name)
    return written


def unfinished(graded: Class) -> list[str]:
    """Return one text for each student whose grade isn't final: no total though something was handed in, an item that
    waits for a person or another step, or one on which the grader failed."""
    found = []
    for grade in graded.grades:
        who = label(grade.person)
        if grade.status == "missing" and grade.total is None:
            continue
        errors = [own.item.id for own in grade.items if own.status == "error"]
        if grade.pending:
            first = ", ".join(grade.pending[:MOST_ITEMS])
            more = len(grade.pending) - MOST_ITEMS
            found.append(f"{who}: {first}{f' and {more} more' if more > 0 else ''} pending")
        elif errors:
            found.append(f"{who}: the grader failed on {', '.join(errors)}")
        elif not is_number(grade.total):
            why = {"failed": "the grader failed", "refused": "nothing could be graded and no person has decided"}
            found.append(f"{who}: no total, {why.get(grade.status, 'which nobody explains')}")
    return found


def remarks(graded: Class, format: str) -> list[str]:
    """Return sentences on what the format can't say of this class, for the person who exports it."""
    told = []
    if nothing := [label(grade.person) for grade in graded.grades if grade.total is None and grade.status == "missing"]:
        told.append(f"No hand-in here and so no points there: {listed(nothing)}.")
    less = [label(grade.person) for grade in graded.grades if own_maximum(graded, grade) != graded.maximum]
    if less and format not in ("prairielearn", "csv", "parquet", "junit"):
        told.append(
            f"{_count(len(less), 'student')} had items excused, but the platform counts their points out of "
            f"{graded.maximum:g} like everybody's: {listed(less)}."
        )
    unknown = [label(grade.person) for grade in graded.grades if not moodle.participant(grade)]
    if unknown and format == "moodle":
        told.append(f"Moodle's number of {_count(len(unknown), 'student')} is not known; no row: {listed(unknown)}.")
    return told


def listed(texts: Sequence[str]) -> str:
    """Return the first of them in one text, and how many more there are."""
    more = len(texts) - MOST_NAMES
    return "; ".join(texts[:MOST_NAMES]) + (f"; and {more} more" if more > 0 else "")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
