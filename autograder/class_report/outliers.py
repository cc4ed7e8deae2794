"""Whom to look at since a number is far from the class's: totals, times, and zeros in what nearly all got."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import quantiles

from autograder.grades import Class, Grade
from autograder.reports.words import points

_FEWEST = 8  # figures, before quartiles mean anything
_EASY = 0.8  # of the class have an item in full: then a zero in it is odd


@dataclass(frozen=True)
class Outlier:
    """A student's place in the class, and why."""

    place: int
    why: str


def cost(grade: Grade) -> float:
    """Seconds of processor that the grading took, the student's code and the judge's; else those of the clock."""
    by_cpu = [grade.seconds[key] for key in ("judge_cpu", "student_cpu") if key in grade.seconds]
    return sum(by_cpu) if by_cpu else grade.seconds.get("total", 0.0)


def outliers(graded: Class) -> list[Outlier]:
    """In the class's order; one student may stand there for several reasons."""
    own = list(enumerate(graded.grades))
    found = [*_totals(own), *_times(own), *_zeros(graded)]
    return sorted(found, key=lambda each: each.place)


def _totals(own: Sequence[tuple[int, Grade]]) -> list[Outlier]:
    marks = [(place, grade.total) for place, grade in own if grade.status == "graded" and grade.total is not None]
    low, _ = _fences([mark for _, mark in marks], 1.5)
    return [Outlier(p, f"{points(m)} points, far below the others") for p, m in marks if low is not None and m < low]


def _times(own: Sequence[tuple[int, Grade]]) -> list[Outlier]:
    times = [(place, cost(grade)) for place, grade in own if cost(grade) > 0]
    _, high = _fences([time for _, time in times], 3.0)
    slow = [(p, t) for p, t in times if high is not None and t > high and t > 1]
    return [Outlier(place, f"{time:.0f} s to grade, far above the others") for place, time in slow]


def _zeros(graded: Class) -> list[Outlier]:
    """No point in an item that nearly everybody has in full, though the rest is among the better half."""
    easy = _easy_items(graded)
    totals = sorted(grade.total for grade in graded.grades if grade.total is not None)
    middle = totals[len(totals) // 2] if totals else 0.0
    found = []
    for place, grade in enumerate(graded.grades):
        zero = [e.item.id for e in grade.items if e.item.id in easy and e.status == "graded" and not e.score]
        if zero and grade.total is not None and grade.total >= middle:
            found.append(Outlier(place, f"no point in {', '.join(zero)}, which nearly all have in full"))
    return found


def _easy_items(graded: Class) -> set[str]:
    scores: dict[str, list[bool]] = {}
    for grade in graded.grades:
        for entry in grade.items:
            if entry.status == "graded" and entry.score is not None and entry.item.points > 0:
                scores.setdefault(entry.item.id, []).append(entry.score >= entry.item.points)
    return {name for name, full in scores.items() if len(full) >= _FEWEST and sum(full) >= _EASY * len(full)}


_Fences = tuple[float | None, float | None]


def _fences(figures: Sequence[float], width: float) -> _Fences:
    """Tukey's fences, `width` times the middle half's spread beyond it; none for too few figures."""
    if len(figures) < _FEWEST:
        return None, None
    low, _, high = quantiles(figures, n=4)
    spread = max(high - low, _least(figures))
    return low - width * spread, high + width * spread


_least: Callable[[Sequence[float]], float] = lambda figures: 0.02 * max(map(abs, figures))  # noqa: E731
