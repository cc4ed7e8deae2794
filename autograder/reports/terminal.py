"""The report on a terminal: a table of items and, below it, what went wrong. For staff and for a student's own run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from autograder.records import ItemScore, Report
from autograder.reports.failures import Failure, alike, explanation, remarked
from autograder.reports.markdown import counterexample_text
from autograder.reports.short import excused, pending, whole_notebook
from autograder.reports.view import (
    cell_name,
    each_text,
    headline,
    parts_text,
    points,
    remarks,
    staff_view,
    student_view,
    undecided,
)

if TYPE_CHECKING:  # rich is slow to import, and most runs of the judge print nothing
    from rich.console import Console, OverflowMethod
    from rich.table import Table

_BAR = 12
_NARROW = 60  # columns; below there is no room for bars
_STYLES = {"graded": "", "pending": "dim", "error": "bold magenta", "excused": "dim"}


def show(report: Report, console: Console | None = None) -> None:
    """Print the report. Every text goes in as plain text: rich never parses a student's brackets as markup."""
    from rich.console import Console

    console = console or Console(highlight=False)
    seen = replace(student_view(report), findings=staff_view(report).findings)  # whoever grades may read signs
    report = _encodable(seen, console.encoding)
    _line(console, f"{report.submission} ({report.title})", "bold")
    if any(entry.status != "pending" for entry in report.score.items):
        bars = console.width >= _NARROW
        console.print(_table(report, ascii_only=console.options.ascii_only, bars=bars))
    waiting = pending(report.score.items)
    if waiting and not report.problem and not report.failure:
        _line(console, f"Still to be marked: {waiting}", "dim")
    for reason in excused(report.score.items):
        _line(console, f"Excused: {reason}", "dim")
    _show_failures(console, report.score.items)
    for entry in report.score.items:
        if undecided(entry) and not report.problem and not report.failure:
            _line(console, f"{entry.item.id}: {entry.note}", "yellow")
        for outcome in remarked(entry):
            _line(console, f"{entry.item.id}, a remark, which costs nothing: {outcome.sentence}", "dim")
            for line in explanation(outcome).splitlines():
                _line(console, line, "dim", indent=4)
    for cell in report.cells:
        for problem in cell.problems:
            _line(console, f"C{cell_name(report, cell.number)[1:]}, line {problem.line}: {problem.error}", "yellow")
    for text, style in whole_notebook(report):
        _line(console, text, style)
    for sentence in (*remarks(report), report.problem, report.failure):
        if sentence:
            _line(console, sentence, "yellow")
    if report.rubric:
        _line(console, f"Rubric of the course: {report.rubric}", "dim")
    if not report.problem and not report.failure:
        _line(console, parts_text(report.score), "dim")
    _line(console, headline(report), "bold")


def _table(report: Report, *, ascii_only: bool, bars: bool) -> Table:
    """One row per item that is not pending; where the room is short the titles give way, never the points."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None if ascii_only else box.SIMPLE_HEAD, pad_edge=False)
    cut: OverflowMethod = "crop" if ascii_only else "ellipsis"
    table.add_column("item", no_wrap=True, overflow=cut)
    table.add_column("", ratio=1, overflow=cut)  # rich narrows columns that may wrap before others
    if bars:
        table.add_column("", width=_BAR, no_wrap=True, overflow=cut)
    table.add_column("points", justify="right", no_wrap=True, overflow=cut)
    for entry in report.score.items:
        if entry.status == "pending":
            continue
        item, style = entry.item, _STYLES[entry.status]
        right = f"{points(entry.score)} / {points(item.points)}" if entry.status == "graded" else entry.status
        title = f"{item.title} (bonus)" if item.bonus else item.title
        cells = (item.id, title, *([_bar(entry, ascii_only)] if bars else []), right)
        table.add_row(*(Text(cell, style=style, no_wrap=True, overflow=cut) for cell in cells))
    return table


def _bar(entry: ItemScore, ascii_only: bool) -> str:
    if entry.score is None:
        return ""
    full = round(_BAR * entry.score / entry.item.points)
    return "#" * full + "." * (_BAR - full) if ascii_only else "█" * full + "░" * (_BAR - full)


def _show_failures(console: Console, entries: Sequence[ItemScore]) -> None:
    """What a person decided against the checks, then what the checks found in the other items."""
    for entry in entries:
        if entry.marked:
            _line(console, f"{entry.item.id}: {entry.note}", "yellow")
    judged = [entry for entry in entries if not entry.marked]
    built_on = {entry.item.id: entry.substitutes for entry in judged if entry.substitutes}
    for group in alike(judged):
        for item in (failure.outcome.item for failure in group):
            names = built_on.pop(item, ())  # said once, at the item's first failure
            if names:
                _line(console, f"{item}: judged on top of the reference's {', '.join(names)}", "dim")
        _show_alike(console, group)


def _show_alike(console: Console, group: Sequence[Failure]) -> None:
    """One failure, or those of several items that differ only in what was expected."""
    first = group[0]
    outcome, example = first.outcome, first.outcome.counterexample
    fault = " [the grader itself failed]" if outcome.status == "error" else ""
    secret = " [hidden check]" if outcome.visibility == "hidden" else ""
    items = ", ".join(failure.outcome.item for failure in group)
    _line(console, f"{items}: {outcome.sentence}{secret}{fault}", "magenta" if fault else "red")
    expected = {f.outcome.item: f.outcome.counterexample.expected for f in group if f.outcome.counterexample}
    if example is not None and len(set(expected.values())) > 1:
        example = replace(example, expected="\n".join(f"{text} ({item})" for item, text in expected.items()))
    details = [first.explanation, counterexample_text(example) if example else "", first.others and f"{first.others}."]
    for line in "\n".join(details).splitlines():
        if line.strip():
            _line(console, line, indent=4)


def _line(console: Console, text: str, style: str = "", indent: int = 0) -> None:
    from rich.padding import Padding
    from rich.text import Text

    if console.options.ascii_only:
        text = text.replace("–", "-").replace("…", "...")
    console.print(Padding(Text(text, style=style, overflow="fold"), (0, 0, 0, indent), expand=False))


def _encodable(report: Report, encoding: str) -> Report:
    """The report in letters that this terminal has; others become escapes instead of a crash."""
    return each_text(report, lambda text: text.encode(encoding, "backslashreplace").decode(encoding))
