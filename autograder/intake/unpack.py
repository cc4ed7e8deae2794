"""Takes a class's zip out to a folder: bounded, nothing outside of it, nothing over another file, no links.

Made by a platform, so what no platform makes is refused as a whole; one student's odd file in it costs only that file,
and an odd path below where a platform puts a student's files only that hand-in.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import struct
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from autograder.errors import ConfigError
from autograder.intake.download import Root
from autograder.submission.archive import METHODS, is_encrypted, is_ordinary, leads_out, zip_path
from autograder.submission.files import LITTER
from autograder.submission.limits import MB, shown

_END, _END_64, _LOCATOR_64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_LONGEST = 200  # bytes of a name on disk; file systems stop at 255
_BLOCK = 1 << 20
# What platforms call the folder or file of one student; what follows is the student's own.
_HOME = re.compile(
    r"submission_\d{1,20}|.+_\d{1,20}_assignsubmission_[a-z]{1,40}(?:_.*)?|.+\)_Submission attachment\(s\)_.+"
    r"|.*_\d{1,20}_\d{1,20}_.+",
    re.DOTALL | re.ASCII,
)
_BAD_NAME = (errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ)
_ATTACHMENTS = "Submission attachment(s)"  # Sakai's folder in a student's


@dataclass(frozen=True)
class ClassLimits:
    """How much of a class's zip is taken out; all are enforced on what is really there."""

    files: int = 200_000
    directory_bytes: int = 100 * MB  # the zip's list of its files
    file_bytes: int = 1_000 * MB  # a larger one is left out
    total_bytes: int = 50_000 * MB
    depth: int = 30
    path_chars: int = 4_000


_DEFAULT = ClassLimits()


@dataclass
class _Unpacked:
    """What has been taken out so far."""

    folder: Path
    left: int
    called: dict[Path, str] = field(default_factory=dict)
    left_out: dict[Path, str] = field(default_factory=dict)
    taken: dict[tuple[Path, str], str] = field(default_factory=dict)  # by folder and name as no file system tells apart
    places: dict[tuple[Path, str], Path] = field(default_factory=dict)


def unpack(path: Path, folder: Path, limits: ClassLimits = _DEFAULT) -> Root:
    """Take a zip out into `folder`, which is made. Names that can't stand on disk get others there.

    Raises:
        ConfigError: it is damaged, not a zip, or hostile; it holds too much; or the disk is full. What is wrong with a
            single file's content is told in `Root.left_out`.
    """
    out = _Unpacked(folder, limits.total_bytes)
    try:
        folder.mkdir(parents=True)
        with _opened(path, limits) as archive:
            for entry in _checked(archive, path, limits):
                _take(archive, entry, path, out, limits)
    except OSError as error:
        raise ConfigError(f"{path} can't be unpacked into {folder}: {error.strerror or error}.") from error
    return Root(folder, path.stem, out.called, out.left_out)


def top_names(path: Path, limits: ClassLimits = _DEFAULT) -> list[str]:
    """The paths in a zip, for a look at what it is; empty if it can't be read. Raises nothing."""
    try:
        with _opened(path, limits) as archive:
            return [zip_path(entry) for entry in archive.infolist()]
    except (ConfigError, OSError):
        return []


def _opened(path: Path, limits: ClassLimits) -> zipfile.ZipFile:
    """Raises ConfigError if it is no zip or its list of files is too long to be read; OSError."""
    size = _directory_size(path)
    if size is not None and size > limits.directory_bytes:
        raise ConfigError(f"{path} holds too many files (a list of {size // MB:,} MB) to be a class's download.")
    try:
        archive = zipfile.ZipFile(path)
    except OSError:
        raise
    except Exception as error:  # zipfile leaks struct, Unicode and value errors on hostile bytes
        raise ConfigError(f"{path} is cut short, damaged or no zip; download it again.") from error
    if len(archive.infolist()) > limits.files:
        archive.close()
        raise ConfigError(f"{path} holds {len(archive.infolist()):,} files, more than {limits.files:,}.")
    return archive


