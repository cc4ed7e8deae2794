"""What every format tells of one submission, found out once: of each report one content goes to all its writers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from math import isfinite
from operator import attrgetter
from typing import Any

from markupsafe import Markup

from autograder.evidence import ReportFindings
from autograder.records import CellReport, ItemScore, Outcome, Report
from autograder.reports import templates
from autograder.reports.cells import CellName, cell_names, in_words
from autograder.reports.failures import Failure, failures, remarks_of
from autograder.reports.harmless import clean, cleaned, each_text, harmless_in, names_cells
from autograder.reports.trainings import Section, sections
from autograder.reports.words import doubts_text, headline, parts_text, total_text, undecided

# All fields of an outcome but its seconds, in their order; what differs between two hand-ins is mostly those alone.
_SAID = attrgetter(*(field for field in Outcome.__dataclass_fields__ if field != "seconds"))


@dataclass(frozen=True, eq=False)
class ItemContent:
    """One item, without its checks' seconds: in a class, one object stands for all hand-ins of which it says the same.

    `entry`: as students may read it; `staff`: hidden checks in full. `failures`: causes first; `remarks`: failed checks
    that cost nothing; `others`: the checks that passed, do not apply or could not be judged; `undecided`: its checks
    were to decide and could not, or not on all of it; `cells`: whether any text may name a cell.
    """

    entry: ItemScore
    staff: ItemScore
    failures: tuple[Failure, ...]
    remarks: tuple[Outcome, ...]
    others: tuple[Outcome, ...]
    undecided: bool
    cells: bool

    @cached_property
    def markdown(self) -> Markup:
        """The item for its reader, as results.json and report.md have it: note, substitutes, failed checks with their
        counterexamples, then the others."""
        parts: Any = templates.markdown()[1]
        return Markup(parts.text(self))

    @cached_property
    def hidden(self) -> bool:
        """Whether it has hidden checks."""
        return any(outcome.visibility == "hidden" for outcome in self.entry.outcomes)

    @property
    def failing(self) -> bool:
        """Whether there is something to look at: not in an item that a person gave its full points all the same."""
        if self.entry.marked and (self.entry.score or 0.0) >= self.entry.item.points:
            return False
        return self.entry.status == "error" or bool(self.failures)

    @property
    def is_row(self) -> bool:
        """Whether it stands among the graded items: there were checks to decide on it, or a person did."""
        return self.entry.status != "pending" or self.undecided

    @property
    def lost(self) -> float:
        """The points that the item lacks."""
        return max(0.0, self.entry.item.points - self.entry.score) if self.entry.score is not None else 0.0

    @property
    def note(self) -> str:
        """The item's note, unless one of its failures says the same."""
        gates = [failure.outcome.sentence for failure in self.failures if failure.outcome.required]
        return "" if any(self.entry.note.endswith(f": {gate}") for gate in gates) else self.entry.note


@dataclass(frozen=True)
class Content:
    """One submission, with harmless texts only. `report`: as students may read it; `staff`: hidden checks in full;
    `seconds`: of each item's checks, which `items`, and those of the two reports, are without.

    `total`: None where there is none; `total_text`, `parts` and `doubts`: the same in words, see words.py; `remarks`:
    each once; `cells`: those that did not load; `sections`: the trainings; `names`: how people find a cell.
    """

    report: Report
    staff: Report
    items: tuple[ItemContent, ...]
    seconds: tuple[tuple[float, ...], ...]
    headline: str
    total: float | None
    total_text: str
    parts: str
    doubts: str
    remarks: tuple[str, ...]
    cells: tuple[CellReport, ...]
    sections: tuple[Section, ...]
    names: Mapping[int, CellName]

    @property
    def stopped(self) -> bool:
        """Whether something ended the grading, the submission's fault or not."""
        return bool(self.report.problem or self.report.failure)

    @cached_property
    def told(self) -> Content:
        """The same for people: cells are named as an editor shows them. results.json keeps the program's names."""

        def change(text: str) -> str:
            return in_words(text, self.names)

        items = tuple(
            _item(each_text(item.entry, change), item.staff, cells=True) if item.cells else item for item in self.items
        )
        report = _with_items(each_text(_with_items(self.report, ()), change), (item.entry for item in items))
        return replace(self, report=report, items=items, **_sentences(report))

    def cell(self, number: int) -> str:
        """A cell's full name, as `told` has it in sentences."""
        return self.names[number].full if number in self.names else f"cell {number}"

    def brief_cell(self, number: int) -> str:
        """A cell's short name."""
        return self.names[number].brief if number in self.names else f"cell {number}"


