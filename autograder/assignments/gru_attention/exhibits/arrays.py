"""Numbers that a program printed between brackets, over as many lines as they took, as grids of one column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from autograder.assignments.gru_attention.exhibits.grids import LONGEST_PLACE, Grid

LEAST = 5  # numbers
MOST = 500  # arrays of one text
_ARRAY = re.compile(r"\[([-+0-9.eE,\s]{9,40000})\]")
_OPENS = re.compile(r"[\s:=({\[]*(?:(?:tensor|array|np\.array)\s?\(\s?)?$")


def bracketed(name: str, text: str) -> Iterator[Grid]:
    """Each array of numbers in a text, under what stands before it on its line, else on the line above."""
    for found in islice(_ARRAY.finditer(text), MOST):
        numbers = found[1].replace(",", " ").split()
        if len(numbers) >= LEAST:
            before = text[max(0, found.start() - 2 * LONGEST_PLACE) : found.start()]
            lines = [line for line in _OPENS.sub("", before).splitlines() if line.strip()]
            heading = lines[-1].strip("#*=-: \t'\"")[-LONGEST_PLACE:] if lines else ""
            yield Grid(f"{name} {heading}".strip()[:LONGEST_PLACE], (), tuple((number,) for number in numbers))
