"""A `.py` as cells. Percent scripts (jupytext, VS Code, Spyder), nbconvert's `# In[3]:` and Databricks' `# COMMAND` are
split at their marks; marimo's cells are the bodies of functions.

Jupytext could do it too, but importing it takes longer than all the rest, and it looks for configuration files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import PurePosixPath

from autograder.errors import SubmissionError
from autograder.records import Cell
from autograder.submission import marimo
from autograder.submission.exports import restored
from autograder.submission.limits import ReadLimits, shown

_MARK = re.compile(
    r"^# ?(?:%%(?P<title>.*)|In ?\[[ \d]*\]:?[ \t]*|<(?P<kind>code|markdown)cell>[ \t]*"
    r"|COMMAND -{4,}[ \t]*|Databricks notebook source[ \t]*)$",
    re.MULTILINE,
)
_TEXT = re.compile(r"\[(markdown|md|raw)\]", re.IGNORECASE)
_ONLY_NOTEBOOK = re.compile(r"active=\W?ipynb|active-ipynb")  # jupytext comments such a cell out
_MAGIC = re.compile(r"# ?MAGIC ?")  # Databricks
_BRICK = re.compile(r"%(\w+)[ \t]*")
_PYTHON = re.compile(r"^(import [\w. ,]+|from [\w.]+ import |def \w+ ?\(|class \w+ ?[(:]|# ?%%)", re.MULTILINE)
_QUOTES = ('"""', "'''")


def looks_like_python(text: str) -> bool:
    """True if some line starts as only Python's do."""
    return _PYTHON.search(text) is not None


def parse_script(text: str, name: str, limits: ReadLimits) -> tuple[list[Cell], list[Cell]]:
    """The code cells and the texts of a script, numbered together; one cell if it has no marks.

    Raises SubmissionError if there are too many cells.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    pieces = list(islice(_pieces(text), limits.cells + 1))
    if len(pieces) > limits.cells:
        raise SubmissionError(f"{shown(name)} has too many cells; at most {limits.cells:,} are read.")
    cells: list[Cell] = []
    texts: list[Cell] = []
    for number, (body, is_text) in enumerate(pieces, 1):
        (texts if is_text else cells).append(Cell(number, body))
    if "__file__" in text and cells:  # a script knows its own name; a notebook has none
        own = PurePosixPath(name).name
        cells.insert(0, Cell(0, f"__file__ = {own!r}"))
    return cells, texts


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Each cell's source, and whether it is a text."""
    for body, is_text in _marked(text):
        if is_text:
            yield body, True
        else:
            yield from ((source, False) for source in restored(body))


def _marked(text: str) -> Iterator[tuple[str, bool]]:
    """The same before exporters' calls are turned back; the whole text if it has no marks."""
    if marimo.is_marimo(text) and (found := marimo.parts(text)):
        yield from ((part.source, part.text) for part in found)
        return
    previous: re.Match[str] | None = None
    start = 0
    for mark in _MARK.finditer(text):
        yield from _between(previous, text[start : mark.start()])
        previous, start = mark, mark.end()
    if previous is None:
        yield text, False
    else:
        yield from _between(previous, text[start:])


def _between(mark: re.Match[str] | None, body: str) -> Iterator[tuple[str, bool]]:
    """The cell under a mark; above the first one only what is more than comments."""
    body = body.strip("\n")
    if mark is None:
        if not _only_comments(body):
            yield body, False
    elif _TEXT.search(mark["title"] or "") or mark["kind"] == "markdown":
        yield _uncomment(body), True
    elif _ONLY_NOTEBOOK.search(mark["title"] or ""):
        yield _uncomment(body), False
    elif "COMMAND -" in mark.group() or _MAGIC.match(body):
        yield _brick(body)
    else:
        yield body, False


def _brick(body: str) -> tuple[str, bool]:
    """A cell of Databricks: text where it is `%md`, and code under `# MAGIC %python` without that."""
    lines = [line for line in body.split("\n") if not line.startswith("# DBTITLE")]
    if not any(_MAGIC.match(line) for line in lines):
        return "\n".join(lines), False
    plain = [_MAGIC.sub("", line, count=1) if _MAGIC.match(line) else line for line in lines]
    first = next((n for n, line in enumerate(plain) if line.strip()), 0)
    magic = _BRICK.match(plain[first])
    kind = magic[1] if magic else ""
    if magic and kind in ("md", "python"):
        plain[first] = plain[first][magic.end() :]
    elif kind in ("sql", "scala", "r", "sh", "fs"):
        plain[first] = f"%{plain[first]}"  # as a cell's magic in Jupyter: not Python
    return "\n".join(plain).strip("\n"), kind == "md"


def _only_comments(code: str) -> bool:
    """Also true of jupytext's header, which is no cell."""
    return all(not line.strip() or line.lstrip().startswith("#") for line in code.splitlines())


def _uncomment(body: str) -> str:
    body = body.strip()
    for quotes in _QUOTES:
        if body.startswith(quotes) and body.endswith(quotes) and len(body) >= 2 * len(quotes):
            return body[3:-3].strip()
    return "\n".join(re.sub(r"^# ?", "", line) for line in body.splitlines())
