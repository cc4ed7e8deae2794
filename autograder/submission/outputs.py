"""The text of the outputs that a notebook was stored with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

CELL_CHARS = 500_000  # of one cell, and
BOOK_CHARS = 5_000_000  # of all: the rest is left out
_COLOURS = re.compile(r"\x1b\[[0-9;]{0,20}[A-Za-z]")


def stored_text(cell: dict[str, Any]) -> str:
    """What one code cell shows as text (formats 3 and 4), as a terminal would leave it: no colours, no rewritten lines.

    Pictures and HTML are left out; of a traceback, the last line stays. Longer texts are cut.
    """
    outputs = cell.get("outputs")
    parts: list[str] = []
    room = 20 * CELL_CHARS  # before progress bars are folded to their last state
    for output in outputs if isinstance(outputs, list) else []:
        for part in _texts(output) if isinstance(output, dict) else ():
            parts.append(part[:room])
            room -= len(parts[-1])
    return as_shown("".join(parts))[:CELL_CHARS]


def as_shown(text: str) -> str:
    """The text without colours and with each line in its last state: `\\r` goes back to the line's start."""
    lines = (line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return _COLOURS.sub("", "\n".join(lines))


def _texts(output: dict[str, Any]) -> Iterator[str]:
    kind = output.get("output_type")
    if kind == "stream":
        yield _joined(output.get("text"))
    elif kind in ("execute_result", "display_data", "pyout"):
        data = output.get("data")
        yield _joined(data.get("text/plain") if isinstance(data, dict) else output.get("text")) + "\n"
    elif kind in ("error", "pyerr"):
        yield f"\n{_joined(output.get('ename'))[:200]}: {_joined(output.get('evalue'))[:2000]}\n"


def _joined(text: Any) -> str:
    parts = text if isinstance(text, list) else [text]
    return "".join(part for part in parts if isinstance(part, str))
