"""Moodle's "Download all submissions": `Full Name_<participant id>_assignsubmission_file_`, as folders or before each
file's name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from autograder.intake.download import Claim, Entry, Found, HandInNames, Root, stranger
from autograder.submission.limits import shown

# Looked for at every place, since Moodle's own mark may share its first `_` with the end of a name like one.
_MARK = re.compile(
    r"(?=(?P<mark>_(?P<id>\d{1,20})_assignsubmission_(?P<kind>[a-z]{1,40})(?:_(?P<file>.*))?\Z))", re.DOTALL | re.ASCII
)
_PLATFORM_FILES = ("grades.csv",)


@dataclass(frozen=True)
class MoodleFile:
    """One entry: the parts of its name."""

    entry: Entry
    who: str
    id: str
    kind: str
    file: str


def sign(entry: Entry) -> bool:
    """Whether the entry is one of Moodle's."""
    return bool(_readings(entry))


def _readings(entry: Entry) -> list[MoodleFile]:
    """Every way in which the name can be read: people choose their names and those of their files, so that either may
    hold what Moodle puts between. In a folder's name nothing follows Moodle's own mark, so it is the last one."""
    found = [
        MoodleFile(entry, entry.name[: match.start()], match["id"], match["kind"], match["file"] or "")
        for match in _MARK.finditer(entry.name)
        if match.start() > 0
    ]
    ends = [own for own in found if not own.file]
    return ends[-1:] if ends and entry.is_dir else found


def read(root: Root, asked: HandInNames) -> Iterator[Found]:
    """One hand-in a participant; text typed into Moodle's own box is none. A name that can be read in several ways is
    nobody's until a person says whose.

    Raises:
        ConfigError: a folder can't be listed.
    """
    owned: dict[tuple[str, str], list[MoodleFile]] = {}
    for entry in root.made(sign):
        readings = _readings(entry)
        if len(readings) == 1:
            owned.setdefault((readings[0].id, readings[0].who), []).append(readings[0])
        elif readings:
            yield _doubtful(entry)
        elif entry.name.lower() not in _PLATFORM_FILES:
            yield stranger(entry, "Moodle", asked)
    for (participant, who), files in owned.items():
        yield _hand_in(who, participant, files, asked)


def _doubtful(entry: Entry) -> Found:
    remark = f"{shown(entry.name)} can be read as the name of several people's hand-ins, so a person says whose it is."
    return Found(entry.name, (entry,), (Claim(f"moodle: {entry.name}"),), remarks=(remark,))


def _hand_in(who: str, participant: str, entries: list[MoodleFile], asked: HandInNames) -> Found:
    files = [
        own.entry if own.entry.is_dir else Entry(own.file or own.entry.name, own.entry.path)
        for own in entries
        if own.kind == "file"
    ]
    typed = len(files) < len(entries)
    refused = ""
    if not files:
        refused = f"Only text was typed into Moodle's box; hand in {shown(asked.notebook)} as a file."
    remark = (f"{shown(who)}: the text typed into Moodle's box was not read.",) if typed and files else ()
    name = "" if who.casefold() == "participant" else who  # as Moodle calls everybody when marking is blind
    claim = Claim(f"moodle: {who}, {participant}", name=name, ticket=participant)
    return Found(
        f"{who}_{participant}",
        tuple(files) or (entries[0].entry,),
        (claim,),
        participant,
        refused=refused,
        remarks=remark,
    )
