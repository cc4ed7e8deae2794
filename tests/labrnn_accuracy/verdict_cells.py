"""Notebooks as cells, for the tests of verdicts."""

from __future__ import annotations

import json
from collections.abc import Callable

from autograder.evidence import ClassVerdict
from autograder.records import Cell
from fixtures.labrnn.build import REFERENCE

Judge = Callable[..., ClassVerdict]  # see the fixture `judge`
SECRET, SALT = b"s", "tests"


def cells_of(notebook: str) -> tuple[Cell, ...]:
    """The code cells of a notebook's text."""
    numbered = enumerate(json.loads(notebook)["cells"], 1)
    return tuple(Cell(n, "".join(cell["source"])) for n, cell in numbered if cell["cell_type"] == "code")


SOLVED = cells_of(REFERENCE.read_text(encoding="utf-8"))
