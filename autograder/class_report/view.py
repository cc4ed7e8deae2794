"""What the class page prints, made from the grades: rows, counts and lists, all of them bounded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import quote

from autograder.class_report.charts import Chart, items, times, totals
from autograder.class_report.checks import Property, failing
from autograder.class_report.outliers import Outlier, cost, outliers
from autograder.grades import Class, Grade, Pair

MOST_LINKS = 60  # students named at one property
MOST_NAMED = 200  # students in one list
MOST_SECTIONS = 100
REPORT = "report.html"


@dataclass(frozen=True)
class Row:
    """One student's line of the table. `failed`: the numbers of the properties failed; `lost`: items without all
    their points; `href`: of the own report, empty where there is none; `state`: status, or `waiting`."""

    place: int
    grade: Grade
    state: str
    lost: tuple[str, ...]
    failed: tuple[int, ...]
    seconds: float
    href: str

    @property
    def name(self) -> str:
        """Never empty: the person's name, else the id."""
        return self.grade.person.name.strip() or self.grade.person.id

    @property
    def id(self) -> str:
        """Of the row in the page."""
        return f"s{self.place}"


@dataclass(frozen=True)
class Side:
    """One side of a pair: its name, and the row of its first owner where it is a hand-in of the class."""

    name: str
    row: Row | None


@dataclass(frozen=True)
class Alike:
    """A pair with its page's link, if it has one."""

    pair: Pair
    left: Side
    right: Side
    href: str


@dataclass(frozen=True)
class Waiting:
    """What a person has to do, and for whom."""

    what: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Time:
    """One step's seconds over the class."""

    step: str
    median: float
    high: float
    most: float
    total: float


@dataclass(frozen=True)
class View:
    """All that the page shows."""

    graded: Class
    rows: tuple[Row, ...]
    states: tuple[tuple[str, int], ...]
    sections: tuple[str, ...]
    median: float | None
    totals: Chart | None
    items: tuple[Chart, ...]
    properties: tuple[Property, ...]
    waiting: tuple[Waiting, ...]
    outliers: tuple[Outlier, ...]
    times: tuple[Time, ...]
    time_chart: Chart | None
    alike: tuple[Alike, ...]


def view(graded: Class, pairs: Sequence[Pair], pages: Sequence[str], base: Path | None) -> View:
    """Look at the class once from each side."""
    properties = failing(graded.grades)
    failed = _failed(properties)
    rows = tuple(_row(place, grade, failed.get(place, ()), base) for place, grade in enumerate(graded.grades))
    marks = [grade.total for grade in graded.grades if grade.total is not None]
    sections = sorted({grade.person.section for grade in graded.grades if grade.person.section})
    return View(
        graded=graded,
        rows=rows,
        states=tuple(Counter(row.state for row in rows).most_common()),
        sections=tuple(sections[:MOST_SECTIONS]),
        median=median(marks) if marks else None,
        totals=totals(graded),
        items=tuple(items(graded)),
        properties=tuple(properties),
        waiting=tuple(_waiting(graded, rows)),
        outliers=tuple(outliers(graded)),
        times=tuple(_times(graded)),
        time_chart=times([seconds for row in rows if (seconds := row.seconds) > 0]),
        alike=tuple(_alike(pairs, pages, rows)),
    )


def _failed(properties: Sequence[Property]) -> Mapping[int, tuple[int, ...]]:
    found: dict[int, list[int]] = {}
    for number, each in enumerate(properties):
        for place in each.hit:
            found.setdefault(place, []).append(number)
    return {place: tuple(numbers) for place, numbers in found.items()}


def _row(place: int, grade: Grade, failed: tuple[int, ...], base: Path | None) -> Row:
    lost = tuple(
        e.item.id for e in grade.items if e.status == "graded" and not e.item.bonus and (e.score or 0) < e.item.points
    )
    waits = grade.status == "graded" and grade.pending
    return Row(place, grade, "waiting" if waits else grade.status, lost, failed, cost(grade), _href(grade, base))


def _href(grade: Grade, base: Path | None) -> str:
    """Of the student's report beside or below the page; nothing leads out of that folder."""
    if base is None or grade.folder is None or not grade.folder.is_relative_to(base):
        return ""
    parts = [*grade.folder.relative_to(base).parts, REPORT]
    return "" if ".." in parts else quote("./" + "/".join(parts), errors="replace")


# ---- who waits -------------------------------------------------------------------------------------------------------
_DECIDE = {
    "failed": "The grader failed: grade again, or find out why",
    "refused": "Nothing could be graded: read the hand-in, or ask for another",
}


def _waiting(graded: Class, rows: Sequence[Row]) -> list[Waiting]:
    found = [Waiting(what, tuple(r for r in rows if r.grade.status == status)) for status, what in _DECIDE.items()]
    broken = [r for r in rows if r.grade.status == "graded" and any(e.status == "error" for e in r.grade.items)]
    found.append(Waiting("The grader failed in an item", tuple(broken)))
    pending: dict[str, list[Row]] = {}
    for row in rows:
        for name in row.grade.pending if row.grade.status == "graded" else ():
            pending.setdefault(name, []).append(row)
    titles = {item.id: item.title for item in graded.items}
    found += [Waiting(f"{name} · {titles.get(name, '')}".rstrip(" ·"), tuple(own)) for name, own in pending.items()]
    return [each for each in found if each.rows]


# ---- time ------------------------------------------------------------------------------------------------------------
def _times(graded: Class) -> list[Time]:
    steps: dict[str, list[float]] = {}
    for grade in graded.grades:
        for step, seconds in grade.seconds.items():
            steps.setdefault(step, []).append(seconds)
    return [_time(step, seconds) for step, seconds in list(steps.items())[:40]]


def _time(step: str, seconds: Sequence[float]) -> Time:
    high = quantiles(seconds, n=20)[-1] if len(seconds) > 1 else seconds[0]
    return Time(step, median(seconds), min(high, max(seconds)), max(seconds), sum(seconds))


# ---- pairs -----------------------------------------------------------------------------------------------------------
def _alike(pairs: Sequence[Pair], pages: Sequence[str], rows: Sequence[Row]) -> list[Alike]:
    owners: dict[str, Row] = {}
    for row in rows:
        if row.grade.hand_in is not None:
            owners.setdefault(row.grade.hand_in.name, row)
    return [
        Alike(
            pair,
            Side(pair.left, owners.get(pair.left)),
            Side(pair.right, None if pair.against else owners.get(pair.right)),
            quote("./" + pages[number], errors="replace") if number < len(pages) else "",
        )
        for number, pair in enumerate(pairs)
    ]
