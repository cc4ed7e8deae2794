"""A hand-in as plain data, so that it can be graded where its folder is not: what reading it would find, and no more.

Whether it came whole is for its hash to say (gradebook.content): where the copy's differs, nothing is graded.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from autograder.gradebook.content import content_hash, entries_of, first_bytes

MOST = 600_000_000  # bytes of one hand-in that travel: more than twice of what reading takes
Kind = Literal["file", "folder", "link", "other"]


@dataclass(frozen=True)
class Entry:
    """A file or what else stands at `place`, as bytes of a path from the folder that holds the hand-in.

    Of a file `size` may be more than `data` holds: then it is more than anybody reads. Of a link `data` is where it
    leads. `readable`: here, by us."""

    place: bytes
    kind: Kind
    data: bytes = b""
    size: int = 0
    readable: bool = True


def pack(path: Path) -> tuple[tuple[Entry, ...], str]:
    """Return all entries of a hand-in, folders before what is in them, and its hash; no hash where it holds so much
    that the rest went as holes: reading refuses it as it is."""
    path = Path(os.path.abspath(path))
    base, left, found = os.fsencode(path.parent), MOST, dict[bytes, Entry]()
    for here in entries_of(path):
        place = os.path.relpath(os.fsencode(here), base)
        if place not in found and (entry := _entry(place, here, max(left, 0))) is not None:
            found[place] = entry
            left -= entry.size
    return tuple(found.values()), content_hash(path) if left >= 0 else ""


def unpack(entries: tuple[Entry, ...], name: str, folder: Path) -> Path:
    """Write a hand-in into `folder`, which must be new and empty; where it is then. `name`: of the hand-in itself.

    Raises:
        OSError: it can't be written.
        ValueError: an entry would stand elsewhere.
    """
    base = os.fsencode(folder)
    for entry in entries:
        parts = entry.place.split(b"/")
        if not all(parts) or b".." in parts or b"." in parts:
            raise ValueError("an entry of a hand-in would stand outside of it")
        target = os.path.join(base, *parts)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        _write(entry, target)
    for entry in reversed(entries):  # a folder that may not be listed is filled first
        if not entry.readable:
            os.chmod(os.path.join(base, entry.place), 0)
    return folder / name


def _entry(place: bytes, path: str, most: int) -> Entry | None:
    """What stands there; None where nothing does any more. `most`: bytes that are read of it."""
    try:
        known = os.lstat(path)
    except OSError:
        return None
    if stat.S_ISLNK(known.st_mode):
        return Entry(place, "link", os.fsencode(os.readlink(path)))
    if stat.S_ISDIR(known.st_mode):
        return Entry(place, "folder", readable=os.access(path, os.R_OK | os.X_OK))
    if not stat.S_ISREG(known.st_mode):
        return Entry(place, "other")
    return Entry(place, "file", first_bytes(path, most), known.st_size, os.access(path, os.R_OK))


def _write(entry: Entry, target: bytes) -> None:
    if entry.kind == "folder":
        os.makedirs(target, exist_ok=True)
    elif entry.kind == "link":
        os.symlink(entry.data, target)
    elif entry.kind == "other":
        os.mkfifo(target, 0o600)
    else:
        with open(target, "xb") as file:
            file.write(entry.data)
            file.truncate(entry.size)
