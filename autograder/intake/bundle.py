"""The files of one hand-in in one place: a platform's flat listing becomes a folder of copies, as students made it."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from autograder.errors import ConfigError, SubmissionError
from autograder.intake.download import Entry, Found, HandInNames, Root
from autograder.submission import ReadLimits, may_be_hand_in
from autograder.submission.files import File, disk_file, folder_files
from autograder.submission.limits import listed, shown

_LIMITS = ReadLimits()
_MOST = 200  # files of one hand-in
_LONGEST = 150  # bytes of a file's name
_OTHERS = (".json", ".txt", "")  # what a notebook may be called too; reading looks


def bundled(
    root: Root, found: Found, name: str, scratch: Path, asked: HandInNames
) -> tuple[Path, str, tuple[str, ...]]:
    """Return where to grade the hand-in, why nothing of it can be graded (or nothing), and sentences for staff.

    A single folder, or a single zip or other file under its own name, stays where it is; several files, and one whose
    name the platform changed, are copied below `scratch`.

    Raises:
        ConfigError: a copy can't be written.
    """
    lost = tuple(sentence for entry in found.files for sentence in root.lost(entry.path))
    whole = [entry for entry in found.files if not root.is_lost(entry.path)]
    if found.refused or not whole:
        return found.files[0].path, found.refused or lost[0], ()
    refused = _nothing(whole, asked)
    if refused and lost:
        refused = lost[0]
    first = whole[0]
    if len(found.files) == 1 and (first.is_dir or first.name == first.path.name or first.path.suffix.lower() == ".zip"):
        return first.path, refused, lost
    if refused:
        return first.path, refused, lost
    folder = scratch / name
    problems = _copied(whole, folder)
    if problems and len(problems) == len(whole):
        return first.path, problems[0], lost
    return folder, "", (*lost, *problems)


def _nothing(entries: Sequence[Entry], asked: HandInNames) -> str:
    """The sentence where there is nothing that could be a notebook; else empty."""
    files: list[str] = []
    for entry in entries:
        if entry.is_dir:
            try:
                inner, odd = folder_files(entry.path, _LIMITS)
            except SubmissionError:
                return ""  # grading says why
            if odd:
                return ""
            files += [file.path for file in inner]
            if any(may_be_hand_in(entry.path / file.path) or file.suffix in _OTHERS for file in inner):
                return ""
        elif may_be_hand_in(entry.path) or PurePosixPath(entry.name).suffix.lower() in _OTHERS:
            return ""
        else:
            files.append(entry.name)
    what = f"holds no notebook but {listed(files)}" if files else "is empty"
    return f"The hand-in {what}; hand in {shown(asked.notebook)}."


def _copied(entries: Sequence[Entry], folder: Path) -> list[str]:
    """Copy the files into a new folder under the students' names; the sentences about those that can't be read.

    Raises ConfigError if a copy can't be written.
    """
    problems: list[str] = []
    taken: set[str] = set()
    left = 2 * _LIMITS.total_bytes
    try:
        folder.mkdir(parents=True)
        for file in _files(entries, problems):
            try:
                data = file.load(min(left, _LIMITS.file_bytes) + 1)
            except SubmissionError as error:
                problems.append(str(error))
                continue
            left -= len(data)
            if left < 0:
                problems.append(f"{shown(file.path)} was not read: the hand-in is too large.")
                break
            inside, name = PurePosixPath(file.path).parent, PurePosixPath(file.path).name
            (folder / inside).mkdir(parents=True, exist_ok=True)
            _free(folder / inside, name, taken).write_bytes(data)
    except OSError as error:
        raise ConfigError(f"{folder} can't be written: {error.strerror}.") from error
    return problems


def _files(entries: Sequence[Entry], problems: list[str]) -> Iterator[File]:
    """The files of a hand-in, those of its folders with the folder before their names."""
    if len(entries) > _MOST:
        problems.append(f"Of {len(entries)} files only the first {_MOST} were read.")
    for entry in entries[:_MOST]:
        name = "".join("_" if letter in "/\0" else letter for letter in entry.name).lstrip(".") or "file"
        if not entry.is_dir:
            yield disk_file(entry.path, name)
            continue
        try:
            inner, odd = folder_files(entry.path, _LIMITS)
        except SubmissionError as error:
            problems.append(str(error))
            continue
        problems += odd
        yield from (File(f"{entry.path.name}/{file.path}", file.load) for file in inner)


def _free(folder: Path, name: str, taken: set[str]) -> Path:
    """A name for a copy that no other has, as no file system tells names apart."""
    path = PurePosixPath(name)
    suffix = path.suffix if len(os.fsencode(path.suffix)) < 20 else ""
    stem = os.fsencode(name)[: len(os.fsencode(name)) - len(os.fsencode(suffix))]
    stem_text = stem[:_LONGEST].decode("utf-8", "ignore") or "file"
    count, free = 1, f"{stem_text}{suffix}"
    while (same := unicodedata.normalize("NFC", str(folder / free)).casefold()) in taken:
        count += 1
        free = f"{stem_text}~{count}{suffix}"
    taken.add(same)
    return folder / free
