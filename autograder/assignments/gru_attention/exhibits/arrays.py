"""Numbers that a program printed between brackets, over as many lines as they took, as grids of one column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from autograder.assignments.gru_attention.exhibits.grids import LONGEST_PLACE, Grid
from autograder.assignments.gru_attention.exhibits.words import experiment

LEAST = 5  # numbers
MOST = 500  # arrays of one text
_ARRAY = re.compile(r"\[([-+0-9.eE,\s]{9,40000})\]")
_OPENS = re.compile(r"[\s:=({\[]*(?:(?:tensor|array|np\.array)\s?\(\s?)?$")


def bracketed(name: str, text: str) -> Iterator[Grid]:
    """Each array of numbers in a text, under what stands before it on its line, else on the line above, and under the
    last line that names an experiment."""
    end, above = 0, ""
    for found in islice(_ARRAY.finditer(text), MOST):
        before = text[max(end, found.start() - 10 * LONGEST_PLACE) : found.start()]
        lines = [
            line.strip("#*=-: \t'\"")[-LONGEST_PLACE:] for line in _OPENS.sub("", before).splitlines() if line.strip()
        ]
        named = [line for line in lines if experiment(line) is not None]
        end, above = found.end(), named[-1] if named else above
        heading = lines[-1] if lines else ""
        told = heading if heading in named else f"{above} {heading}"
        numbers = found[1].replace(",", " ").split()
        if len(numbers) >= LEAST:
            yield Grid(f"{name} {told}".strip()[:LONGEST_PLACE], (), tuple((number,) for number in numbers))
