"""The metrics that trained models are held to, and the one place where a figure is compared with a bar."""

from __future__ import annotations

from typing import Literal

import msgspec


class Metric(msgspec.Struct, frozen=True):
    """One metric of a rubric: `accuracy` (higher is better) or `perplexity` (lower is better), say, and its bar."""

    name: str
    direction: Literal["higher", "lower"]  # which figures are better
    bar: float  # a figure that is as good reaches it


def meets(metric: Metric, value: float, bar: float | None = None) -> bool:
    """Return whether a figure reaches the metric's bar, or `bar` in its place; NaN reaches none."""
    wanted = metric.bar if bar is None else bar
    return value >= wanted if metric.direction == "higher" else value <= wanted


def in_words(metric: str, of: str) -> str:
    """Return a metric's name without what the name of its model says already: `mlp_accuracy` of `MLPClassifier` is
    `accuracy`."""
    first, _, rest = metric.partition("_")
    return (rest if rest and of.lower().startswith(first.lower()) else metric).replace("_", " ")
