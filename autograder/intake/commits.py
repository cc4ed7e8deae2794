"""When the last commit of a clone was made, read from its files: git itself would heed the clone's configuration.

Everything in a clone is the student's, so all is bounded, no link is followed, and what isn't understood is no time.
"""

from __future__ import annotations

import os
import re
import stat
import struct
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import BinaryIO

from autograder.errors import SubmissionError
from autograder.submission.files import disk_file
from autograder.submission.limits import MB

_REF = re.compile(r"ref: (refs/heads/[\w./@+-]{1,200})", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{40}")
_COMMITTER = re.compile(rb"committer [^\n]{0,1000} (\d{1,11}) ([+-])(\d\d)(\d\d)")
_HEAD_BYTES = 1000
_PACKED_REFS = 5 * MB
_COMMIT_BYTES = 1 * MB
_PACKS = 20
_COMMIT = 1  # a pack's number for the kind of object


def last_commit(git: Path) -> datetime | None:
    """The committer's time of HEAD; None where it can't be read. It is the student's own clock's. Raises nothing."""
    try:
        found = _hash(git)
        data = _loose(git, found) or _packed(git, found) if found else b""
        return _time(data or b"")
    except (SubmissionError, OSError, ValueError, struct.error, zlib.error, OverflowError):
        return None


def _hash(git: Path) -> str:
    """The commit that HEAD is at, maybe through one branch; empty if unknown."""
    head = _text(git / "HEAD", _HEAD_BYTES).strip()
    if _HASH.fullmatch(head):
        return head
    branch = _REF.fullmatch(head)
    if branch is None or ".." in branch[1]:
        return ""
    path = git / branch[1]
    if path.resolve().is_relative_to(git.resolve()) and path.is_file():
        found = _text(path, _HEAD_BYTES).strip()
        return found if _HASH.fullmatch(found) else ""
    for line in _text(git / "packed-refs", _PACKED_REFS).splitlines():
        if line[40:] == f" {branch[1]}" and _HASH.fullmatch(line[:40]):
            return line[:40]
    return ""


def _text(path: Path, most: int) -> str:
    """Raises SubmissionError if it is no ordinary file."""
    return disk_file(path, path.name).load(most).decode("utf-8", "replace")


def _loose(git: Path, found: str) -> bytes:
    """The commit as a file of its own; empty if there is none."""
    path = git / "objects" / found[:2] / found[2:]
    if not path.is_file() or not path.resolve().is_relative_to(git.resolve()):
        return b""
    data = zlib.decompressobj().decompress(disk_file(path, path.name).load(_COMMIT_BYTES), _COMMIT_BYTES)
    kind, _, content = data.partition(b"\0")
    return content if kind.startswith(b"commit ") else b""


# ---- packs: what a fresh clone has -----------------------------------------------------------------------------------
def _packed(git: Path, found: str) -> bytes:
    """The commit from one of the packs; empty if it isn't there as a whole."""
    folder = git / "objects" / "pack"
    if not folder.is_dir() or not folder.resolve().is_relative_to(git.resolve()):
        return b""
    names = sorted(name for name in os.listdir(folder) if name.endswith(".idx"))
    for name in names[:_PACKS]:
        for offset in _offsets(folder / name, bytes.fromhex(found)):
            return _object(folder / f"{name.removesuffix('.idx')}.pack", offset)
    return b""


def _offsets(index: Path, wanted: bytes) -> Iterator[int]:
    """Where the pack holds the object, by its index of version 2. Raises OSError, struct.error."""
    with _opened(index) as stream:

        def at(place: int, form: str) -> int:
            stream.seek(place)
            return int(struct.unpack(form, stream.read(struct.calcsize(form)))[0])

        if stream.read(8) != b"\xfftOc\0\0\0\2":
            return
        count = at(8 + 255 * 4, ">L")
        low = at(8 + (wanted[0] - 1) * 4, ">L") if wanted[0] else 0
        high = at(8 + wanted[0] * 4, ">L")
        names = 8 + 256 * 4
        while low < high:
            middle = (low + high) // 2
            stream.seek(names + middle * 20)
            own = stream.read(20)
            if own == wanted:
                offset = at(names + count * 24 + middle * 4, ">L")
                if offset & 0x80000000:
                    offset = at(names + count * 28 + (offset & 0x7FFFFFFF) * 8, ">Q")
                yield offset
                return
            low, high = (middle + 1, high) if own < wanted else (low, middle)


def _object(pack: Path, offset: int) -> bytes:
    """A commit that stands whole in a pack; empty for any other object and for a delta. Raises OSError, zlib.error."""
    with _opened(pack) as stream:
        stream.seek(offset)
        data = stream.read(_COMMIT_BYTES)
    if not data or data[0] >> 4 & 7 != _COMMIT:
        return b""
    start = 1
    while data[start - 1] & 0x80:
        start += 1
        if start > 12:
            return b""
    return zlib.decompressobj().decompress(data[start:], _COMMIT_BYTES)


def _opened(path: Path) -> BinaryIO:
    """Raises OSError for a link and whatever else is no ordinary file."""
    stream = os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        stream.close()
        raise OSError(f"{path} is not an ordinary file")
    return stream


def _time(commit: bytes) -> datetime | None:
    for line in commit[: 64 * 1024].split(b"\n"):
        if not line:
            return None  # the message begins
        if match := _COMMITTER.fullmatch(line):
            minutes = int(match[3]) * 60 + int(match[4])
            zone = timezone(timedelta(minutes=minutes if match[2] == b"+" else -minutes))
            return datetime.fromtimestamp(int(match[1]), zone)
    return None
