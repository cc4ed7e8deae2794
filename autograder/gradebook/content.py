"""The hash of a hand-in: equal where reading it finds the same, under the same name. Looks where reading looks: follows
no link but a hand-in's own, passes over litter, and never reads much more than any honest hand-in holds."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from autograder.errors import ConfigError
from autograder.submission.files import is_litter
from autograder.submission.limits import ReadLimits

_LIMITS = ReadLimits()
_MOST = 2 * _LIMITS.files  # entries of a folder, and of all folders of a hand-in; reading refuses fewer
_READ = _LIMITS.total_bytes + 1  # bytes of one file
_LOOK = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def content_hash(path: Path) -> str:
    """Of a hand-in: its own name, which reports repeat, and the names and bytes of all that is in it.

    What can't be read counts as that; whoever grades it says why.
    """
    name = os.path.basename(os.path.abspath(path))
    digest = hashlib.sha256(_sized(os.fsencode(name)))
    for inside, file in _files(path):
        digest.update(_sized(inside) + _told(file))
    if os.path.islink(path) and (target := _target(path)):
        digest.update(b"->")
        for inside, file in _files(target):
            digest.update(_sized(inside) + _told(file))
    return digest.hexdigest()


def entries_of(path: Path) -> Iterator[str]:
    """Every path that the hash of a hand-in looks at: of a link of its own, the target and what is in that too."""
    yield from (file for _, file in _files(path))
    if os.path.islink(path) and (target := _target(path)):
        yield from (file for _, file in _files(target))


def first_bytes(path: str, most: int) -> bytes:
    """What of a file the hash of a hand-in looks at, `most` bytes of it: all, of an honest one; nothing where it can't
    be read."""
    try:
        descriptor = os.open(path, _LOOK)
        with os.fdopen(descriptor, "rb") as file:
            return file.read(min(_READ, most))
    except OSError:
        return b""


def data_hash(path: Path) -> str:
    """Of a file of data: its bytes, whatever it is called, also behind a link; of a folder: its files and their names.

    Raises:
        ConfigError: it can't be read.
    """
    if os.path.isdir(path):
        parts = sorted(inside for inside in path.rglob("*") if inside.is_file() and not is_litter(inside.name))
        told = [f"{inside.relative_to(path).as_posix()} {data_hash(inside)}" for inside in parts]
        return hashlib.sha256("\n".join(told).encode("utf-8", "surrogateescape")).hexdigest()
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}.") from error


def _files(path: Path) -> Iterator[tuple[bytes, str]]:
    """Every entry below a path with its name there, in the order of names; the path itself if it is no folder."""
    waiting, seen = [(b"", os.fspath(path))], 0
    while waiting and seen <= _MOST:
        inside, here = waiting.pop()
        seen += 1
        yield inside, here
        if inside.count(b"/") <= _LIMITS.depth and not os.path.islink(here) and os.path.isdir(here):
            names = [name for name in _names(here) if not is_litter(name)]
            waiting += [
                (inside + b"/" + os.fsencode(name), os.path.join(here, name))
                for name in sorted(names, key=os.fsencode, reverse=True)
            ]


def _names(folder: str) -> list[str]:
    """Of what is in a folder; the first of very many."""
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry, _ in zip(entries, range(_MOST), strict=False)]
    except OSError:
        return []  # told by _told


def _told(path: str) -> bytes:
    """What an entry is: of a file its size and bytes, of a link where it leads."""
    try:
        known = os.lstat(path)
        if stat.S_ISLNK(known.st_mode):
            return b"L" + _sized(os.fsencode(os.readlink(path)))
        if stat.S_ISDIR(known.st_mode):
            os.scandir(path).close()
            return b"D"
        if not stat.S_ISREG(known.st_mode):
            return b"O"
        descriptor = os.open(path, _LOOK)
        with os.fdopen(descriptor, "rb") as file:
            return b"F" + _sized(str(known.st_size).encode()) + _bytes(file.fileno())
    except OSError as error:
        return b"E" + _sized(str(error.errno).encode())


def _bytes(descriptor: int) -> bytes:
    """The hash of a file's bytes, as far as reading would ever come."""
    digest, left = hashlib.sha256(), _READ
    while left > 0 and (data := os.read(descriptor, min(left, 1 << 20))):
        digest.update(data)
        left -= len(data)
    return digest.digest()


def _target(path: Path) -> Path | None:
    """Where a hand-in that is a link leads, if reading would follow it: not out of its folder."""
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):
        return None
    return target if path.parent.resolve() in target.parents else None


def _sized(data: bytes) -> bytes:
    return b"%d:%s" % (len(data), data)
