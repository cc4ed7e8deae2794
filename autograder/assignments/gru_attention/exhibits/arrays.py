"""Numbers that a program printed between brackets, over as many lines as they took, as grids of one column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from autograder.assignments.gru_attention.exhibits.grids import LONGEST_PLACE, MOST_ROWS, Grid
from autograder.assignments.gru_attention.exhibits.words import experiment

LEAST = 5  # numbers
MOST_LETTERS = 20_000  # of a line
MOST = 500  # arrays of one text
_ARRAY = re.compile(r"\[([-+0-9.eE,\s]{9,40000})\]")
_LINE = re.compile(r"[0-9.eE+-]{1,31}(?:(?:\s{0,3}[,;]\s{0,3}|\s{1,8})[0-9.eE+-]{1,31}){9,2000}[,;]?\s{0,9}")
_OPENS = re.compile(r"[\s:=({\[]*(?:(?:tensor|array|np\.array)\s?\(\s?)?$")


def listed(name: str, text: str) -> Iterator[Grid]:
    """Each line that is ten numbers or more, under what stands before them on it, else under the line above."""
    above = ""
    for line in islice(text.splitlines(), MOST_ROWS):
        label, _, rest = line[:MOST_LETTERS].rpartition(":" if ":" in line else "=")
        if _LINE.fullmatch(rest.strip()):
            heading = label.strip("#*=-: \t'\"")[-LONGEST_PLACE:] or above
            numbers = re.split(r"[,;\s]+", rest.strip().rstrip(",;"))
            yield Grid(f"{name} {heading}".strip()[:LONGEST_PLACE], (), tuple((number,) for number in numbers))
        elif line.strip():
            above = line.strip("#*=-: \t")[:LONGEST_PLACE]


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
