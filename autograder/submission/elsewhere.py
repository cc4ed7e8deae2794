"""Functions and classes that stand where nothing runs them: in text cells, in raw cells, behind #.

By lines, not by a parser: prose surrounds them. What is found is only told to a student whose notebook lacks the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

MOST = 500  # names of one hand-in
_LOOKED_AT = 100_000  # characters of one cell
_DEFINITION = re.compile(
    r"[ \t]{0,40}(?:async[ \t]{1,5})?(?:def[ \t]{1,5}(\w{1,100})[ \t]{0,5}\(|class[ \t]{1,5}(\w{1,100})[ \t]{0,5}[(:])"
)
_COMMENT = re.compile(r"[ \t]{0,40}#{1,3} ?")


def in_text(text: str) -> list[str]:
    """The names that a text defines: a head with an indented line below it."""
    lines = text[:_LOOKED_AT].split("\n")
    return list(_defined([line.removeprefix(">").removeprefix(" ") if line[:1] == ">" else line for line in lines]))


def in_comments(code: str) -> list[str]:
    """The same of what is commented out in a code cell."""
    if "#" not in code:
        return []
    lines = [(line, _COMMENT.match(line)) for line in code[:_LOOKED_AT].split("\n")]
    return list(_defined([line[mark.end() :] if mark else "" for line, mark in lines]))


def _defined(lines: list[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if match := _DEFINITION.match(line):
            below = next((other for other in lines[number + 1 : number + 30] if other.strip()), "")
            if _depth(below) > _depth(line):
                yield match[1] or match[2]


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())
