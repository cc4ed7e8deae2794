"""Which grids are the table of runs, which are learning curves, and which are gradient norms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise

from autograder.assignments.gru_attention.exhibits.found import Curve, NormCurve, Run, RunTable
from autograder.assignments.gru_attention.exhibits.grids import Grid, number
from autograder.assignments.gru_attention.exhibits.words import (
    architecture,
    cell,
    experiment,
    optimizer,
    role,
    roles,
    row_experiment,
)

LEAST_ROWS = 4  # of a table of runs
MOST_ROWS = 60  # of a table of runs; a curve of this many epochs is longer than any
MOST_EPOCHS, MOST_STEPS = 1_000, 150
SAVED = {1: "RNN", 6: "GRU"}  # the experiments whose models are looked into


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


def norm_curves(grid: Grid) -> dict[str, list[NormCurve]]:
    """The curves of gradient norms in a grid, by model. Where norms stand there both as they are and rescaled, both."""
    places = roles(grid.columns)
    if len(grid.rows) > 4 * MOST_STEPS or {"train", "valid", "text"} & places.keys():
        return {}
    found: dict[str, list[NormCurve]] = {}
    about_norms = "grad" in grid.place.lower() or "norm" in grid.place.lower() or {"norm", "rescaled"} & places.keys()
    if not about_norms:
        return {}
    if {"norm", "rescaled"} & places.keys() and {"number", "architecture"} & places.keys():
        for name in ("norm", "rescaled"):
            by_model: dict[str, list[str]] = {}
            for row in grid.rows if name in places else ():
                by_model.setdefault(_model(grid, places, row), []).append(cell(row, places, name))
            for model, cells in by_model.items():
                _add(found, model, grid.place, cells)
        return found
    for column, heading in enumerate(grid.columns or [""] * len(grid.rows[0] if grid.rows else ())):
        model = _named(heading) or _named(grid.place)
        if role(heading) in ("step", "epoch", "length", "number") or not model:
            continue
        _add(found, model, f"{grid.place} {heading}".strip(), [row[column] for row in grid.rows if column < len(row)])
    if not found and grid.columns:  # a model a row
        for row in grid.rows:
            if model := _named(row[0]):
                _add(found, model, grid.place, row[1:])
    elif not found and len(grid.rows) == 1 and (model := _named(grid.place)):
        _add(found, model, grid.place, grid.rows[0])
    return found


def _model(grid: Grid, places: dict[str, int], row: Sequence[str]) -> str:
    named = architecture(cell(row, places, "architecture"))
    return named or SAVED.get(row_experiment(grid, places, row) or 0, "")


def _named(text: str) -> str:
    """The model that a heading or a place names, one of the two that are looked into."""
    named = architecture(text)
    return named if named in SAVED.values() else SAVED.get(experiment(text) or 0, "")


def _add(found: dict[str, list[NormCurve]], model: str, place: str, cells: Iterable[str]) -> None:
    values = [number(text) for text in cells]
    while values and values[-1] is None:
        values.pop()
    if model in SAVED.values() and 1 < len(values) <= MOST_STEPS and all(value is not None for value in values):
        found.setdefault(model, []).append(NormCurve(place, tuple(value or 0.0 for value in values)))
