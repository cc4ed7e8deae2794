"""How a submission's cells are sent to its processes: all at once, and one by one where that ends a process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.errors import MalformedAnswer, StudentError
from autograder.records import Cell, CellReport, Problem
from autograder.student.answers import cell_report

ALL_CELLS = "all cells"  # for whom a request speaks that is about no cell in particular


@dataclass
class Loading:
    """What all processes of a submission know of its cells: `careful`, those that ended a process once, of which only
    definitions are loaded; `lost`, those that end it even so; `one_by_one`, once all at once went wrong."""

    careful: set[int] = field(default_factory=set)
    lost: set[int] = field(default_factory=set)
    one_by_one: bool = False

    def parts(self, cells: Sequence[Cell]) -> list[list[Cell]]:
        """What goes into one request each."""
        left = [cell for cell in cells if cell.number not in self.lost]
        return [[cell] for cell in left] if self.one_by_one else [left]

    def label(self, part: Sequence[Cell]) -> str:
        """For whom the request speaks."""
        return f"cell {part[0].number}" if self.one_by_one else ALL_CELLS

    def request(self, part: Sequence[Cell]) -> dict[str, Any]:
        """One part as a request."""
        return {"op": "load_cells", "cells": [self._told(cell) for cell in part]}

    def _told(self, cell: Cell) -> dict[str, Any]:
        careful = cell.number in self.careful
        told = {"number": cell.number, "source": cell.source, "definitions_only": careful}
        return told | ({"module": cell.module} if cell.module else {})

    def reports(self, part: Sequence[Cell], answers: Any) -> list[CellReport]:
        """How the cells of a part loaded.

        Raises:
            MalformedAnswer: the answer is not one report for each.
        """
        if type(answers) is not list or len(answers) != len(part):
            raise MalformedAnswer("the answer is not one report for each cell")
        return [cell_report(cell.number, answer) for cell, answer in zip(part, answers, strict=True)]

    def note_death(self, part: Sequence[Cell], error: StudentError) -> CellReport | None:
        """Remember that a part ended its process; what is said of the cell, once it is known which."""
        if not self.one_by_one:
            self.one_by_one = True
            return None
        [cell] = part
        problem = Problem(0, "", f"this cell ended the process: {error}")
        if cell.number in self.careful:
            self.lost.add(cell.number)
            return CellReport(cell.number, "failed", (problem,))
        self.careful.add(cell.number)
        return CellReport(cell.number, "partly", (problem,))
