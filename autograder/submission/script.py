"""A `.py` as cells. Percent scripts (jupytext, VS Code, Spyder) and nbconvert's `# In[3]:` are split at their marks.

Jupytext could do it too, but importing it takes longer than all the rest, and it looks for configuration files.
"""

from __future__ import annotations

import re
from itertools import islice

from autograder.errors import SubmissionError
from autograder.records import Cell
from autograder.submission.limits import ReadLimits, shown

_MARK = re.compile(r"^# ?(?:%%(?P<title>.*)|In ?\[[ \d]*\]:?[ \t]*)$", re.MULTILINE)
_TEXT = re.compile(r"\[(markdown|md|raw)\]", re.IGNORECASE)
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
    marks = list(islice(_MARK.finditer(text), limits.cells + 1))
    if len(marks) > limits.cells:
        raise SubmissionError(f"{shown(name)} has too many cells; at most {limits.cells:,} are read.")
    if not marks:
        return [Cell(1, text)], []
    cells: list[Cell] = []
    texts: list[Cell] = []
    number = 0
    head = text[: marks[0].start()]
    if not _only_comments(head):
        number = 1
        cells.append(Cell(number, head.strip("\n")))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    for mark, end in zip(marks, ends, strict=True):
        number += 1
        body = text[mark.end() : end].strip("\n")
        if _TEXT.search(mark["title"] or ""):
            texts.append(Cell(number, _uncomment(body)))
        else:
            cells.append(Cell(number, body))
    return cells, texts


def _only_comments(code: str) -> bool:
    """Also true of jupytext's header, which is no cell."""
    return all(not line.strip() or line.lstrip().startswith("#") for line in code.splitlines())


def _uncomment(body: str) -> str:
    body = body.strip()
    for quotes in _QUOTES:
        if body.startswith(quotes) and body.endswith(quotes) and len(body) >= 2 * len(quotes):
            return body[3:-3].strip()
    return "\n".join(re.sub(r"^# ?", "", line) for line in body.splitlines())
