"""The page's charts, by matplotlib in the style of the reports' pictures: their colours turn over with the page's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

from markupsafe import Markup

from autograder.class_report.texts import line
from autograder.grades import Class
from autograder.records import Item
from autograder.reports.pictures import BLUE, GREEN, INK, ORANGE, svg
from autograder.reports.words import points

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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
    return _histogram("Totals", marks, graded.maximum, "points", BLUE, "totals", (8.6, 2.2)) if marks else None


def items(graded: Class) -> list[Chart]:
    """One for each item in which anybody has a score."""
    scores: dict[str, list[float]] = {item.id: [] for item in graded.items}
    for grade in graded.grades:
        for entry in grade.items:
            if entry.status == "graded" and entry.score is not None:
                scores.setdefault(entry.item.id, []).append(entry.score)
    shown = [item for item in graded.items if scores[item.id]][:MOST]
    return [_of_item(item, scores[item.id], n) for n, item in enumerate(shown)]


def times(seconds: Sequence[float]) -> Chart | None:
    """How long the gradings took; the last column takes in what is far beyond."""
    if not seconds:
        return None
    usual = 4 * sorted(seconds)[len(seconds) * 3 // 4]
    cut = [min(each, usual) for each in seconds]
    chart = _histogram("Seconds", cut, max(cut), "s", ORANGE, "times", (8.6, 1.9))
    most = f", at most {points(round(max(seconds), 1))} s" + (
        " (in the last column)" if max(cut) < max(seconds) else ""
    )
    return replace(chart, words=chart.words + most)


def _of_item(item: Item, scores: Sequence[float], number: int) -> Chart:
    title = line(f"{item.id} · {item.title}" if item.title else item.id, 120)
    return _histogram(title, scores, item.points, "points", GREEN, f"item{number}", (2.9, 1.35))


def _histogram(
    title: str, figures: Sequence[float], top: float, unit: str, colour: str, name: str, size: tuple[float, float]
) -> Chart:
    width, height = size
    low, high = min(0.0, *figures), max(top, *figures, 0.01)
    middle = median(figures)

    def draw(figure: Figure) -> None:
        from matplotlib.ticker import MaxNLocator

        axes = figure.subplots()
        figure.subplots_adjust(left=0.32 / width, right=1 - 0.12 / width, bottom=0.24 / height, top=1 - 0.08 / height)
        bins = BINS if width < 4 else 2 * BINS
        axes.hist(figures, bins=bins, range=(low, high), color=colour, rwidth=0.9, linewidth=0)
        axes.axvline(middle, color=INK, linewidth=1, linestyle=(0, (3, 2)))
        margin = (high - low) * 0.01
        axes.set(xlim=(low - margin, high + margin))
        axes.yaxis.set_major_locator(MaxNLocator(nbins=3, integer=True))
        if width < 4:
            ticks = [low, (low + high) / 2, high]
            axes.set_xticks(ticks, [points(tick) for tick in ticks])
        else:
            axes.xaxis.set_major_locator(MaxNLocator(nbins=10))
        axes.tick_params(pad=1)

    words = f"{len(figures)} in all, median {points(round(middle, 2))} {unit}"
    if unit == "points":
        full = sum(figure >= top for figure in figures)
        words += f"; {full} with all {points(top)}, {sum(figure <= 0 for figure in figures)} with none"
    label = f"{title}, as a histogram: {words}"
    return Chart(Markup(svg(draw, height, name, label, width)), title, words)
