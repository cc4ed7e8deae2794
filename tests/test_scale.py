"""The simulation behind docs/scale.md, against the dispatch itself and against arithmetic."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from fixtures import bench_runners, scale
from fixtures.scale import FUNCTIONS, WHOLE, Took, simulate
from fixtures.simulated_engine import Times


@pytest.mark.parametrize(("costs", "whole"), [(FUNCTIONS, False), (WHOLE, True)])
def test_it_agrees_with_the_dispatch(costs: scale.Costs, whole: bool) -> None:
    alone = replace(costs, main=0.0)
    median = costs.job * math.exp(-(costs.spread**2) / 2)
    times = Times(start=costs.start, gap=0.0, poll=0.0, median=median, spread=costs.spread)
    real = bench_runners.simulate(400, 16, times, whole=whole)
    ours = simulate(400, 16, alone, whole=whole)
    assert ours.orders == real.orders
    assert ours.wall == pytest.approx(real.end, rel=0.15) and ours.used == pytest.approx(real.graded, abs=0.05)


def test_slots_bound_it_or_the_main_process_does() -> None:
    even = replace(FUNCTIONS, spread=1e-9, start=0.0, main=0.0)
    assert simulate(1000, 1, even).wall == pytest.approx(1000 * even.job)
    slow = replace(even, main=1.0)
    took = simulate(1000, 100, slow)
    assert took.wall == pytest.approx(1000.0, rel=0.01) and took.main == pytest.approx(1.0, rel=0.01)


def test_one_slot_for_each_is_one_wave() -> None:
    assert simulate(8, 8, WHOLE, whole=True).used == 1.0


def test_every_row_of_the_tables_has_every_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale, "simulate", lambda *_, **__: Took(100.0, 0.9, 0.1, 5))
    rows = [line for line in scale.tables() if line]
    assert {line.count("|") for line in rows} == {len(scale.SIZES) + 2}


@pytest.mark.parametrize(("seconds", "told"), [(90, "90 s"), (600, "10 min"), (36_000, "10.0 h")])
def test_durations(seconds: float, told: str) -> None:
    assert scale.clock(seconds) == told
