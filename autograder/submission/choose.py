"""Which of several files is the notebook to be graded."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

from autograder.errors import SubmissionError
from autograder.submission.content import Contents
from autograder.submission.files import File
from autograder.submission.limits import ReadLimits, listed, shown

Open = Callable[[File], Contents]
# What browsers and mail programs make of a notebook's suffix. Opened only if nothing better is there.
_RENAMED = (".json", ".txt", "")
EXPORTS = (".html", ".htm", ".md", ".rmd", ".qmd", ".txt", ".docx")  # what students make of a notebook, not to be run


def near_name(expected: str, flags: int = 0) -> re.Pattern[str]:
    """Names that platforms and browsers make of the expected one: a student's prefix, ' (1)', '-2', '-Copy1'."""
    path = PurePosixPath(expected)
    again = r"(?:[-_ ]*+(?:\(\d++\)|copy ?\d*+|\d++))*+"  # possessive: a hostile name must not make it backtrack
    return re.compile(rf"(.*[-_. ])?{re.escape(path.stem)}{again}{re.escape(path.suffix)}", flags | re.DOTALL)


def is_named(name: str, expected: str) -> bool:
    """True if the file has the expected name, or that name as platforms change it."""
    return near_name(expected).fullmatch(unicodedata.normalize("NFC", name)) is not None


def candidates(files: Sequence[File], asked: Sequence[str] = ()) -> list[File]:
    """The files called as asked; failing that the notebooks; failing that the scripts; failing that files that may be
    notebooks under another suffix.
    """
    if named := [file for file in files if file.name in asked]:
        return named
    for suffixes in ((".ipynb",), (".py",)):
        found = [file for file in files if file.suffix in suffixes]
        if found:
            return found
    return [
        file for file in files if file.suffix in _RENAMED and file.head(200).lstrip(b"\xef\xbb\xbf \r\n")[:1] == b"{"
    ]


def choose(
    found: list[File],
    asked: Sequence[str],
    names: Sequence[str],
    limits: ReadLimits,
    read: Open,
    imports: Callable[[File], Sequence[File]],
    either: bool = False,
) -> File:
    """The one that is called as asked; else nearly so; else the only one that defines the assignment's names.

    `imports`: the files of the hand-in that one imports. Of two of which one imports the other, the importing one
    counts if that brings more of the names; else it is a driver.
    `either`: of several with different names that were asked for, the one that defines more of the names, else the
    first name's.

    Raises SubmissionError naming the candidates if that leaves several.
    """
    exact = [file for file in found if file.name in asked]
    same = [file for file in found if _plain(file.name) in map(_plain, asked)]
    patterns = [near_name(name, re.IGNORECASE) for name in asked]
    near = [file for file in found if any(pattern.fullmatch(_plain(file.name)) for pattern in patterns)]
    group = _highest(exact or same) or near or found
    if len(group) > 1 and len(group) <= limits.notebooks:
        group = _telling(_not_parts(group, names, read, imports), names, read)
    if either and len({file.name for file in group}) == len(group) and set(group) <= set(exact):
        return max(group, key=lambda file: (len(_names_in(file, names, read)), -asked.index(file.name)))
    if len(group) == 1:
        return group[0]
    raise SubmissionError(
        f"The hand-in holds several notebooks ({listed([file.path for file in group])}) and it is not clear which one "
        f"is meant; hand in only one, called {shown(asked[0])}."
    )


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _highest(files: list[File]) -> list[File]:
    """Those nearest to the top: the hand-in itself, not a backup in a folder."""
    top = min((file.path.count("/") for file in files), default=0)
    return [file for file in files if file.path.count("/") == top]


def _names_in(file: File, names: Sequence[str], read: Open) -> set[str]:
    """Which of the names a file defines; none where it can't be read."""
    try:
        code = "\n".join(cell.source for cell in read(file).cells)
    except SubmissionError:
        return set()
    return set(re.findall(r"^[^\S\n]*(?:def|class)\s+(\w+)", code, re.MULTILINE)) & set(names)


def _not_parts(
    files: list[File], names: Sequence[str], read: Open, imports: Callable[[File], Sequence[File]]
) -> list[File]:
    """Those that are neither imported by one that brings more of the names, nor import one that brings as many."""
    inner = {file: set(imports(file)) & set(files) for file in files}
    if not any(inner.values()):
        return files
    brings = {
        file: len(set().union(*(_names_in(one, names, read) for one in (file, *imports(file))))) for file in files
    }
    kept = [
        file
        for file in files
        if not any(file in inner[other] and brings[other] > brings[file] for other in files)
        and not any(brings[other] >= brings[file] for other in inner[file])
    ]
    return kept or files


def _telling(files: list[File], names: Sequence[str], read: Open) -> list[File]:
    """Those that can be read and define some of the names; copies with the same code count once."""
    pattern = (
        re.compile(rf"^[^\S\n]*(?:def|class)\s+(?:{'|'.join(map(re.escape, names))})\b", re.MULTILINE)
        if names
        else None
    )
    kept: dict[str, File] = {}
    for file in files:
        try:
            code = "\n".join(cell.source for cell in read(file).cells)
        except SubmissionError:
            continue  # the broken one of two is not the one meant
        if pattern is None or pattern.search(code):
            kept.setdefault(code, file)
    return list(kept.values()) or files
