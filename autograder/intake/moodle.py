"""Moodle's "Download all submissions": `Full Name_<participant id>_assignsubmission_file_`, as folders or before each
file's name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autograder.intake.download import Claim, Entry, Found, HandInNames, Root, by_owner, stranger
from autograder.submission.limits import shown

_NAME = re.compile(r"(?P<who>.+?)_(?P<id>\d{1,20})_assignsubmission_(?P<kind>[a-z]{1,40})(?:_(?P<file>.*))?", re.DOTALL)
_PLATFORM_FILES = ("grades.csv",)


def sign(entry: Entry) -> bool:
    """Whether the entry is one of Moodle's."""
    return _NAME.fullmatch(entry.name) is not None


def read(root: Root, asked: HandInNames) -> Iterator[Found]:
    """One hand-in a participant; text typed into Moodle's own box is none.

    Raises:
        ConfigError: a folder can't be listed.
    """
    owned: list[tuple[str, Entry]] = []
    for entry in root.made(sign):
        parts = _NAME.fullmatch(entry.name)
        if parts is not None:
            owned.append((parts["id"], entry))
        elif entry.name.lower() not in _PLATFORM_FILES:
            yield stranger(entry, "Moodle", asked)
    for participant, entries in by_owner(owned):
        yield _hand_in(root, participant, entries, asked)


def _hand_in(root: Root, participant: str, entries: list[Entry], asked: HandInNames) -> Found:
    files: list[Entry] = []
    typed = False
    who = ""
    for entry in entries:
        parts = _NAME.fullmatch(entry.name)
        assert parts is not None
        who = who or parts["who"]
        if parts["kind"] != "file":
            typed = True
        elif entry.is_dir:
            files.append(entry)
        else:
            files.append(Entry(parts["file"] or entry.name, entry.path))
    refused = ""
    if not files:
        refused = f"Only text was typed into Moodle's box; hand in {shown(asked.notebook)} as a file."
    remark = (f"{shown(who)}: the text typed into Moodle's box was not read.",) if typed and files else ()
    name = "" if who.casefold() == "participant" else who  # as Moodle calls everybody when marking is blind
    claim = Claim(f"moodle: {who}, {participant}", name=name, ticket=participant)
    return Found(
        f"{who}_{participant}",
        tuple(files) or tuple(entries[:1]),
        (claim,),
        participant,
        refused=refused,
        remarks=remark,
    )
