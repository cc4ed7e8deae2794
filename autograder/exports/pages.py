"""The students' pages as one zip, laid out as each platform's bulk upload of feedback wants it.

Moodle: feedback files go back with the names of the download's folders, `Full Name_<participant id>_assignsubmission_
file_/`, or that prefix before the file's name where the download was flat. Canvas: a flat zip with the names of the
downloaded files unchanged (`lastfirst_LATE_<user id>_<submission id>_<name>`), by whose numbers it finds the student;
`.html` is added to it, so that a page does not call itself a notebook. Sakai: a root named after the assignment, in it
`Last, First(eid)/Feedback Attachment(s)/`. All others: a folder by student, named by the class's id.

A group gets one page where the platform knows one hand-in, and one each otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePath

from autograder.errors import ConfigError
from autograder.exports.archive import entry_name, to_zip
from autograder.exports.moodle import participant
from autograder.exports.people import label
from autograder.exports.sakai import student_folder
from autograder.grades import Class, Grade, Platform
from autograder.reports import write_bytes
from autograder.reports.html import NAME as PAGE

NAME = "feedback.zip"


def feedback(graded: Class, platform: Platform, target: Path) -> Path:
    """Write the pages of all who have one into `target`/feedback.zip; return its path. Equal pages give equal bytes.

    Raises:
        ConfigError: a page can't be read, the platform could not tell whose it is, or two would get one name.
        OSError: the folder can't be made or written.
    """
    place = _PLACES.get(platform, _by_student)
    pages: dict[str, bytes] = {}
    owners: dict[str, Grade] = {}
    for grade in graded.grades:
        if grade.folder is None:
            continue
        name, page = place(graded, grade), _page(grade, grade.folder)
        other = owners.setdefault(name.casefold(), grade)
        shared = place is not _by_student and other.hand_in == grade.hand_in and pages.get(name) == page
        if other is not grade and not shared:
            raise ConfigError(
                f"The pages of {label(other.person)} and {label(grade.person)} would both be {name!r:.200} in the zip."
            )
        pages[name] = page
    path = target / NAME
    write_bytes(path, to_zip(pages))
    return path


def without_page(graded: Class) -> list[str]:
    """Return the students for whom there is no page, since nothing of theirs has results."""
    return [label(grade.person) for grade in graded.grades if grade.folder is None]


def _page(grade: Grade, folder: Path) -> bytes:
    try:
        return (folder / PAGE).read_bytes()
    except OSError as error:
        raise ConfigError(
            f"{label(grade.person)}: the page {folder / PAGE} can't be read: {error.strerror}."
        ) from error


def _by_student(graded: Class, grade: Grade) -> str:
    return f"{entry_name(grade.person.id)}/{PAGE}"


def _moodle(graded: Class, grade: Grade) -> str:
    own = participant(grade)
    if not own or grade.hand_in is None:
        raise ConfigError(
            f"{label(grade.person)} has a page, but no participant id of Moodle, by which it would be found."
        )
    mark = f"_{own}_assignsubmission_file"
    for part in reversed(PurePath(grade.hand_in.path).parts):
        before, found, after = part.partition(mark)
        if found and after in ("", "_"):
            return f"{part}/{PAGE}"
        if found and after.startswith("_"):
            return f"{before}{mark}_{PAGE}"
    full_name = entry_name(grade.person.name.replace("_", " "))  # Moodle counts the underlines
    return f"{full_name}{mark}_/{PAGE}"


def _canvas(graded: Class, grade: Grade) -> str:
    hand_in = grade.hand_in
    if hand_in is None or hand_in.platform != "canvas" or not hand_in.key:
        raise ConfigError(f"{label(grade.person)} has a page, but no file name of Canvas, by which it would be found.")
    prefix, name = hand_in.key.rstrip("_"), PurePath(hand_in.path).name
    return f"{name}.html" if name.startswith(f"{prefix}_") else f"{entry_name(prefix)}_{entry_name(name)}.html"


def _sakai(graded: Class, grade: Grade) -> str:
    return f"{entry_name(graded.title)}/{student_folder(grade)}/Feedback Attachment(s)/{PAGE}"


_PLACES: dict[str, Callable[[Class, Grade], str]] = {"moodle": _moodle, "canvas": _canvas, "sakai": _sakai}
