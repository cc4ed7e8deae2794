"""Learning curves: perplexity against epoch and against wall-clock time, as data and as a figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Literal

Axis = Literal["epoch", "seconds"]
LABELS = {"epoch": "epoch", "seconds": "wall-clock time (s)"}
DIVERGED = 10_000.0  # perplexity of an untrained model with Penn Treebank's vocabulary


@dataclass(frozen=True)
class LoggedRun:
    """One training: perplexities after each epoch, and the seconds that each epoch took.

    Raises:
        ValueError: not as many of the one as of the others, or none.
    """

    name: str
    train: tuple[float, ...]
    valid: tuple[float, ...]
    seconds: tuple[float, ...]

    def __post_init__(self) -> None:
        if not len(self.train) == len(self.valid) == len(self.seconds) > 0:
            raise ValueError(f"run {self.name} needs as many training and validation perplexities as seconds")

    @property
    def best(self) -> float:
        """The lowest validation perplexity of any epoch."""
        return min(self.valid)

    def along(self, axis: Axis) -> tuple[float, ...]:
        """Where the epochs' ends lie: 1, 2, …, or seconds since the start."""
        if axis == "epoch":
            return tuple(float(epoch) for epoch in range(1, len(self.valid) + 1))
        return tuple(accumulate(self.seconds))


def needs_log(runs: Sequence[LoggedRun]) -> bool:
    """Whether some run is worse than untrained, so that a linear axis would hide all others."""
    return any(not value <= DIVERGED for run in runs for value in run.train + run.valid)


def figure(runs: Sequence[LoggedRun], axis: Axis, title: str = "") -> Any:
    """A matplotlib Figure: one colour per run, dashed for training, solid for validation, gaps where not finite."""
    from matplotlib.figure import Figure

    drawing = Figure(figsize=(8, 5), layout="constrained")
    axes = drawing.subplots()
    for number, run in enumerate(runs):
        for part, values, style in (("train", run.train, "--"), ("valid", run.valid, "-")):
            shown = [value if math.isfinite(value) else math.nan for value in values]
            axes.plot(run.along(axis), shown, style, color=f"C{number}", label=f"{run.name}, {part}")
    axes.set_xlabel(LABELS[axis])
    axes.set_ylabel("perplexity")
    axes.set_yscale("log" if needs_log(runs) else "linear")
    axes.set_title(title)
    axes.legend(fontsize="small")
    return drawing
