"""Where in the file that a student edits a cell or a definition stands: a line of the .py, or of the .ipynb's JSON.

Nothing here trusts the text; what can't be found is told by the first line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import SubmissionError
from autograder.submission.limits import ReadLimits
from autograder.submission.script import parse_script

# A string that nothing ends is taken all the same: each character is looked at once.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[{}\[\],:]|[^\s{}\[\],:"]+')
LARGEST = 50_000_000


@dataclass(frozen=True)
class Places:
    """`lines`: of the file; `cells`: for each cell, numbered as the reports do, the file's line of each of its source's
    lines, from 1; empty for a cell that is not found."""

    lines: Sequence[str] = ()
    cells: Sequence[Sequence[int]] = ()

    def of_cell(self, number: int, line: int = 1) -> int:
        """The file's line of a cell's line, both from 1; of one that is not there, the cell's first, or 1."""
        own = self.cells[number - 1] if 0 < number <= len(self.cells) else ()
        if not own:
            return 1
        return own[line - 1] if 0 < line <= len(own) else own[0]

    def of_name(self, name: str, methods: Sequence[str] = ()) -> int:
        """The line of a function's or class's last definition, or of the first of these methods in it; else 1."""
        found = [n for n, text in enumerate(self.lines, 1) if _defines(text, name)]
        if not found:
            return 1
        for method in methods:
            for number, text in enumerate(self.lines[found[-1] :], found[-1] + 1):
                if _at_top(text):
                    break
                if _defines(text, method):
                    return number
        return found[-1]


def read_places(path: Path) -> Places:
    """Read a notebook or a script; nothing is found in a file of another kind, or in one that can't be read."""
    try:
        if path.stat().st_size > LARGEST or path.suffix not in (".ipynb", ".py"):
            return Places()
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return Places()
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return Places(text.split("\n"), cell_lines(text) if path.suffix == ".ipynb" else script_lines(text))


def script_lines(text: str) -> list[list[int]]:
    """For each cell of a script, the lines of the file on which it stands."""
    try:
        cells, texts = parse_script(text, "script.py", ReadLimits())
    except SubmissionError:
        return []
    found: list[list[int]] = [[] for _ in range(len(cells) + len(texts))]
    line, at = 1, 0
    for cell in (cell for cell in cells if cell.number):
        start = text.find(cell.source, at)
        if start < 0:
            break  # an export that was turned back has other lines
        line, at = line + text.count("\n", at, start), start + len(cell.source)
        last = line + cell.source.count("\n")
        found[cell.number - 1] = list(range(line, last + 1))
        line = last
    return found


def cell_lines(text: str) -> list[list[int]]:
    """For each cell of a notebook's JSON, the lines of the file on which its source's lines stand."""
    cells: list[list[int]] = []
    path: list[str | int] = []  # keys and indices from the root to the value that comes next
    line, at, key = 1, 0, ""
    for match in _TOKEN.finditer(text):
        token = match[0]
        line += text.count("\n", at, match.start())
        at = match.start()
        if token in "{[":
            if path == ["cells", len(cells)] and token == "{":
                cells.append([])
            path.append("" if token == "{" else 0)
        elif token in "}]":
            if path:
                path.pop()
        elif token == ",":
            if path:
                path[-1] = path[-1] + 1 if isinstance(path[-1], int) else ""
        elif token == ":":
            if path and isinstance(path[-1], str):
                path[-1] = key
        elif token.startswith('"'):
            key = token[1:-1]
            if len(path) in (3, 4) and path[0] == "cells" and path[2] == "source" and cells:
                cells[-1].append(line)
    return cells


def _defines(text: str, name: str) -> bool:
    return bool(re.match(rf'[\s"]*(?:async )?(?:def|class) {re.escape(name)}\b', text[:400]))


def _at_top(text: str) -> bool:
    """Whether something else begins at top level: the class above has ended."""
    return bool(re.match(r'(?:\s*")?(?:class|def) \w', text[:400]))
