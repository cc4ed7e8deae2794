"""Logs of trainings as grids: lines like `epoch: 3  train ppl: 120.5  val ppl: 154.6  time (s): 33.1`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from autograder.assignments.gru_attention.exhibits.grids import LONGEST, LONGEST_PLACE, MOST_ROWS, Cells, Grid
from autograder.assignments.gru_attention.exhibits.words import roles

_PAIR = re.compile(
    r"([A-Za-z][A-Za-z_ .()/]{0,40}?)[\s:=]{1,3}([-+]?\d[\d.,]{0,30}(?:[eE][-+]?\d{1,3})?|[-+]?inf|nan)(?![\w.])"
)
_SECONDS = re.compile(r"(?<![\w.])(\d{1,7}(?:\.\d{1,9})?)\s?s(?:ec(?:onds?|s)?)?\b")


def logged(name: str, text: str) -> Iterator[Grid]:
    """The lines of a text that tell train and validation figures, as a grid under each heading."""
    heading, rows, columns = "", list[Cells](), Cells()
    for line in islice(text.splitlines(), MOST_ROWS):
        pairs = _PAIR.findall(line[:LONGEST])
        found = tuple(key.strip(" .()/") for key, _ in pairs)
        told = roles(found).keys()
        if {"train", "valid"} <= told:
            if not told & {"seconds", "elapsed"} and (time := _SECONDS.search(line[:LONGEST])):
                pairs, found = [*pairs, ("seconds", time[1])], (*found, "seconds")
            if found != columns and rows:
                yield Grid(f"{name} {heading}".strip(), columns, tuple(rows))
                rows = []
            columns = found
            rows.append(tuple(value.rstrip(",.") for _, value in pairs))
        elif line.strip():
            if rows:
                yield Grid(f"{name} {heading}".strip(), columns, tuple(rows))
                rows = []
            heading = line.strip("#*=-: \t")[:LONGEST_PLACE]
    if rows:
        yield Grid(f"{name} {heading}".strip(), columns, tuple(rows))
