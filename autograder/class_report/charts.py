"""The page's charts, in the style of the reports' pictures: their colours turn over with the page's.

By a template: matplotlib takes a second to be imported, which every command about a class would pay.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import ceil, floor, log10
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from markupsafe import Markup

from autograder.class_report.texts import line
from autograder.grades import Class
from autograder.records import Item
from autograder.reports.words import points

if TYPE_CHECKING:
    from jinja2 import Template

MOST = 60  # items with a chart of their own
BINS = 10


@dataclass(frozen=True)
class Chart:
    """An `<svg>` element, and what it shows in one line of words."""

    svg: Markup
    title: str
    words: str


def totals(graded: Class) -> Chart | None:
    """How the totals are distributed; None without any."""
    marks = [grade.total for grade in graded.grades if grade.total is not None]
    return _histogram("Totals", marks, graded.maximum, "points", "blue", (8.6, 2.2)) if marks else None


def items(graded: Class) -> list[Chart]:
    """One for each item in which anybody has a score."""
    scores: dict[str, list[float]] = {item.id: [] for item in graded.items}
    for grade in graded.grades:
        for entry in grade.items:
            if entry.status == "graded" and entry.score is not None:
                scores.setdefault(entry.item.id, []).append(entry.score)
    shown = [item for item in graded.items if scores[item.id]][:MOST]
    return [_of_item(item, scores[item.id]) for item in shown]


def times(seconds: Sequence[float]) -> Chart | None:
    """How long the gradings took; the last column takes in what is far beyond."""
    if not seconds:
        return None
    usual = 4 * sorted(seconds)[len(seconds) * 3 // 4]
    cut = [min(each, usual) for each in seconds]
    chart = _histogram("Seconds", cut, max(cut), "s", "orange", (8.6, 1.9))
    most = f", at most {points(round(max(seconds), 1))} s" + (
        " (in the last column)" if max(cut) < max(seconds) else ""
    )
    return replace(chart, words=chart.words + most)


def _of_item(item: Item, scores: Sequence[float]) -> Chart:
    title = line(f"{item.id} · {item.title}" if item.title else item.id, 120)
    return _histogram(title, scores, item.points, "points", "green", (2.9, 1.35))


def _histogram(
    title: str, figures: Sequence[float], top: float, unit: str, colour: str, size: tuple[float, float]
) -> Chart:
    low, high = min(0.0, *figures), max(top, *figures, 0.01)
    middle = median(figures)
    words = f"{len(figures)} in all, median {points(round(middle, 2))} {unit}"
    if unit == "points":
        full = sum(figure >= top for figure in figures)
        words += f"; {full} with all {points(top)}, {sum(figure <= 0 for figure in figures)} with none"
    label = f"{title}, as a histogram: {words}"
    return Chart(_svg(label, figures, (low, middle, high), colour, size), title, words)


def _svg(
    label: str, figures: Sequence[float], marks: tuple[float, float, float], colour: str, size: tuple[float, float]
) -> Markup:
    """The picture. `marks`: the ends of the axis, between them the median; `size`: inches."""
    width, height = (72 * length for length in size)
    (low, middle, high), narrow = marks, size[0] < 4
    left, right, top, bottom = 23.0, width - 8.6, 5.8, height - 17.3
    inner, room = (right - left) / 102, (right - left) / 1.02  # a hundredth is left free on each side
    counts = _counts(figures, low, high, BINS if narrow else 2 * BINS)
    most, column = 1.05 * max(counts), room / len(counts)

    def across(value: float) -> float:
        return round(left + inner + room * (value - low) / (high - low), 2)

    def up(count: float) -> float:
        return round(bottom - (bottom - top) * count / most, 2)

    ticks = [low, (low + high) / 2, high] if narrow else _round_numbers(low, high, 10, (1, 2, 2.5, 5))
    return Markup(
        _template().render(
            label=label, colour=colour, width=round(width, 1), height=round(height, 1), left=left,
            right=round(right, 1), top=top, bottom=round(bottom, 1), middle=across(middle), bar=round(0.9 * column, 2),
            bars=[(round(left + inner + (n + 0.05) * column, 2), up(c)) for n, c in enumerate(counts) if c],
            ticks=[(across(tick), points(tick)) for tick in ticks],
            lines=[(up(tick), points(tick)) for tick in _round_numbers(0, most, 3, (1, 2, 5)) if tick == int(tick)],
        )
    )  # fmt: skip


def _counts(figures: Sequence[float], low: float, high: float, bins: int) -> list[int]:
    """How many stand in each bin; what stands between two counts in the upper one."""
    found = Counter(min(bins - 1, int((figure - low) * bins / (high - low))) for figure in figures)
    return [found[n] for n in range(bins)]


def _round_numbers(low: float, high: float, most: int, steps: Sequence[float]) -> list[float]:
    """At most so many, and one more, at equal distances."""
    least = (high - low) / most
    unit = 10.0 ** floor(log10(least))
    step = next(step * unit for step in (*steps, 10) if step * unit >= least * 0.999)
    return [n * step for n in range(ceil(low / step), floor(high / step) + 1)]


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("histogram.svg.j2")
