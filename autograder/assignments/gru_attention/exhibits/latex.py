"""LaTeX as the plain text and the tables with pipes that it stands for."""

from __future__ import annotations

import re
from itertools import islice

from autograder.assignments.gru_attention.exhibits.grids import LONGEST, MOST_ROWS

_BOLD = re.compile(r"\\(?:text|math)bf\s{0,2}\{([^{}]{0,200})\}|\{\\(?:bf|bfseries)\s{1,3}([^{}]{0,200})\}")
_ARGUMENT = re.compile(r"\\[a-zA-Z]{1,30}\*?(?:\[[^\[\]]{0,100}\])?\{([^{}]{0,300})\}")
_COMMAND = re.compile(r"\\[a-zA-Z]{1,30}\*?")
_TABULAR = re.compile(r"\\(?:begin|end)\{[a-zA-Z*]{1,30}\}(?:\[[^\[\]]{0,100}\]|\{[^{}]{0,200}\}){0,4}")
_ANGLES = re.compile(r"\$\s?([<>])\s?\$|\\text(less|greater)(?:\{\})?|\\(?:lt|gt)\b")
_ESCAPED = re.compile(r"\\([#$%&_{}])")


def plain(text: str) -> str:
    """Headings and items on lines of their own, and each row of a table with pipes between its cells."""
    lines = []
    for line in islice(text.splitlines(), MOST_ROWS):
        lines += _line(line[: 4 * LONGEST])
    return "\n".join(lines)


def _line(line: str) -> list[str]:
    line = re.sub(r"(?<!\\)%.*", "", line)
    line = _ANGLES.sub(lambda found: found[1] or {"less": "<", "greater": ">"}.get(found[2] or "", ""), line)
    line = _TABULAR.sub("", line)
    line = _BOLD.sub(lambda found: f"**{found[1] or found[2]}**", line)
    rows = line.split(r"\\")
    found = []
    for row in rows:
        cells = [_cell(cell) for cell in re.split(r"(?<!\\)&", row)]
        found.append(f"| {' | '.join(cells)} |" if len(cells) > 1 else cells[0])
    return [row for row in found if row] or [""]


def _cell(text: str) -> str:
    text = re.sub(r"\\item\s{0,4}(?:\[[^\[\]]{0,40}\])?", "- ", text)
    text = _COMMAND.sub("", _ARGUMENT.sub(r"\1", _ARGUMENT.sub(r"\1", text)))
    return _ESCAPED.sub(r"\1", text).replace("~", " ").strip()
