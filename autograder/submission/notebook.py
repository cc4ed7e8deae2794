"""The JSON of a notebook, nbformat 3 and 4, as cells.

Plain json instead of the nbformat package: its import alone takes 0.2 s of a cold start, its validation refuses what
Colab, Kaggle and VS Code write, and of nbformat 3's differences only two concern code: `worksheets` and `input`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from autograder.errors import SubmissionError
from autograder.records import Cell
from autograder.submission.elsewhere import in_text
from autograder.submission.exports import restored
from autograder.submission.headings import headings
from autograder.submission.limits import ReadLimits, shown
from autograder.submission.outputs import BOOK_CHARS, stored_text

_CONFLICT = re.compile(r"^(<{7}|>{7}) ", re.MULTILINE)
_LONGEST_INT = 4_000  # Python refuses to parse integers of more than 4,300 digits
_TEXT_CELLS = ("markdown", "heading", "html")
_OTHER_CELLS = ("raw",)
_CELL_LANGUAGE = (
    ("vscode", "languageId"), ("polyglot_notebook", "kernelName"), ("dotnet_interactive", "language"), ("kernel",),
)  # fmt: skip


@dataclass
class Book:
    """What a notebook holds. `headings`: with the number of the text cell; `stored`: by number of a code cell, the text
    of its outputs; `elsewhere`: functions and classes that stand where nothing runs them, and where that is."""

    cells: list[Cell] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    headings: list[tuple[int, str]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    stored: dict[int, str] = field(default_factory=dict)
    elsewhere: dict[str, str] = field(default_factory=dict)


def parse_notebook(text: str, name: str, limits: ReadLimits) -> Book:
    """Code cells, texts, outputs and remarks. Tolerant: unknown keys, wrong metadata and odd cells don't matter.

    Raises SubmissionError if the text is not JSON, not a notebook, of another version, without cells, or too large.
    """
    book = _load(text, name, limits)
    remarks: list[str] = []
    raw_cells = _cells(book, name, remarks)
    if not raw_cells:
        raise SubmissionError(f"{shown(name)} has no cells; hand in the notebook with your solution.")
    if len(raw_cells) > limits.cells:
        raise SubmissionError(f"{shown(name)} has {len(raw_cells):,} cells; at most {limits.cells:,} are read.")
    language = _language(book)
    if language and not re.match("i?python", language):
        remarks.append(f"{shown(name)} says that it is written in {shown(language, 20)}; it was read as Python.")
    found = Book(remarks=remarks)
    odd: list[int] = []
    room = BOOK_CHARS
    for number, raw in enumerate(raw_cells, start=1):
        kind = raw.get("cell_type") if isinstance(raw, dict) else None
        source = _source(raw) if isinstance(raw, dict) else None
        if source is None or kind not in ("code", *_TEXT_CELLS, *_OTHER_CELLS):
            odd.append(number)
        elif kind == "code" and (other := _other_language(raw)):
            found.texts.append(source)
            remarks.append(f"Cell {number} is written in {shown(other, 20)}; it was not run.")
        elif kind == "code":
            found.cells += [Cell(number, text, _count(raw)) for text in _one(restored(source))]
            if output := stored_text(raw)[:room]:
                found.stored[number] = output
                room -= len(output)
        else:
            found.elsewhere |= dict.fromkeys(in_text(source), f"{'raw' if kind == 'raw' else 'text'} cell {number}")
        if source is not None and kind in _TEXT_CELLS:
            found.texts.append(source)
            found.headings += [(number, title) for title in headings(f"# {source}" if kind == "heading" else source)]
    if odd:
        first = ", ".join(map(str, odd[:5])) + (" …" if len(odd) > 5 else "")
        remarks.append(f"{shown(name)} has cells that are neither code nor text; they were left out (cell {first}).")
    if not found.cells:
        where = "".join(list(found.elsewhere.values())[:1])
        told = f" (code stands in {where}: make it a code cell)" if where else ""
        raise SubmissionError(f"{shown(name)} has no code cells{told}; hand in the notebook with your solution.")
    return found


def _one(texts: list[str]) -> list[str]:
    """A cell of a notebook stays one: of several, what is Python is put together."""
    python = [text for text in texts if not text.startswith("%%")]
    return ["\n".join(python) if python else texts[0]]


def _other_language(cell: dict[str, Any]) -> str:
    """The language of one cell among Python's, as VS Code, Polyglot and SoS note it; empty for Python and for none."""
    metadata = cell.get("metadata")
    found: Any = ""
    for path in _CELL_LANGUAGE:
        found = metadata
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        if isinstance(found, str) and found:
            return "" if "python" in found.lower() else found.strip()
    return ""


