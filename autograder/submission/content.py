"""From the bytes of one file to its cells: finds out what the file really is, whatever it is called."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from autograder.errors import SubmissionError
from autograder.records import Cell
from autograder.submission.archive import MAGIC as ZIP_MAGIC
from autograder.submission.elsewhere import MOST, in_comments
from autograder.submission.exports import with_written_files
from autograder.submission.headings import headings
from autograder.submission.limits import ReadLimits, shown
from autograder.submission.notebook import Book, parse_notebook
from autograder.submission.script import looks_like_python, parse_script

Kind = Literal["notebook", "script"]

_AGAIN = "download the notebook itself (in Jupyter or Colab: File, Download, .ipynb) and hand it in again"
_FOREIGN = (
    (b"%PDF", "a PDF, not a notebook"),
    (b"\x1f\x8b", "a gzip archive, not a notebook or a zip"),
    (b"7z\xbc\xaf", "a 7z archive, not a notebook or a zip"),
    (b"Rar!", "a RAR archive, not a notebook or a zip"),
    (b"version https://git-lfs", "a Git LFS pointer, not the notebook"),
)
_HTML = re.compile(r"<(!doctype html|html|head|body|\?xml)", re.IGNORECASE)
_FENCE = re.compile(r"^ {0,3}(?:```|~~~)[ \t]{0,3}\{?(?:i?python|py)\b", re.IGNORECASE | re.MULTILINE)
_CODING = re.compile(rb"[ \t\f]{0,20}#[^\n]{0,100}?coding[:=][ \t]{0,5}([-\w.]{1,30})")  # PEP 263
_CODINGS = ("big5", "cp", "euc", "gb", "iso8859", "johab", "koi8", "latin", "mac", "ptcp", "shift", "utf")


@dataclass(frozen=True)
class Contents:
    """What one notebook or script holds; `elsewhere` as in Book."""

    kind: Kind
    cells: tuple[Cell, ...]
    markdown: tuple[str, ...]
    remarks: tuple[str, ...]
    headings: tuple[tuple[int, str], ...] = ()
    stored: Mapping[int, str] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)


def is_zip(data: bytes) -> bool:
    return data.startswith(ZIP_MAGIC)


def parse(data: bytes, name: str, limits: ReadLimits) -> Contents:
    """The cells of a notebook or a script called `name`.

    Raises SubmissionError if it is neither, damaged, without code, or too large.
    """
    _refuse_foreign(data, name)
    text, remarks = _decode(data, name)
    kind = _kind(text, name)
    suffix = ".ipynb" if kind == "notebook" else ".py"
    if not name.lower().endswith(suffix):
        thing = "notebook" if kind == "notebook" else "Python script"
        remarks.append(f"{shown(name)} is really a {thing} and was read as one.")
    if kind == "notebook":
        book = parse_notebook(text, name, limits)
        remarks += book.remarks
    else:
        code, words = parse_script(text, name, limits)
        titles = [(cell.number, title) for cell in words for title in headings(cell.source)]
        book = Book(code, [cell.source for cell in words], titles)
    cells, more = _clean(book.cells, name)
    cells, written = with_written_files(cells)
    for cell in cells:
        book.elsewhere = dict.fromkeys(in_comments(cell.source), f"cell {cell.number} behind #") | book.elsewhere
    check_size(cells, name, limits)
    return Contents(
        kind,
        tuple(cells),
        tuple(_texts(book.texts, limits)),
        tuple(remarks + more + written),
        tuple((number, _valid(title)) for number, title in book.headings[: limits.headings]),
        {number: _valid(output) for number, output in book.stored.items()},
        dict(list(book.elsewhere.items())[:MOST]),
    )


def _refuse_foreign(data: bytes, name: str) -> None:
    """Raises SubmissionError for an empty file and for other kinds of file under a notebook's name."""
    if not data.strip(b" \t\r\n\0"):
        size = "0 bytes" if not data else "nothing but blanks"
        raise SubmissionError(f"{shown(name)} is empty ({size}); save the notebook and hand it in again.")
    if is_zip(data):
        raise SubmissionError(f"{shown(name)} is really a zip inside the hand-in; hand in the notebook itself.")
    for magic, what in _FOREIGN:
        if data.startswith(magic):
            raise SubmissionError(f"{shown(name)} is {what}; {_AGAIN}.")


