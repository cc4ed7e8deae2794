"""Which grids are gradient norms over the steps, and of which model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest

from autograder.assignments.gru_attention.exhibits.cells import number
from autograder.assignments.gru_attention.exhibits.found import NormCurve
from autograder.assignments.gru_attention.exhibits.glossary import in_english
from autograder.assignments.gru_attention.exhibits.grids import Grid
from autograder.assignments.gru_attention.exhibits.words import (
    architecture,
    cell,
    experiment,
    role,
    roles,
    row_experiment,
)

SAVED = {1: "RNN", 6: "GRU"}  # the experiments whose models are looked into
MOST_STEPS = 150
NORMS = {"norm", "rescaled"}
_RESCALED = re.compile(r"rescal|scaled|normali[sz]|norm01")
Found = dict[str, list[NormCurve]]


def model_of(text: str) -> str:
    """The model that a heading, a key or a file's name tells, one of the two that are looked into."""
    named = architecture(text)
    return named if named in SAVED.values() else SAVED.get(experiment(text) or 0, "")


def norm_curves(grid: Grid) -> Found:
    """The curves of gradient norms in a grid, by model. Where norms stand there both as they are and rescaled, both."""
    places, low = roles(grid.columns), in_english(grid.place)
    told = bool(NORMS & places.keys())
    if len(grid.rows) > 4 * MOST_STEPS or {"train", "valid", "text"} & places.keys():
        return {}
    if not told and "grad" not in low and "norm" not in low:
        return {}
    if told and {"number", "architecture"} & places.keys():
        return _long(grid, places)
    return _columns(grid, places) or _rows(grid)


def _long(grid: Grid, places: dict[str, int]) -> Found:
    """A row for each step of each model."""
    found: Found = {}
    for name in sorted(NORMS & places.keys()):
        by_model: dict[str, list[Sequence[str]]] = {}
        for row in grid.rows:
            named = architecture(cell(row, places, "architecture"))
            model = named or SAVED.get(row_experiment(grid, places, row) or 0, "")
            by_model.setdefault(model, []).append(row)
        for model, rows in by_model.items():
            values, steps = ([cell(row, places, column) for row in rows] for column in (name, "step"))
            _add(found, model, f"{grid.place} {name}", values, steps)
    return found


def _columns(grid: Grid, places: dict[str, int]) -> Found:
    """A column for each model, or one column of a file that names the model."""
    found: Found = {}
    steps = [cell(row, places, "step") for row in grid.rows]
    for column, heading in enumerate(grid.columns or [""] * len(grid.rows[0] if grid.rows else ())):
        model = model_of(heading) or model_of(grid.place)
        if model and role(heading) not in ("step", "epoch", "length", "number"):
            values = [row[column] for row in grid.rows if column < len(row)]
            if not model_of(heading) and role(heading) not in NORMS and counts(values):
                steps = steps if any(steps) else values
                continue
            _add(found, model, f"{grid.place} {heading}", values, steps)
    return found


def counts(cells: Sequence[str]) -> bool:
    """Whether it is 1, 2, 3, … or 0, 1, 2, …: steps, whatever its heading is called."""
    values = [number(text) for text in cells]
    return bool(values) and values[0] in (0, 1) and values == [values[0] + place for place in range(len(values))]


def _rows(grid: Grid) -> Found:
    """A row for each model, or one row of a file that names the model."""
    found: Found = {}
    for row in grid.rows:
        model = model_of(row[0]) if row else ""
        if model:
            _add(found, model, grid.place, row[1:], ())
        elif len(grid.rows) == 1:
            _add(found, model_of(grid.place), grid.place, row, ())
    return found


def _add(found: Found, model: str, place: str, cells: Sequence[str], steps: Sequence[str]) -> None:
    """Add a curve, in the order of its steps where they are told."""
    values = [number(text) for text in cells]
    while values and values[-1] is None:
        values.pop()
    if model not in SAVED.values() or not 1 < len(values) <= MOST_STEPS or None in values:
        return
    told = [number(text) for text, _ in zip_longest(steps, values, fillvalue="")][: len(values)]
    order = range(len(values))
    if None not in told:
        order = sorted(order, key=lambda n: told[n] or 0.0)  # type: ignore[assignment]
    curve = NormCurve(place, tuple(values[n] or 0.0 for n in order), bool(_RESCALED.search(in_english(place))))
    found.setdefault(model, []).append(curve)