def _load(text: str, name: str, limits: ReadLimits) -> dict[str, Any]:
    """Raises SubmissionError if the text is not one JSON object of sensible size."""
    text = text.rstrip("\0 \t\r\n")  # a disk that was full leaves NULs at the end
    if text.count(",") + text.count("[") + text.count("{") > limits.json_values:
        raise SubmissionError(f"{shown(name)} holds too much data; clear the outputs and hand in again.")
    try:
        # strict=False: raw control characters in strings are wrong JSON, but their meaning is plain.
        book = json.loads(text, strict=False, parse_int=_parse_int)
    except json.JSONDecodeError as error:
        raise SubmissionError(_explain(error, text, name)) from error
    except RecursionError as error:
        raise SubmissionError(
            f"{shown(name)} is nested too deep for a notebook; export the notebook again and hand it in."
        ) from error
    if not isinstance(book, dict) or not ({"cells", "worksheets"} & book.keys() or "nbformat" in book):
        raise SubmissionError(f"{shown(name)} is JSON but not a notebook; export the notebook again and hand it in.")
    return book


def _parse_int(digits: str) -> int:
    return int(digits) if len(digits) <= _LONGEST_INT else 0


def _explain(error: json.JSONDecodeError, text: str, name: str) -> str:
    where = f"line {error.lineno}, column {error.colno}"
    if _CONFLICT.search(text):
        return (
            f"{shown(name)} holds merge conflict markers of git and is no valid notebook ({where}); "
            "resolve the conflict and hand in again."
        )
    rest = text[error.pos : error.pos + 20].rstrip()
    # Cut inside a string, at the end of the text, or inside a word or a number (`tru`, `-`, `\u00`).
    if error.msg.startswith("Unterminated string") or re.fullmatch(r"[\w\\-]{0,8}", rest):
        return f"{shown(name)} is cut short ({where}): its end is missing; save or download it again and hand it in."
    return f"{shown(name)} is not valid JSON ({where}: {error.msg}); open it in Jupyter, save it and hand it in again."


def _cells(book: dict[str, Any], name: str, remarks: list[str]) -> list[Any]:
    """Raises SubmissionError for versions other than 3 and 4. The structure decides; the number may be missing."""
    version = book.get("nbformat")
    if version is None:
        remarks.append(f"{shown(name)} does not say its notebook version; it was read all the same.")
    elif version not in (3, 4, "3", "4"):
        number = shown(str(version), 20) if isinstance(version, int | float | str) else "unknown"
        raise SubmissionError(
            f"{shown(name)} is a notebook of version {number}; versions 3 and 4 can be read: "
            "open it in Jupyter, save it and hand it in again."
        )
    cells = book.get("cells")
    if isinstance(cells, list):
        return cells
    sheets = book.get("worksheets")
    if not isinstance(sheets, list):
        return []
    lists = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
    return [cell for cells in lists if isinstance(cells, list) for cell in cells]


def _source(cell: dict[str, Any]) -> str | None:
    """The text of a cell; None if it is not text at all. nbformat 3 keeps code in `input`."""
    source = cell.get("source", cell.get("input", ""))
    parts = source if isinstance(source, list) else [source]
    if all(part is None or isinstance(part, str | int | float) for part in parts):
        return "".join("" if part is None else str(part) for part in parts)
    return None


def _count(cell: dict[str, Any]) -> int | None:
    """The number that Jupyter shows beside the cell. nbformat 3 calls it `prompt_number`."""
    count = cell.get("execution_count", cell.get("prompt_number"))
    return count if type(count) is int and 0 < count < 10**6 else None


def _language(book: dict[str, Any]) -> str:
    metadata = book.get("metadata")
    for key in ("language_info", "kernelspec"):
        info = metadata.get(key) if isinstance(metadata, dict) else None
        language = info.get("name" if key == "language_info" else "language") if isinstance(info, dict) else None
        if isinstance(language, str):
            return language.strip().lower()
    return ""
