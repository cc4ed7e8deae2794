"""Any file as grids: headings and rows of cells, from CSV, Markdown, JSON, aligned columns and arrays of numbers.

Every reader is linear in what it is given and gives no more than MOST_CELLS.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from autograder.assignments.gru_attention.exhibits.cells import number, with_points

MOST_CELLS = 200_000  # of one file
MOST_ROWS = 20_000  # of one grid
LONGEST = 2_000  # letters of a cell
LONGEST_PLACE = 300  # of a place, in letters
DEEPEST = 6  # levels of JSON that are looked into
LEAST_WORDS = 12  # of a list of words that is one text
_RULE = re.compile(r"[\s|:+=-]+")
_GAP = re.compile(r"[ \t]{2,40}|\t")

Cells = tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """Rows of cells under their headings; rows may be shorter. `place`: the file, and the keys or the heading above it.

    `presented`: it is meant for readers. Without headings `columns` is empty.
    """

    place: str
    columns: Cells
    rows: tuple[Cells, ...]
    presented: bool = False


def grids(name: str, text: str) -> Iterator[Grid]:
    """All grids of a file of text."""
    suffix = name.lower().rpartition(".")[2]
    if suffix in ("json", "jsonl", "ndjson"):
        yield from _json(name, text)
    elif suffix in ("csv", "tsv"):
        yield from _csv(name, text)
    else:
        yield from lines(name, text)


def _csv(name: str, text: str) -> Iterator[Grid]:
    head = text[:LONGEST].partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    try:
        rows = [
            tuple(cell[:LONGEST] for cell in row)
            for row in islice(csv.reader(io.StringIO(text), delimiter=delimiter), MOST_ROWS)
        ]
    except csv.Error:
        return
    yield from _grid(name, [row for row in rows if any(cell.strip() for cell in row)])


def _grid(place: str, rows: Sequence[Cells], presented: bool = False) -> Iterator[Grid]:
    """One grid, unless there is nothing in it; its first row is its headings where it holds a word."""
    size = 0
    kept = []
    for row in rows:
        size += len(row)
        if size > MOST_CELLS:
            break
        kept.append(row)
    if not kept:
        return
    kept = with_points(kept)
    if any(number(cell) is None and cell.strip() for cell in kept[0]):
        yield Grid(place[:LONGEST_PLACE], kept[0], tuple(kept[1:]), presented)
    else:
        yield Grid(place[:LONGEST_PLACE], (), tuple(kept), presented)


# ---- text ------------------------------------------------------------------------------------------------------------
def lines(name: str, text: str) -> Iterator[Grid]:
    """Tables of a text: with pipes, with commas or with columns in line, under the heading above them."""
    heading, block, kind = "", list[str](), ""
    for line in [*islice(text.splitlines(), MOST_ROWS), ""]:
        found = _kind(line)
        if found != kind and block:
            yield from _block(f"{name} {heading}".strip(), block, kind)
            block = []
        kind = found
        if kind:
            block.append(line)
        elif line.strip():
            heading = line.strip("#*=-: \t")[:LONGEST_PLACE]


def _kind(line: str) -> str:
    """How the cells of a line are told apart; empty for a line that is no row."""
    bare = line.strip()
    if not bare:
        return ""
    if bare.count("|") > 1:
        return "|"
    if bare.count(",") > 1 and not bare.count(", "):
        return ","
    if _GAP.search(bare):
        return "gap"
    return "one" if len(bare) < 40 and number(bare) is not None else ""


def _block(place: str, block: Sequence[str], kind: str) -> Iterator[Grid]:
    if kind == ",":
        yield from _csv(place, "\n".join(block))
        return
    rows = []
    for line in block:
        if _RULE.fullmatch(line):
            continue
        bare = line.strip()
        if kind == "|":
            cells = bare.removeprefix("|").removesuffix("|").split("|")
        else:
            cells = _GAP.split(bare)
        rows.append(tuple(cell.strip()[:LONGEST] for cell in cells))
    if kind == "gap" and len(rows) > 1 and len(rows[1]) == len(rows[0]) + 1:
        rows[0] = ("", *rows[0])  # a data frame's index has no heading
    yield from _grid(place, rows, presented=kind == "|")


# ---- JSON ------------------------------------------------------------------------------------------------------------
def _json(name: str, text: str) -> Iterator[Grid]:
    try:
        value = json.loads(text)
    except RecursionError:
        return
    except ValueError:
        try:  # a record a line
            value = [json.loads(line) for line in islice(text.splitlines(), MOST_ROWS) if line.strip()]
        except (ValueError, RecursionError):
            return
    yield from _walk(name, value, 0)


def _walk(place: str, value: Any, depth: int) -> Iterator[Grid]:
    """The grids inside a value."""
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        yield from _listed(place, value[:MOST_ROWS], depth)
    elif isinstance(value, dict):
        yield from _keyed(place, dict(islice(value.items(), MOST_ROWS)), depth)


def _listed(place: str, value: list[Any], depth: int) -> Iterator[Grid]:
    value = [_wholes(part) if isinstance(part, dict) else _whole(part) for part in value]
    if value and all(isinstance(row, dict) for row in value):
        yield from _records(place, value)
        if any(isinstance(cell, (list, dict)) for row in value for cell in row.values()):
            for number_, row in enumerate(value, 1):
                told = " ".join(f"{key}={cell}" for key, cell in row.items() if _scalar(cell))
                yield from _walk(f"{place} {told or number_}"[:LONGEST_PLACE], row, depth + 1)
    elif value and all(isinstance(row, list) for row in value):
        rows = [tuple(_cell(cell) for cell in row[:MOST_ROWS]) for row in value if all(map(_scalar, row))]
        yield from _grid(place, rows)
        if not rows:
            for number_, row in enumerate(value, 1):
                yield from _walk(f"{place} {number_}"[:LONGEST_PLACE], row, depth + 1)
    elif value and all(map(_scalar, value)):
        yield Grid(place[:LONGEST_PLACE], (), tuple((_cell(cell),) for cell in value[:MOST_ROWS]))


def _keyed(place: str, value: dict[str, Any], depth: int) -> Iterator[Grid]:
    value = _wholes(value)
    columns = {key: row for key, row in value.items() if isinstance(row, list) and row and all(map(_scalar, row))}
    if columns:
        longest = min(max(map(len, columns.values())), MOST_ROWS, MOST_CELLS // len(columns))
        rows = tuple(tuple(_cell(row[n]) if n < len(row) else "" for row in columns.values()) for n in range(longest))
        yield Grid(place[:LONGEST_PLACE], tuple(key[:LONGEST] for key in columns), rows)
    inner = {key: row for key, row in value.items() if isinstance(row, dict)}
    if inner and all(any(map(_scalar, row.values())) for row in inner.values()):
        yield from _records(place, [{"key": key, **row} for key, row in inner.items()])
    for key, row in value.items():
        if isinstance(row, dict) or (isinstance(row, list) and key not in columns):
            yield from _walk(f"{place} {key}"[:LONGEST_PLACE], row, depth + 1)


def _records(place: str, value: Sequence[dict[str, Any]]) -> Iterator[Grid]:
    names = list(dict.fromkeys(key for row in value for key, cell in row.items() if _scalar(cell)))[:100]
    if names:
        rows = tuple(tuple(_cell(row.get(key, "")) for key in names) for row in value[: MOST_CELLS // len(names)])
        yield Grid(place[:LONGEST_PLACE], tuple(name[:LONGEST] for name in names), rows)


def _wholes(value: dict[str, Any]) -> dict[str, Any]:
    return {key: _whole(row) for key, row in value.items()}


def _whole(value: Any) -> Any:
    """A text whose words are listed one by one, as a text; anything else as it is."""
    if not isinstance(value, list) or not LEAST_WORDS <= len(value) <= LONGEST // 2:
        return value
    words = all(isinstance(word, str) and 0 < len(word) <= 40 and not word.isspace() for word in value)
    if not words or any(" " in word.strip() for word in value) or all(number(word) is not None for word in value):
        return value
    return " ".join(word.strip() for word in value)


def _scalar(value: Any) -> bool:
    return value is None or isinstance(value, (str, int, float, bool))


def _cell(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**18:
        return ""  # long numbers take long to print
    return "" if value is None else str(value)[:LONGEST] if _scalar(value) else ""
