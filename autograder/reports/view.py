"""What every format tells of one submission, found out once: of each report one content goes to all its writers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from markupsafe import Markup

from autograder.evidence import ReportFindings
from autograder.records import CellReport, ItemScore, Outcome, Report
from autograder.reports import templates
from autograder.reports.cells import CellName, cell_names, in_words
from autograder.reports.failures import Failure, failures, remarks_of
from autograder.reports.harmless import clean, cleaned, each_text
from autograder.reports.trainings import Section, sections
from autograder.reports.words import doubts_text, headline, parts_text, total_text, undecided


@dataclass(frozen=True)
class ItemContent:
    """One item. `failures`: causes first; `remarks`: failed checks that cost nothing; `others`: the checks that passed,
    do not apply or could not be judged; `undecided`: its checks were to decide and could not, or not on all of it."""

    entry: ItemScore
    failures: tuple[Failure, ...]
    remarks: tuple[Outcome, ...]
    others: tuple[Outcome, ...]
    undecided: bool

    @cached_property
    def markdown(self) -> Markup:
        """The item for its reader, as results.json and report.md have it: note, substitutes, failed checks with their
        counterexamples, then the others."""
        parts: Any = templates.markdown()[1]
        return Markup(parts.text(self))

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
    """One submission, with harmless texts only. `report`: as students may read it; `staff`: hidden checks in full.

    `total`: None where there is none; `total_text`, `parts` and `doubts`: the same in words, see words.py; `remarks`:
    each once; `cells`: those that did not load; `sections`: the trainings; `names`: how people find a cell.
    """

    report: Report
    staff: Report
    items: tuple[ItemContent, ...]
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
        report = each_text(self.report, lambda text: in_words(text, self.names))
        return self if report is self.report else _content(report, self.staff, self.names, self.items)

    def cell(self, number: int) -> str:
        """A cell's full name, as `told` has it in sentences."""
        return self.names[number].full if number in self.names else f"cell {number}"

    def brief_cell(self, number: int) -> str:
        """A cell's short name."""
        return self.names[number].brief if number in self.names else f"cell {number}"


def content_of(report: Report) -> Content:
    """All that formats tell of this report."""
    staff = cleaned(report)
    names = {n: CellName(*map(clean, (n_.brief, n_.full, n_.place))) for n, n_ in cell_names(report).items()}
    return _content(_for_students(staff), staff, names)


def _content(seen: Report, staff: Report, names: Mapping[int, CellName], known: Sequence[ItemContent] = ()) -> Content:
    """`known`: items that were told before, which are used again as far as they are the same."""
    score, before = seen.score, {id(item.entry): item for item in known}
    return Content(
        report=seen,
        staff=staff,
        items=tuple(before.get(id(entry)) or _item(entry) for entry in score.items),
        headline=headline(seen),
        total=None if seen.failure else score.total,
        total_text=total_text(score),
        parts=parts_text(score),
        doubts=doubts_text(score),
        remarks=tuple(dict.fromkeys((*seen.remarks, *score.remarks))),
        cells=tuple(cell for cell in seen.cells if cell.problems or cell.status == "failed"),
        sections=tuple(sections(seen)),
        names=names,
    )


def _item(entry: ItemScore) -> ItemContent:
    others = tuple(outcome for outcome in entry.outcomes if outcome.status not in ("failed", "error"))
    return ItemContent(entry, failures(entry), remarks_of(entry), others, undecided(entry))


def _for_students(report: Report) -> Report:
    """The report as students may read it: of a hidden check only the sentence and the verdict.

    The printed output goes too once a hidden check ran: code can print the inputs that it is given. So does what only a
    person may decide about the report: proposed points, whose reasons tell the key, and signs of broken rules.
    """
    entries = tuple(replace(entry, outcomes=_veiled(entry.outcomes)) for entry in report.score.items)
    hidden = any(outcome.visibility == "hidden" for entry in entries for outcome in entry.outcomes)
    return replace(
        report,
        score=replace(report.score, items=entries),
        output="" if hidden else report.output,
        findings=report.findings and _without_proposals(report.findings),
    )


def _without_proposals(findings: ReportFindings) -> ReportFindings:
    answers = tuple(replace(answer, proposed=None, why="") for answer in findings.answers)
    return replace(findings, printed=(), broken_rules=(), answers=answers)


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