def content_of(report: Report) -> Content:
    """All that formats tell of this report."""
    items = tuple(_item_of(entry, report.places) for entry in report.score.items)
    seconds = tuple(
        tuple(o.seconds if isfinite(o.seconds) else 0.0 for o in entry.outcomes) for entry in report.score.items
    )
    staff = _with_items(cleaned(_with_items(report, ())), (item.staff for item in items))
    names = {n: CellName(*map(clean, (n_.brief, n_.full, n_.place))) for n, n_ in cell_names(report).items()}
    seen = _for_students(staff, items)
    return Content(
        report=seen,
        staff=staff,
        items=items,
        seconds=seconds,
        headline=headline(seen),
        total=None if seen.failure else seen.score.total,
        total_text=total_text(seen.score),
        parts=parts_text(seen.score),
        doubts=doubts_text(seen.score),
        names=names,
        **_sentences(seen),
    )


def _with_items(report: Report, entries: Iterable[ItemScore]) -> Report:
    return replace(report, score=replace(report.score, items=tuple(entries)))


def _sentences(report: Report) -> dict[str, Any]:
    """Of a content, what has sentences of the report, in which cells are named."""
    return {
        "remarks": tuple(dict.fromkeys((*report.remarks, *report.score.remarks))),
        "cells": tuple(cell for cell in report.cells if cell.problems or cell.status == "failed"),
        "sections": tuple(sections(report)),
    }


# ---- items -----------------------------------------------------------------------------------------------------------
def _item_of(entry: ItemScore, places: Mapping[int, str]) -> ItemContent:
    """What is told of an item. Where a text names a cell, that is the hand-in's own; all else is told once."""
    known = _known(*_parts(entry))
    if not (places and known.cells):
        return known
    staff = each_text(_timeless(*_parts(entry)), harmless_in(places))
    return _item(_veiled_item(staff), staff, cells=True)


_Parts = tuple[Any, str, float | None, tuple[str, ...], str, bool, tuple[tuple[Any, ...], ...]]


def _parts(entry: ItemScore) -> _Parts:
    """All of an item but its checks' seconds, as plain values that are quickly compared."""
    said = tuple(map(_SAID, entry.outcomes))
    return entry.item, entry.status, entry.score, entry.substitutes, entry.note, entry.marked, said


@lru_cache(4000, typed=True)
def _known(*parts: Any) -> ItemContent:
    entry = _timeless(*parts)
    staff = each_text(entry, clean)
    return _item(_veiled_item(staff), staff, cells=names_cells(entry))


def _timeless(
    item: Any, status: Any, score: float | None, substitutes: tuple[str, ...], note: str, marked: bool, said: Any
) -> ItemScore:
    names = [name for name in Outcome.__dataclass_fields__ if name != "seconds"]
    outcomes = tuple(Outcome(**dict(zip(names, own, strict=True))) for own in said)
    return ItemScore(item, status, score, outcomes, substitutes, note, marked)


def _item(entry: ItemScore, staff: ItemScore, *, cells: bool) -> ItemContent:
    others = tuple(outcome for outcome in entry.outcomes if outcome.status not in ("failed", "error"))
    return ItemContent(entry, staff, failures(entry), remarks_of(entry), others, undecided(entry), cells)


# ---- for students ----------------------------------------------------------------------------------------------------
def _for_students(report: Report, items: Sequence[ItemContent]) -> Report:
    """The report as students may read it: of a hidden check only the sentence and the verdict.

    The printed output goes too once a hidden check ran: code can print the inputs that it is given. So does what only a
    person may decide about the report: proposed points, whose reasons tell the key, and signs of broken rules.
    """
    hidden = any(item.hidden for item in items)
    return replace(
        _with_items(report, (item.entry for item in items)),
        output="" if hidden else report.output,
        findings=report.findings and _without_proposals(report.findings),
    )


def _without_proposals(findings: ReportFindings) -> ReportFindings:
    answers = tuple(replace(answer, proposed=None, why="") for answer in findings.answers)
    return replace(findings, printed=(), broken_rules=(), answers=answers)


def _veiled_item(entry: ItemScore) -> ItemScore:
    return replace(entry, outcomes=_veiled(entry.outcomes))


def _veiled(outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """An item's outcomes, the hidden ones without all that the public ones don't say word for word."""
    public = [outcome for outcome in outcomes if outcome.visibility == "public" and outcome.status == "failed"]
    messages, origins = ({getattr(outcome, name) for outcome in public} for name in ("message", "origin"))
    return tuple(_veil(outcome, messages, origins) for outcome in outcomes)


def _veil(outcome: Outcome, messages: Collection[str], origins: Collection[str]) -> Outcome:
    if outcome.visibility == "public":
        return outcome
    alike = outcome.status == "failed"
    message = outcome.message if alike and outcome.message in messages else ""
    origin = outcome.origin if alike and outcome.origin in origins else ""
    return replace(outcome, message=message, counterexample=None, origin=origin)