def _decode(data: bytes, name: str) -> tuple[str, list[str]]:
    """Any bytes become text: as a script's coding line says; else UTF-8, -16 and -32 with or without a byte-order mark;
    the rest as Windows' Latin."""
    encoding = _declared(data) or json.detect_encoding(data)
    try:
        return data.decode(encoding), []
    except UnicodeDecodeError:
        fallback = "cp1252" if encoding.startswith("utf-8") else encoding
        remark = f"{shown(name)} is not UTF-8 text; letters outside ASCII may have been misread."
        return data.decode(fallback, errors="replace"), [remark]


def _declared(data: bytes) -> str:
    """The encoding that one of the first two lines declares, as Python reads it; empty without one."""
    for line in data[:1000].split(b"\n")[:2]:
        match = _CODING.match(line)
        if match:
            try:
                found = codecs.lookup(match[1].decode("ascii")).name
            except (LookupError, UnicodeDecodeError):
                return ""
            known = found.startswith(_CODINGS) and not found.startswith(("utf-16", "utf-32", "utf-7"))
            return ("utf-8-sig" if found.startswith("utf-8") else found) if known else ""
        if line.strip() and not line.lstrip().startswith(b"#"):
            return ""
    return ""


def _kind(text: str, name: str) -> Kind:
    """Raises SubmissionError if the text is neither a notebook nor a script."""
    start = text[:10_000].lstrip("\ufeff \t\r\n\0")
    if _HTML.match(start):
        page = "a notebook exported as a web page" if "jupyter" in start.lower() else "a web page, not a notebook"
        raise SubmissionError(f"{shown(name)} is {page}; {_AGAIN}.")
    suffix = "." + name.lower().rpartition(".")[2]
    if suffix != ".py" and not start.startswith("{") and _FENCE.search(text):
        raise SubmissionError(f"{shown(name)} is a text with code in it (between ```), not a notebook; {_AGAIN}.")
    looks_like_json = start.startswith("{")
    if suffix == ".py":
        return "notebook" if looks_like_json and '"cells"' in text else "script"
    if not looks_like_json and looks_like_python(text):
        return "script"
    if suffix == ".ipynb" or looks_like_json:
        return "notebook"
    if suffix == ".zip":
        raise SubmissionError(f"{shown(name)} is cut short or is no zip; make the zip again and hand it in.")
    raise SubmissionError(f"{shown(name)} is neither a notebook nor a Python script; {_AGAIN}.")


def _valid(text: str) -> str:
    """Text that can be encoded: JSON may smuggle in halves of surrogate pairs. Line ends become '\\n'."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _clean(cells: list[Cell], name: str) -> tuple[list[Cell], list[str]]:
    """Code without what Python's compiler refuses outright."""
    remarks = []
    if any("\0" in cell.source for cell in cells):
        remarks.append(f"{shown(name)} holds NUL characters in its code; they were removed.")
    return [replace(cell, source=_valid(cell.source.replace("\0", ""))) for cell in cells], remarks


def check_size(cells: Sequence[Cell], name: str, limits: ReadLimits) -> None:
    """Raises SubmissionError if there is no code or too much of it."""
    if not any(cell.source.strip() for cell in cells):
        raise SubmissionError(f"{shown(name)} has no code in it; hand in the notebook with your solution.")
    size, longest = sum(len(cell.source) for cell in cells), max(cells, key=lambda cell: len(cell.source))
    if size > limits.code_chars:
        raise SubmissionError(
            f"{shown(name)} holds too much code ({size:,} characters, at most {limits.code_chars:,} are read; cell "
            f"{longest.number} alone has {len(longest.source):,}); move data out of the code and hand in again."
        )


def _texts(texts: Sequence[str], limits: ReadLimits) -> Iterator[str]:
    """The text cells, cut; what is beyond the room for all of them stays as empty cells."""
    room = limits.texts_chars
    for text in texts:
        kept = _valid(text[: min(room, limits.text_chars)])
        room -= len(kept)
        yield kept
