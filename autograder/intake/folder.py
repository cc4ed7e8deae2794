"""A plain folder: of notebooks, one each, or of one folder or zip a student. Names stay what they were without a class:
see autograder/submission/folder.py."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from autograder.errors import SubmissionError
from autograder.intake.download import Claim, Entry, Found, HandInNames, Root
from autograder.intake.names import plain
from autograder.submission import ReadLimits, may_be_hand_in
from autograder.submission.choose import near_name
from autograder.submission.files import folder_files
from autograder.submission.limits import shown

_CLASS_FILES = {"grades.csv", "comments.txt", "timestamp.txt", "feedbacktext.html", "submission_metadata.yml"}
_CODE = (".ipynb", ".py")


def read(root: Root, asked: HandInNames) -> Iterator[Found]:
    """One hand-in an entry; a PDF that is called after one notebook belongs to it.

    Raises:
        ConfigError: the folder can't be listed.
    """
    entries = root.entries()
    hand_ins = [own for own in entries if may_be_hand_in(own.path) or own.path in root.left_out]
    known = set(hand_ins)
    pdfs = [own for own in entries if own not in known and own.name.lower().endswith(".pdf")]
    owned = _owned(pdfs, hand_ins, asked)
    books = set(owned.values())
    for entry in entries:
        if entry in known:
            beside = tuple(pdf for pdf, book in owned.items() if book == entry) if entry in books else ()
            yield Found(entry.name, (entry, *beside), (_claim(entry, asked),), entry.name, refused=_empty(entry, asked))
        elif entry not in owned and entry.name.lower() not in _CLASS_FILES:
            sentence = f"{shown(entry.name)} is no notebook, script, zip or folder; hand in {shown(asked.notebook)}."
            yield Found(entry.name, (entry,), (_claim(entry, asked),), entry.name, refused=sentence)


def _empty(entry: Entry, asked: HandInNames) -> str:
    """The sentence about a folder in which there is no file; empty for all else."""
    if not entry.is_dir:
        return ""
    try:
        files, odd = folder_files(entry.path, ReadLimits())
    except SubmissionError:
        return ""  # grading says why
    return "" if files or odd else f"The folder {shown(entry.name)} is empty; hand in {shown(asked.notebook)}."


def _claim(entry: Entry, asked: HandInNames) -> Claim:
    """Who it may be: the name of the entry, and what stands before the notebook's usual name in it."""
    stem = entry.name if entry.is_dir else PurePosixPath(entry.name).stem
    return Claim(f"folder: {entry.name}", labels=tuple(dict.fromkeys((stem, *_before(entry, asked)))))


def _before(entry: Entry, asked: HandInNames) -> Iterator[str]:
    """`jane` of `jane_LabRNN.ipynb`."""
    stem = PurePosixPath(entry.name).stem
    for name in asked.files:
        near = near_name(name, re.IGNORECASE)
        if not entry.is_dir and (match := near.fullmatch(f"{stem}{PurePosixPath(name).suffix}")) and match[1]:
            yield match[1].rstrip("-_. ")


def _owned(pdfs: Sequence[Entry], hand_ins: Sequence[Entry], asked: HandInNames) -> dict[Entry, Entry]:
    """The notebook that each PDF belongs to: the only one there is, else the one after which alone it is called."""
    books = [own for own in hand_ins if not own.is_dir and own.name.lower().endswith(_CODE)]
    if len(hand_ins) == 1 and books:
        return dict.fromkeys(pdfs, books[0])
    called: dict[str, list[Entry]] = {}
    for book in books:
        for label in {plain(PurePosixPath(book.name).stem), *map(plain, _before(book, asked))}:
            called.setdefault(label, []).append(book)
    owned: dict[Entry, Entry] = {}
    for pdf in pdfs:
        stem = plain(PurePosixPath(pdf.name).stem)
        ends = [len(stem), *(at for at in range(len(stem) - 1, 0, -1) if stem[at] in "_-. ")]
        longest = next((called[stem[:end]] for end in ends if stem[:end] in called), [])
        if len(longest) == 1:
            owned[pdf] = longest[0]
    return owned
