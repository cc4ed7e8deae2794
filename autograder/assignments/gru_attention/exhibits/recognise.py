"""Which grids are the table of runs, and which are learning curves."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise

from autograder.assignments.gru_attention.exhibits.cells import number
from autograder.assignments.gru_attention.exhibits.found import Curve, Run, RunTable
from autograder.assignments.gru_attention.exhibits.grids import Grid
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
MOST_EPOCHS = 1_000
MOST_NATS = 700.0  # whose exponential is a number
QUANTITIES = {"train", "valid", "train loss", "valid loss", "seconds", "elapsed"}


def run_table(grid: Grid, least: int = LEAST_ROWS) -> RunTable | None:
    """The grid as the table of all runs, if it is one; it has so many rows at least."""
    places = roles(grid.columns)
    told = {"number", "architecture", "optimizer"} & places.keys()
    has_best = {"best", "valid"} <= places.keys()  # where the best alone is told, it is the validation perplexity
    if "valid" not in places and "best" in places:
        places["valid"] = places["best"]
    if not {"train", "valid"} <= places.keys() or not told or not least <= len(grid.rows) <= MOST_ROWS:
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
    if len(rows) < least or (None not in numbers and len(set(numbers)) <= len(numbers) // 2):
        return None  # the same experiment in many rows: a log of epochs
    return RunTable(grid.place, tuple(rows), grid.presented, has_best)


def curves(grid: Grid) -> dict[int, Curve]:
    """The learning curves in a grid, by experiment."""
    places = roles(grid.columns)
    if len(grid.rows) < 2 or not all(part in places or f"{part} loss" in places for part in ("train", "valid")):
        return {}
    by_number: dict[int, list[Sequence[str]]] = {}
    for row in grid.rows:
        found = row_experiment(grid, places, row)
        if found is not None:
            by_number.setdefault(found, []).append(row)
    return {one: _curve(grid.place, places, rows[:MOST_EPOCHS]) for one, rows in by_number.items() if len(rows) > 1}


def _curve(place: str, places: dict[str, int], rows: Sequence[Sequence[str]]) -> Curve:
    train, valid = (_perplexities(places, rows, part) for part in ("train", "valid"))
    for name in ("elapsed", "seconds"):
        times = [number(cell(row, places, name)) for row in rows]
        if name in places and all(time is not None for time in times):
            return Curve(place, train, valid, _since_the_start([time or 0.0 for time in times], name == "elapsed"))
    return Curve(place, train, valid)


def _since_the_start(times: Sequence[float], elapsed: bool) -> tuple[float, ...]:
    rising = all(a < b for a, b in pairwise(times))
    adds_up = elapsed or (rising and times[-1] > 3 * times[0])  # no epoch takes three times another
    return tuple(times if adds_up else accumulate(times))


def _perplexities(places: Mapping[str, int], rows: Sequence[Sequence[str]], part: str) -> tuple[float | None, ...]:
    """The perplexities of a part, made of its losses where these alone are told."""
    if part in places:
        return tuple(number(cell(row, places, part)) for row in rows)
    return tuple(_of_loss(number(cell(row, places, f"{part} loss"))) for row in rows)


def _of_loss(loss: float | None) -> float | None:
    return None if loss is None else math.exp(loss) if loss < MOST_NATS else math.inf


# ---- one quantity a file, a key or a column --------------------------------------------------------------------------
Series = dict[int, dict[str, tuple[float | None, ...]]]


def series(grid: Grid) -> Series:
    """Columns that are one quantity of one experiment each, epoch by epoch, by experiment and quantity."""
    found: Series = {}
    if not 1 < len(grid.rows) <= MOST_EPOCHS:
        return found
    width = len(grid.columns) or len(grid.rows[0])
    for place, heading in enumerate((grid.columns or ("",) * width)[:100]):
        one = experiment(heading) or experiment(grid.place)
        what = quantity(heading) or quantity(grid.place)
        if one is None or not what or (not grid.columns and width > 1):
            continue
        values = tuple(number(row[place]) for row in grid.rows if place < len(row) and row[place].strip())
        if values and None not in values:
            found.setdefault(one, {}).setdefault(what, values)
    return found


def quantity(text: str) -> str:
    """What the last part of a file's name or of a key tells: train, valid, their losses, or seconds; else ""."""
    for part in (re.sub(r"\.\w{1,5}$", "", part) for part in reversed(re.split(r"[\s/]+", text)[-3:])):
        found = role(re.sub(r"(?:experiment|exp|run)?[\s_.#-]?\d{1,3}", " ", part.lower()))
        if found in QUANTITIES:
            return found
    return ""


def joined(place: str, found: Mapping[str, tuple[float | None, ...]]) -> Curve | None:
    """The curve of an experiment whose quantities stand apart; None where one of them is missing."""
    values = {
        part: found[part] if part in found else tuple(map(_of_loss, found.get(f"{part} loss", ())))
        for part in ("train", "valid")
    }
    if not values["train"] or len(values["train"]) != len(values["valid"]):
        return None
    name = "elapsed" if "elapsed" in found else "seconds"
    times = [time or 0.0 for time in found.get(name, ())]
    told = _since_the_start(times, name == "elapsed") if len(times) == len(values["valid"]) else ()
    return Curve(place, values["train"], values["valid"], told)