def _directory_size(path: Path) -> int | None:
    """How long the zip says its list of files is: zipfile would make an object of each. None without an end record."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise ConfigError(f"{path} is not an ordinary file.")
    with open(path, "rb") as stream:
        length = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, length - (1 << 16) - 42))
        tail = stream.read()
        at = tail.rfind(_END)
        if at < 0 or at + 22 > len(tail):
            return None
        size = int(struct.unpack_from("<L", tail, at + 12)[0])
        if at >= 20 and tail[at - 20 : at - 16] == _LOCATOR_64:
            stream.seek(min(int(struct.unpack_from("<Q", tail, at - 12)[0]), length))
            record = stream.read(56)
            if len(record) == 56 and record.startswith(_END_64):
                size = max(size if size != 0xFFFFFFFF else 0, int(struct.unpack_from("<Q", record, 40)[0]))
        return size


def _checked(archive: zipfile.ZipFile, path: Path, limits: ClassLimits) -> Iterator[tuple[str, zipfile.ZipInfo, str]]:
    """The zip's files and folders by their paths, the last one of a path that stands there twice; and what is wrong
    with the path, if it is a student's own.

    Raises ConfigError for paths that no platform writes.
    """
    entries: dict[str, tuple[zipfile.ZipInfo, str]] = {}
    for entry in archive.infolist():
        inside = zip_path(entry)
        parts = PurePosixPath(inside).parts
        odd = ""
        if leads_out(inside):
            odd = f"holds the path {shown(inside)}, which leads out of it"
        elif len(inside) > limits.path_chars or len(parts) > limits.depth:
            odd = f"holds a path of {len(inside):,} characters and {len(parts):,} folders"
        if odd and not _home(inside):
            raise ConfigError(f"{path} {odd}; nothing was unpacked.")
        if is_encrypted(entry):
            raise ConfigError(f"{path} is protected by a password; make a zip without one.")
        if parts and (odd or not any(part.lower() in LITTER for part in parts)):
            entries[inside] = entry, odd
    for inside, (entry, odd) in entries.items():
        yield inside, entry, odd


def _home(inside: str) -> tuple[str, ...]:
    """The part of a path that names one student's hand-in; empty where no platform's mark says so."""
    parts = PurePosixPath(inside).parts
    for place, part in enumerate(parts):
        if leads_out(part):
            return ()
        if _HOME.fullmatch(part) or parts[place + 1 : place + 2] == (_ATTACHMENTS,):
            return parts[: place + 1]
    return ()


def _take(
    archive: zipfile.ZipFile, named: tuple[str, zipfile.ZipInfo, str], path: Path, out: _Unpacked, limits: ClassLimits
) -> None:
    """Write one file, or an empty one where it can't be had. Raises ConfigError, OSError."""
    inside, entry, odd = named
    home = _home(inside)
    if odd:
        _refuse(home, f"The hand-in {odd}; it was not read.", path, out)
        return
    try:
        _written(archive, inside, entry, out, limits)
    except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
        odd = f"holds {shown(inside)}, which is a file and a folder at once"
        if not home:
            raise ConfigError(f"{path} {odd}.") from error
    except OSError as error:
        if not home or error.errno not in _BAD_NAME:
            raise
        odd = f"holds the path {shown(inside)}, which can't stand on this disk"
    if odd:
        _refuse(home, f"The hand-in {odd}; it was not read.", path, out)
    elif out.left < 0:
        raise ConfigError(f"{path} holds more than {limits.total_bytes // MB:,} MB; nothing of it was graded.")


def _refuse(home: Sequence[str], sentence: str, path: Path, out: _Unpacked) -> None:
    """Note that nothing of a student's is taken; an empty folder stands there if nothing else does.

    Raises ConfigError, OSError."""
    where = out.folder
    for part in home[:-1]:
        where = _place(where, part, out)
        _make(where, path, part)
    own = _place(where, home[-1], out)
    if not own.exists():
        own.mkdir()
    out.left_out.setdefault(own, sentence)


def _written(
    archive: zipfile.ZipFile, inside: str, entry: zipfile.ZipInfo, out: _Unpacked, limits: ClassLimits
) -> None:
    """Write a file, or make a folder. Raises OSError."""
    *folders, name = PurePosixPath(inside).parts
    where = out.folder
    for part in folders:
        where = _place(where, part, out)
        where.mkdir(exist_ok=True)
    target = _place(where, name, out)
    if inside.endswith("/"):
        target.mkdir(exist_ok=True)
        return
    with open(target, "xb") as stream:
        problem = _write(archive, entry, name, stream, min(limits.file_bytes, out.left + 1))
        out.left -= stream.tell()
        if problem:
            stream.truncate(0)
            out.left_out.setdefault(target, problem)


def _write(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, stream: BinaryIO, most: int) -> str:
    """Write a file's content, `most` bytes at most; what is wrong with it, if something is. Raises OSError."""
    if not is_ordinary(entry):
        return f"{shown(name)} is a link or not an ordinary file; hand in the file itself."
    if entry.compress_type not in METHODS:
        return f"{shown(name)} is compressed in an unusual way."
    for block in _blocks(archive, entry):
        stream.write(block[: most - stream.tell()])
        if not block:
            return f"{shown(name)} is damaged inside the download."
        if stream.tell() >= most:
            return f"{shown(name)} is too large (more than {most // MB:,} MB)."
    return ""


def _blocks(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """The file's content; an empty block where it is damaged."""
    try:
        with archive.open(entry) as stream:
            while block := stream.read(_BLOCK):
                yield block
    except Exception:  # noqa: BLE001  # zipfile leaks all kinds on hostile bytes
        yield b""


def _make(folder: Path, path: Path, inside: str) -> None:
    """Raises ConfigError where a file stands already."""
    try:
        folder.mkdir(exist_ok=True)
    except FileExistsError as error:
        raise ConfigError(f"{path} holds {shown(inside)}, which is a file and a folder at once.") from error


def _place(where: Path, name: str, out: _Unpacked) -> Path:
    """Where a name goes on disk: itself, unless it is too long, or some file system would take it for another."""
    if (where, name) in out.places:
        return out.places[where, name]
    disk = name
    if len(os.fsencode(name)) > _LONGEST:
        suffix = PurePosixPath(name).suffix if len(PurePosixPath(name).suffix) < 20 else ""
        mark = "~" + sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12] + suffix
        disk = name.encode("utf-8", "surrogateescape")[: _LONGEST - len(mark.encode())].decode("utf-8", "ignore") + mark
    same, count = _same(disk), 1
    while (where, same) in out.taken:
        count += 1
        stem, suffix = PurePosixPath(disk).stem, PurePosixPath(disk).suffix
        same = _same(f"{stem}~{count}{suffix}")
    place = where / (disk if count == 1 else f"{PurePosixPath(disk).stem}~{count}{PurePosixPath(disk).suffix}")
    out.taken[where, same] = name
    out.places[where, name] = place
    if place.name != name:
        out.called[place] = name
    return place


def _same(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
