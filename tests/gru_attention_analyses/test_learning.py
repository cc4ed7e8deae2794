"""Learning curves as data and as figures."""

from __future__ import annotations

import math

import pytest

from autograder.assignments.gru_attention.analyses.learning import LoggedRun, figure, needs_log

GOOD = LoggedRun("GRU", (300.0, 200.0, 150.0), (250.0, 180.0, 190.0), (10.0, 12.0, 11.0))
WILD = LoggedRun("RNN", (9e4, 2e5, math.inf), (2e4, math.nan, 5e4), (5.0, 5.0, 5.0))


def test_axes():
    assert GOOD.along("epoch") == (1, 2, 3)
    assert GOOD.along("seconds") == (10, 22, 33)
    assert GOOD.best == 180


@pytest.mark.parametrize("lengths", [(0, 0, 0), (2, 1, 2), (2, 2, 1)])
def test_a_run_is_complete(lengths):
    with pytest.raises(ValueError, match="run x"):
        LoggedRun("x", *((1.0,) * length for length in lengths))


@pytest.mark.parametrize("axis", ["epoch", "seconds"])
def test_figure(axis):
    drawing = figure([GOOD, GOOD], axis, title="Settings")
    (axes,) = drawing.axes
    assert axes.get_xlabel() == {"epoch": "epoch", "seconds": "wall-clock time (s)"}[axis]
    assert (axes.get_ylabel(), axes.get_title(), axes.get_yscale()) == ("perplexity", "Settings", "linear")
    train, valid = axes.lines[:2]
    assert tuple(train.get_xdata()) == tuple(valid.get_xdata()) == GOOD.along(axis)
    assert (tuple(train.get_ydata()), tuple(valid.get_ydata())) == (GOOD.train, GOOD.valid)
    assert train.get_color() == valid.get_color() != axes.lines[2].get_color()
    labels = [entry.get_text() for entry in axes.get_legend().get_texts()]
    assert labels == ["GRU, train", "GRU, valid"] * 2


def test_diverged_runs_are_drawn_on_a_logarithmic_axis(tmp_path):
    assert needs_log([GOOD, WILD]) and not needs_log([GOOD])
    drawing = figure([GOOD, WILD], "epoch")
    assert drawing.axes[0].get_yscale() == "log"
    drawing.savefig(tmp_path / "curves.png")
    assert (tmp_path / "curves.png").stat().st_size > 5000
