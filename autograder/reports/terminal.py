"""The report on a terminal: a table of items and, below it, what went wrong. For staff and for a student's own run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from autograder.records import ItemScore, Outcome, Report
from autograder.reports.markdown import counterexample_text
from autograder.reports.short import pending, whole_notebook
from autograder.reports.view import (
    SAME,
    each_text,
    headline,
    parts_text,
    points,
    remarks,
    staff_view,
    student_view,
    with_status,
)

if TYPE_CHECKING:  # rich is slow to import, and most runs of the judge print nothing
    from rich.console import Console, OverflowMethod
    from rich.table import Table

_BAR = 12
_STYLES = {"graded": "", "pending": "dim", "error": "bold magenta", "excused": "dim"}


def show(report: Report, console: Console | None = None) -> None:
    """Print the report. Every text goes in as plain text: rich never parses a student's brackets as markup."""
    from rich.console import Console

    console = console or Console(highlight=False)
    seen = replace(student_view(report), findings=staff_view(report).findings)  # whoever grades may read signs
    report = _encodable(seen, console.encoding)
    _line(console, f"{report.title}: {report.submission}", "bold")
    if any(entry.status != "pending" for entry in report.score.items):
        console.print(_table(report, ascii_only=console.options.ascii_only))
    waiting = pending(report.score.items)
    if waiting and not report.problem and not report.failure:
        _line(console, f"Still to be marked: {waiting}", "dim")
    for entry in report.score.items:
        _show_failures(console, entry)
    for cell in report.cells:
        for problem in cell.problems:
            _line(console, f"Cell {cell.number}, line {problem.line}: {problem.error}", "yellow")
    for text, style in whole_notebook(report):
        _line(console, text, style)
    for sentence in (*remarks(report), report.problem, report.failure):
        if sentence:
            _line(console, sentence, "yellow")
    if not report.problem and not report.failure:
        _line(console, parts_text(report.score), "dim")
    _line(console, headline(report), "bold")


def _table(report: Report, *, ascii_only: bool) -> Table:
    """One row per item that is not pending."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None if ascii_only else box.SIMPLE_HEAD, pad_edge=False)
    cut: OverflowMethod = "crop" if ascii_only else "ellipsis"
    table.add_column("item", no_wrap=True, overflow=cut)
    table.add_column("", ratio=1, no_wrap=True, overflow=cut)
    table.add_column("", width=_BAR, no_wrap=True, overflow=cut)
    table.add_column("points", justify="right", no_wrap=True, overflow=cut)
    for entry in report.score.items:
        if entry.status == "pending":
            continue
        item, style = entry.item, _STYLES[entry.status]
        right = f"{points(entry.score)} / {points(item.points)}" if entry.status == "graded" else entry.status
        title = f"{item.title} (bonus)" if item.bonus else item.title
        cells = (item.id, title, _bar(entry, ascii_only), right)
        table.add_row(*(Text(cell, style=style) for cell in cells))
    return table


def _bar(entry: ItemScore, ascii_only: bool) -> str:
    if entry.score is None:
        return ""
    full = round(_BAR * entry.score / entry.item.points)
    return "#" * full + "." * (_BAR - full) if ascii_only else "█" * full + "░" * (_BAR - full)


def _show_failures(console: Console, entry: ItemScore) -> None:
    failures = with_status(entry, "failed", "error")
    if failures and entry.substitutes:
        _line(console, f"{entry.item.id}: judged on top of the reference's {', '.join(entry.substitutes)}", "dim")
    for outcome in failures:
        if outcome.message != SAME:
            _show_failure(console, outcome)
    same = sum(outcome.message == SAME for outcome in failures)
    if same:
        _line(console, f"{entry.item.id}: the same happened in {same} more checks.", "red")


def _show_failure(console: Console, outcome: Outcome) -> None:
    fault = " [the grader itself failed]" if outcome.status == "error" else ""
    _line(console, f"{outcome.item}: {outcome.sentence}{fault}", "magenta" if fault else "red")
    example = outcome.counterexample
    told = example is not None and outcome.message == example.got
    details = "" if told else outcome.message
    details += "\n" + counterexample_text(example) if example else ""
    for line in details.strip().splitlines():
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
