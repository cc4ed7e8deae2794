"""Sakai's download: `Last, First(eid)/Submission attachment(s)/`, or the same before each file's name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from autograder.errors import SubmissionError
from autograder.intake.download import Claim, Entry, Found, HandInNames, Root, by_owner, stranger
from autograder.intake.names import first_last
from autograder.submission.files import disk_file
from autograder.submission.limits import shown

_HANDED_IN = "Submission attachment(s)"
_FEEDBACK = "Feedback Attachment(s)"
OWN = ("timestamp.txt", "comments.txt", "feedbackText.html", _HANDED_IN, _FEEDBACK)
_CLASS_FILES = ("grades.csv", "grades.xls", "grades.xlsx")
_MARK = re.compile(
    r"\)_(?=((?:timestamp\.txt|comments\.txt|feedbackText\.html|submissionText\.html"
    r"|(?:Submission attachment|Feedback Attachment)\(s\)(?:_.*)?)\Z))",
    re.DOTALL,
)
_DIGITS = re.compile(r"(\d{14})\d{0,3}", re.ASCII)


@dataclass(frozen=True)
class _Time:
    """When a hand-in came, or why nobody knows."""

    time: datetime | None = None
    remarks: tuple[str, ...] = ()


def sign(entry: Entry) -> bool:
    """Whether the entry is one of Sakai's."""
    owner, inside = _parts(entry.name)
    if not owner:
        return False
    return bool(inside) or (entry.is_dir and any((entry.path / name).exists() for name in OWN))


def _parts(name: str) -> tuple[str, str]:
    """`Last, First(eid)` and what of Sakai's follows it in a flattened name; the owner is empty if it is neither.

    The first of Sakai's marks counts: what follows it is the student's own name of a file.
    """
    for mark in _MARK.finditer(name):
        owner = name[: mark.start() + 1]
        if _eid(owner):
            return owner, mark[1]
    return (name, "") if _eid(name) else ("", "")


def _eid(owner: str) -> str:
    """The eid of `Last, First(eid)`; empty if it is no such name."""
    before, bracket, eid = owner.removesuffix(")").rpartition("(")
    return eid if owner.endswith(")") and bracket and before else ""


def read(root: Root, asked: HandInNames, zone: ZoneInfo) -> Iterator[Found]:
    """One hand-in a student: what is in the attachments.

    Raises:
        ConfigError: a folder can't be listed.
    """
    flat: list[tuple[str, Entry]] = []
    owners: dict[str, str] = {}
    for entry in root.made(sign):
        owner, inside = _parts(entry.name)
        if inside:
            flat.append((_eid(owner), Entry(inside, entry.path)))
            owners[_eid(owner)] = min(owner, owners.get(_eid(owner), owner), key=len)  # some names have it twice
        elif owner and entry.is_dir:
            yield _folder(root, entry, asked, zone)
        elif entry.name.lower() not in _CLASS_FILES:
            yield stranger(entry, "Sakai", asked)
    for eid, entries in by_owner(flat):
        yield _flat(owners[eid], entries, asked, zone)


def _folder(root: Root, student: Entry, asked: HandInNames, zone: ZoneInfo) -> Found:
    files: list[Entry] = []
    time = _Time()
    for entry in root.entries(student.path):
        if entry.name == "timestamp.txt":
            time = _time(entry.path, student.name, zone)
        elif entry.name == _HANDED_IN and entry.is_dir:
            files += root.entries(entry.path)
        elif not _is_own(entry.name, student.name):
            files.append(entry)
    attachments = student.path / _HANDED_IN
    if files and all(entry.path.parent == attachments for entry in files):
        files = [Entry(_HANDED_IN, attachments)]
    return _found(student.name, files, student, time, asked)


def _flat(owner: str, entries: list[Entry], asked: HandInNames, zone: ZoneInfo) -> Found:
    files: list[Entry] = []
    time = _Time()
    for entry in entries:
        if entry.name == "timestamp.txt":
            time = _time(entry.path, owner, zone)
        elif entry.name.startswith(f"{_HANDED_IN}_"):
            files.append(Entry(entry.name.removeprefix(f"{_HANDED_IN}_"), entry.path))
    return _found(owner, files, entries[0], time, asked)


def _found(owner: str, files: list[Entry], place: Entry, time: _Time, asked: HandInNames) -> Found:
    eid = _eid(owner)
    name = first_last(owner[: len(owner) - len(eid) - 2])
    refused = "" if files else f"No file was handed in in Sakai; hand in {shown(asked.notebook)}."
    claim = Claim(f"sakai: {eid}", login=eid, name=name)
    return Found(eid, tuple(files) or (place,), (claim,), eid, time.time, refused=refused, remarks=time.remarks)


def _is_own(name: str, owner: str) -> bool:
    """Whether Sakai itself put the file there."""
    return name in OWN or (name.endswith("_submissionText.html") and name.startswith(owner[:20]))


def _time(path: Path, owner: str, zone: ZoneInfo) -> _Time:
    """No time, and a remark, if the file doesn't hold 14 to 17 digits that are a time."""
    try:
        text = disk_file(path, path.name).load(1000).decode("ascii", "replace").strip()
    except SubmissionError as error:
        return _Time(remarks=(f"{shown(owner)}: {error}",))
    digits = _DIGITS.fullmatch(text)
    try:
        if digits is None:
            raise ValueError
        return _Time(datetime.strptime(digits[1], "%Y%m%d%H%M%S").replace(tzinfo=zone))
    except ValueError:
        what = f"{shown(owner)}: {shown(text, 40)!r} in timestamp.txt is no time; digits YYYYMMDDhhmmss are needed."
        return _Time(remarks=(what,))
