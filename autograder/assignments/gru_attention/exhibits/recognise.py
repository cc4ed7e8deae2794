"""Which grids are the table of runs, and which are learning curves."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

from autograder.assignments.gru_attention.exhibits.found import Curve, Run, RunTable
from autograder.assignments.gru_attention.exhibits.grids import Grid, number
from autograder.assignments.gru_attention.exhibits.words import (
    architecture,
    cell,
    optimizer,
    roles,
    row_experiment,
)

LEAST_ROWS = 4  # of a table of runs
MOST_ROWS = 60  # of a table of runs; a curve of this many epochs is longer than any
MOST_EPOCHS = 1_000


def run_table(grid: Grid) -> RunTable | None:
    """The grid as the table of all runs, if it is one."""
    places = roles(grid.columns)
    told = {"number", "architecture", "optimizer"} & places.keys()
    if not {"train", "valid"} <= places.keys() or not told or not LEAST_ROWS <= len(grid.rows) <= MOST_ROWS:
        return None
    rows = []
    for cells in grid.rows:
        found = row_experiment(grid, places, cells) if told else None
        given = Run(
            found,
            architecture(cell(cells, places, "architecture")) or cell(cells, places, "architecture")[:40],
            optimizer(cell(cells, places, "optimizer")) or cell(cells, places, "optimizer")[:40],
            number(cell(cells, places, "train")),
            number(cell(cells, places, "valid")),
            number(cell(cells, places, "best" if "best" in places else "valid")),
            any("**" in part or "__" in part or "<b>" in part or "textbf" in part for part in cells),
        )
        if found is not None or given.train is not None or given.valid is not None:
            rows.append(given)
    numbers = [row.number for row in rows]
    if len(rows) < LEAST_ROWS or (None not in numbers and len(set(numbers)) <= len(numbers) // 2):
        return None  # the same experiment in many rows: a log of epochs
    return RunTable(grid.place, tuple(rows), grid.presented, "best" in places)


def curves(grid: Grid) -> dict[int, Curve]:
    """The learning curves in a grid, by experiment."""
    places = roles(grid.columns)
    if not {"train", "valid"} <= places.keys() or len(grid.rows) < 2:
        return {}
    by_number: dict[int, list[Sequence[str]]] = {}
    for row in grid.rows:
        found = row_experiment(grid, places, row)
        if found is not None:
            by_number.setdefault(found, []).append(row)
    return {one: _curve(grid.place, places, rows[:MOST_EPOCHS]) for one, rows in by_number.items() if len(rows) > 1}


def _curve(place: str, places: dict[str, int], rows: Sequence[Sequence[str]]) -> Curve:
    train, valid = (tuple(number(cell(row, places, name)) for row in rows) for name in ("train", "valid"))
    for name in ("elapsed", "seconds"):
        times = [number(cell(row, places, name)) for row in rows]
        if name in places and all(time is not None for time in times):
            given = [time or 0.0 for time in times]
            rising = all(a < b for a, b in pairwise(given))
            adds_up = name == "elapsed" or (rising and given[-1] > 3 * given[0])  # no epoch takes three times another
            return Curve(place, train, valid, tuple(given if adds_up else accumulate(given)))
    return Curve(place, train, valid)
