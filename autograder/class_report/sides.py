"""Two scripts side by side: which lines a pair shares, and where the other side's are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autograder.grades import Pair, ScriptLine

MOST_LINES = 3000  # of one side


@dataclass(frozen=True)
class Line:
    """A line, the passage it belongs to (from 1; 0: none), and whether the passage, or the cell, begins here."""

    number: int
    cell: int
    text: str
    own: bool
    passage: int
    begins: bool
    new_cell: bool


@dataclass(frozen=True)
class Side:
    """One side: its letter in links, name, share, lines, and how many of these the page leaves out."""

    letter: str
    name: str
    share: float
    lines: tuple[Line, ...]
    more: int


def sides(pair: Pair, left: Sequence[ScriptLine], right: Sequence[ScriptLine]) -> tuple[Side, Side]:
    """Both sides, marked."""
    of_left = [passage.left for passage in pair.passages]
    of_right = [passage.right for passage in pair.passages]
    return (
        _side("a", pair.left, pair.share_left, left, of_left),
        _side("b", pair.right, pair.share_right, right, of_right),
    )


def _side(
    letter: str, name: str, share: float, lines: Sequence[ScriptLine], passages: Sequence[tuple[int, int]]
) -> Side:
    marked: dict[int, int] = {}
    for number, (first, last) in enumerate(passages, 1):
        for place in range(first, min(last, MOST_LINES) + 1):
            marked.setdefault(place, number)
    started: set[int] = set()
    found: list[Line] = []
    for line in lines[:MOST_LINES]:
        passage = marked.get(line.number, 0) if line.own else 0
        begins = passage > 0 and passage not in started
        started.add(passage)
        new = not found or found[-1].cell != line.cell
        found.append(Line(line.number, line.cell, line.text, line.own, passage, begins, new))
    return Side(letter, name, share, tuple(found), len(lines) - len(found))
