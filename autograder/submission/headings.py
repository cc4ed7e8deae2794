"""The headings of text cells: by them, a code cell belongs to a part of the assignment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest

_LONGEST, _MOST = 200, 50  # characters of one heading, headings of one cell
_LOOKED_AT = 100_000  # characters of one cell
_TAG = re.compile(r"<[^<>]{0,200}>")
_HTML = re.compile(r"<h[1-6][\s>]", re.IGNORECASE)
_UNDERLINE = re.compile(r"(?:=+|-+)\s*")
_MARK = re.compile(r"(?:[-*+]\s+)?(?:\(?[a-h]\)|(?:lab|part|question|problem|task|exercise)\s*\d?)", re.IGNORECASE)
_FENCE = ("```", "~~~")


def headings(text: str) -> list[str]:
    """The headings of one text cell, top to bottom, without markup: `# A`, `A` over `===`, `<h2>A</h2>`, `**A**`.

    Many notebooks have none, but a paragraph that opens with `(f)` or `Lab 2`. It counts if it is the only one in the
    cell: a list of all parts is no heading.
    """
    lines = text[:_LOOKED_AT].splitlines()
    found = [plain for line, below in _outside_code(lines) if (plain := _heading(line, below))]
    return found[:_MOST] if found else _opening(lines)


def _outside_code(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Each line with the one below it, without what stands between restrictions: there, # starts a comment."""
    fenced = False
    for line, below in zip_longest(lines, lines[1:], fillvalue=""):
        if line.lstrip().startswith(_FENCE):
            fenced = not fenced
        elif not fenced:
            yield line[: 2 * _LONGEST].strip(), below


def _heading(line: str, below: str) -> str:
    """The heading's words; empty when the line is none."""
    marks = line[: len(line) - len(line.lstrip("#"))]
    if 1 <= len(marks) <= 6:
        return _plain(line.strip("#"))
    if _HTML.match(line) or (len(line) > 4 and line[:2] == line[-2:] and line[:2] in ("**", "__")):
        return _plain(line)
    return _plain(line) if line and len(below) > 1 and _UNDERLINE.fullmatch(below[:_LONGEST]) else ""


def _opening(lines: list[str]) -> list[str]:
    starts = [line for above, line in zip(["", *lines], lines, strict=False) if not above.strip() and line.strip()]
    marked = [plain for line in starts if _MARK.match(plain := _plain(line))]
    return marked if len(marked) == 1 else []


def _plain(line: str) -> str:
    return " ".join(_TAG.sub(" ", line[: 2 * _LONGEST]).replace("*", " ").replace("__", " ").split())[:_LONGEST]
