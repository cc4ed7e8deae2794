"""Cells told as an editor shows them: by the number in brackets, else by their place below the nearest heading.

Inside the program, and in results.json, a cell is `cell 12` of all cells, which no editor counts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from autograder.records import Report

_CELL = re.compile(r"\b(?<!text )([Cc])ell ([1-9][0-9]{0,4})\b")


@dataclass(frozen=True)
class CellName:
    """How people find a cell. `brief`: `In [7]` or `code cell 5`; `full`: with the heading; `place`: what results.json
    has in brackets behind the cell's number, or nothing."""

    brief: str
    full: str
    place: str = ""


def cell_names(report: Report) -> dict[int, CellName]:
    """The code cells' names by their number among all cells; nothing for a hand-in with fewer than two cells."""
    ran = {cell.number for cell in report.execution.cells} if report.execution is not None else set()
    numbers = sorted({cell.number for cell in report.cells} | ran | set(report.places))
    if len(numbers) < 2:
        return {}
    places = [(number, *_parts(report.places.get(number, ""))) for number in numbers]
    groups = [(heading, list(own)) for heading, own in groupby(places, key=lambda place: place[2])]
    times = Counter(heading for heading, _ in groups)
    names: dict[int, CellName] = {}
    for heading, own in groups:
        apart = heading and times[heading] == 1 and not heading.endswith("…”")  # a cut one may be two
        for below, (number, shown, _) in enumerate(own, 1):
            count = len(names) + 1
            nth = ("" if len(own) == 1 else f"{_nth(below)} ") if apart else f"{_nth(count)} "
            comma = "" if apart else ","
            after = f"the {nth}code cell{f'{comma} after the heading {heading}' if heading else ''}"
            full = f"{shown}{f' under {heading}' if heading else ''}" if shown else after
            names[number] = CellName(shown or f"code cell {count}", full, report.places.get(number, ""))
    return names


def in_words(text: str, names: Mapping[int, CellName]) -> str:
    """A sentence with its `cell 12 (In [7], under “Part d”)` told as `In [7] under “Part d”`."""
    if "ell " not in text:
        return text
    pieces, end = list[str](), 0
    for found in _CELL.finditer(text):
        name = names.get(int(found[2]))
        if name is None:
            continue
        full = name.full[0].upper() + name.full[1:] if found[1] == "C" else name.full
        pieces += [text[end : found.start()], full]
        end = found.end()
        if name.place and text.startswith(f" ({name.place})", end):
            end += len(name.place) + 3
    return "".join([*pieces, text[end:]])


def _parts(place: str) -> tuple[str, str]:
    """`In [7], under “Part d”` as its number and its heading with the quotation marks, each empty where it has none."""
    shown = place[: place.index("]") + 1] if place.startswith("In [") and "]" in place else ""
    return shown, place[len(shown) :].removeprefix(", ").removeprefix("under ")


def _nth(number: int) -> str:
    """1st, 2nd, 3rd, 11th."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number % 100 not in (11, 12, 13) else "th"
    return f"{number}{ending}"
