"""Canvas's "Download Submissions": flat, `lastfirst_[LATE_]<user id>_<submission id>_<original name>`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from autograder.intake.download import Claim, Entry, Found, HandInNames, Root, by_owner, stranger
from autograder.intake.names import plain

_NAME = re.compile(r"(?P<who>.*?)(?P<late>_LATE)?_(?P<user>\d{1,20})_(?P<submission>\d{1,20})_(?P<file>.+)", re.DOTALL)
_AGAIN = re.compile(r"(?P<base>.+)-(?P<number>[1-9]\d{0,3})", re.DOTALL)


@dataclass(frozen=True)
class CanvasFile:
    """One file: the parts of its name. `base` and `number`: the original name without the mark of a resubmission."""

    entry: Entry
    who: str
    late: bool
    user: str
    submission: int
    file: str
    base: str = ""
    number: int = 0

    @property
    def prefix(self) -> str:
        """All that Canvas put before the student's own name of the file."""
        return self.entry.name[: len(self.entry.name) - len(self.file) - 1]


def sign(entry: Entry) -> bool:
    """Whether the entry may be one of Canvas's."""
    return _NAME.fullmatch(entry.name) is not None and not entry.is_dir


def read(root: Root, asked: HandInNames) -> Iterator[Found]:
    """One hand-in a user, with all the newest files of theirs.

    Raises:
        ConfigError: the folder can't be listed.
    """
    files: dict[Entry, CanvasFile] = {}
    for entry in root.made(sign):
        parts = None if entry.is_dir else _NAME.fullmatch(entry.name)
        if parts is None:
            yield stranger(entry, "Canvas", asked)
        else:
            late, submission = parts["late"] is not None, int(parts["submission"])
            files[entry] = CanvasFile(entry, parts["who"], late, parts["user"], submission, parts["file"])
    for user, entries in by_owner([(own.user, entry) for entry, own in files.items()]):
        yield _hand_in(user, [files[entry] for entry in entries], asked)


def _hand_in(user: str, files: list[CanvasFile], asked: HandInNames) -> Found:
    series: dict[str, list[CanvasFile]] = {}
    for own in _numbered(files, asked):
        series.setdefault(own.base, []).append(own)
    newest, older = [], []
    for versions in series.values():
        last, *before = sorted(versions, key=lambda own: (own.number, own.submission), reverse=True)
        newest.append(last)
        older += before
    older.sort(key=lambda own: (own.number, own.submission), reverse=True)
    main = min(newest, key=lambda own: (not own.file.lower().endswith(".ipynb"), -own.submission))
    who = main.who
    return Found(
        f"{who}_{user}",
        tuple(Entry(own.base if own.number else own.file, own.entry.path) for own in newest),
        (Claim(f"canvas: {who}, {user}", number=user, squeezed=who),),
        key=main.prefix,
        late=any(own.late for own in newest),
        older=tuple(own.entry.path for own in older),
    )


def _numbered(files: list[CanvasFile], asked: HandInNames) -> Iterator[CanvasFile]:
    """The files with their version: `x-2.ipynb` is the second resubmission of `x.ipynb` if that is there too or is what
    everybody hands in; else the student called it so."""
    there = {plain(own.file) for own in files} | {plain(name) for name in asked.files}
    for own in files:
        path = PurePosixPath(own.file)
        again = _AGAIN.fullmatch(path.stem)
        base = f"{again['base']}{path.suffix}" if again else ""
        if again is None or plain(own.file) in map(plain, asked.files) or plain(base) not in there:
            yield CanvasFile(own.entry, own.who, own.late, own.user, own.submission, own.file, own.file)
        else:
            number = int(again["number"])
            yield CanvasFile(own.entry, own.who, own.late, own.user, own.submission, own.file, base, number)
