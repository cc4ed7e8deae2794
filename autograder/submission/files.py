"""The files of a hand-in on disk, listed and read without following a link or blocking on a pipe or a device."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from autograder.errors import SubmissionError
from autograder.submission.limits import MB, ReadLimits, shown

# What operating systems and editors leave behind; nobody handed these in on purpose.
LITTER = {"__macosx", "__pycache__", "thumbs.db", "desktop.ini"}


@dataclass(frozen=True)
class File:
    """One file of a hand-in. `path` is relative and uses '/'; `load(n)` gives its first n bytes."""

    path: str
    load: Callable[[int], bytes]

    @property
    def name(self) -> str:
        return PurePosixPath(self.path).name

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.path).suffix.lower()

    def head(self, count: int) -> bytes:
        """Its first bytes, for a look at what it is; nothing if it can't be read."""
        try:
            return self.load(count)
        except SubmissionError:
            return b""


class Budget:
    """Reads files, and stops when one, or all of them together, are too much."""

    def __init__(self, limits: ReadLimits) -> None:
        self.limits = limits
        self._left = limits.total_bytes

    def read(self, file: File) -> bytes:
        """Raises SubmissionError if the file can't be read, or holds more than the limits allow."""
        allowed = min(self.limits.file_bytes, self._left)
        data = file.load(allowed + 1)
        if len(data) > allowed:
            raise SubmissionError(
                f"{shown(file.path)} is too large to be read (more than {allowed // MB} MB); "
                "clear the outputs of the notebook, leave data and models out, and hand in again."
            )
        self._left -= len(data)
        return data


def is_litter(path: str) -> bool:
    """Hidden files (.DS_Store, ._name, .ipynb_checkpoints) and the like, at any level."""
    return any(part.startswith(".") or part.lower() in LITTER for part in PurePosixPath(path).parts)


# Windows has none of the last three, and there bytes must be asked for.
FLAGS = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_BINARY", "O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC"))


def disk_file(path: Path, name: str) -> File:
    """A file on disk, called `name` in sentences; nothing is opened before `load`."""
    return File(name, lambda count: _read_regular(path, name, count))


def _read_regular(path: Path, name: str, count: int) -> bytes:
    """Raises SubmissionError for anything that is not a regular, readable file."""
    try:
        # Opening a device can have effects of its own, so look first; the flags then close the gap between the two.
        if not stat.S_ISREG(os.lstat(path).st_mode):
            raise SubmissionError(f"{shown(name)} is not an ordinary file; hand in the notebook itself.")
        descriptor = os.open(path, FLAGS)
        with os.fdopen(descriptor, "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise SubmissionError(f"{shown(name)} is not an ordinary file; hand in the notebook itself.")
            return stream.read(count)
    except OSError as error:
        raise SubmissionError(
            f"{shown(name)} can't be read ({error.strerror}); check the file and its rights."
        ) from error


def folder_files(folder: Path, limits: ReadLimits) -> tuple[list[File], list[str]]:
    """All files below a folder, sorted, and a remark for each thing passed over.

    Raises SubmissionError if there are too many, too deep, or the folder can't be listed.
    """
    files: list[File] = []
    remarks: list[str] = []
    seen = 0
    waiting: list[tuple[Path, PurePosixPath]] = [(folder, PurePosixPath())]
    while waiting:
        here, inside = waiting.pop()
        for entry in _entries(here, limits.files - seen, folder.name):
            seen += 1
            path = inside / entry.name
            if is_litter(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False):
                if len(path.parts) > limits.depth:
                    raise SubmissionError(f"{shown(str(path))} is nested too deep; put the notebook at the top.")
                waiting.append((here / entry.name, path))
            elif entry.is_file(follow_symlinks=False):
                files.append(disk_file(here / entry.name, str(path)))
            else:
                what = "a link" if entry.is_symlink() else "not an ordinary file"
                remarks.append(f"{shown(str(path))} is {what} and was not read.")
    return sorted(files, key=lambda file: file.path), sorted(remarks)


def _entries(folder: Path, most: int, name: str) -> list[os.DirEntry[str]]:
    """Raises SubmissionError if the folder can't be listed or holds more than `most` entries."""
    entries: list[os.DirEntry[str]] = []
    try:
        with os.scandir(folder) as listing:
            for entry in listing:
                if len(entries) >= most:
                    raise SubmissionError(
                        f"The folder {shown(name)} holds too many files; hand in only the notebook and the report."
                    )
                entries.append(entry)
    except OSError as error:
        raise SubmissionError(
            f"The folder {shown(name)} can't be read ({error.strerror}); check its rights."
        ) from error
    return entries
