"""Learning curves over epochs and over wall-clock time, and gradient norms over time, as figures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, Literal

from matplotlib.figure import Figure

from reference.gru_attention.experiments.runs import Run
from reference.gru_attention.experiments.states import write_whole

Axis = Literal["epochs", "seconds"]
AXES: tuple[Axis, ...] = ("epochs", "seconds")
LABELS = {"epochs": "epoch", "seconds": "wall-clock time (s)"}


def write_curves(out: Path, runs: Sequence[Run]) -> None:
    """Two figures for each group of settings, and two of the runs that diverged, or nothing else could be seen."""
    for problem in dict.fromkeys(run.setting.problem for run in runs):
        group = [run for run in runs if run.setting.problem == problem]
        sound, diverged = ([run for run in group if run.diverged == wild] for wild in (False, True))
        for ending, shown in (("", sound), ("_diverged", diverged)):
            for axis in AXES:
                path = out / "figures" / f"{problem}_{axis}{ending}.png"
                if shown:
                    title = f"Problem {problem}: perplexity against {LABELS[axis]}" + (", diverged" if ending else "")
                    _save(path, curves(shown, axis, title))
                else:
                    path.unlink(missing_ok=True)  # of an earlier command, when a run was not yet through


def curves(runs: Sequence[Run], axis: Axis, title: str) -> Figure:
    """One colour a run, dashed for training, solid for validation, gaps where not finite; with a logarithmic axis where
    a run diverged."""
    drawing, axes = _figure(title)
    for number, run in enumerate(runs):
        for part, style in (("train", "--"), ("valid", "-")):
            values = [getattr(epoch, part) for epoch in run.history]
            shown = [value if math.isfinite(value) else math.nan for value in values]
            label = f"{run.setting.name}, {part}"
            dots = "." if len(shown) < 3 else ""  # a line through one point can't be seen
            axes.plot(along(run, axis), shown, style, color=f"C{number}", label=label, marker=dots)
    axes.set_xlabel(LABELS[axis])
    axes.set_ylabel("perplexity")
    axes.set_yscale("log" if any(run.diverged for run in runs) else "linear")
    axes.legend(fontsize="small")
    return drawing


def along(run: Run, axis: Axis) -> list[float]:
    """Where the epochs' ends lie: 1, 2, …, or seconds since the start."""
    if axis == "epochs":
        return [float(epoch) for epoch in range(1, len(run.history) + 1)]
    return list(accumulate(epoch.seconds for epoch in run.history))


def write_norms(out: Path, norms: Mapping[str, Sequence[float]]) -> None:
    """`figures/gradient_norms.png`: the rescaled norms of each model, by its name, over the steps."""
    drawing, axes = _figure("Norm of the last step's loss gradient by the state after each step")
    for name, values in norms.items():
        axes.plot(range(1, len(values) + 1), values, label=name)
    axes.set_xlabel("step")
    axes.set_ylabel("norm, rescaled to [0, 1] within each model")
    axes.legend(fontsize="small")
    _save(out / "figures" / "gradient_norms.png", drawing)


def _figure(title: str) -> tuple[Figure, Any]:
    drawing = Figure(figsize=(8, 5), layout="constrained")
    axes = drawing.subplots()
    axes.set_title(title)
    return drawing, axes


def _save(path: Path, drawing: Figure) -> None:
    write_whole(path, lambda place: drawing.savefig(place, format="png"))
