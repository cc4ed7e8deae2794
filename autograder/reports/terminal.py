"""The report on a terminal: a table of items and, below it, what went wrong. For staff and for a student's own run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from autograder.records import ItemScore, Report
from autograder.reports.brief import excused, notebook_lines, pending
from autograder.reports.failures import Failure, alike, counterexample_text, explanation
from autograder.reports.view import ItemContent, content_of
from autograder.reports.words import lost, points

if TYPE_CHECKING:  # rich is slow to import, and most runs of the judge print nothing
    from rich.console import Console, OverflowMethod
    from rich.table import Table

_METER = 12
_NARROW = 60  # columns; below there is no room for meters
_STYLES = {"graded": "", "pending": "dim", "error": "bold magenta", "excused": "dim"}


def show(report: Report, console: Console | None = None) -> None:
    """Print the report. Every text goes in as plain text: rich never parses a student's brackets as markup."""
    from rich.console import Console

    console = console or Console(highlight=False)
    content = content_of(report).told
    report, entries = content.report, content.report.score.items
    _line(console, f"{report.submission} ({report.title})", "bold")
    if any(entry.status != "pending" for entry in entries):
        console.print(_table(console, entries))
    waiting = pending(entries)
    if waiting and not content.stopped:
        _line(console, f"Still to be marked: {waiting}", "dim")
    for reason in excused(entries):
        _line(console, f"Excused: {reason}", "dim")
    _show_failures(console, content.items)
    for item in content.items:
        _show_remarks(console, item, undecided=item.undecided and not content.stopped)
    for cell in content.cells:
        name = content.cell(cell.number)
        for problem in cell.problems:
            _line(console, f"{name[0].upper()}{name[1:]}, line {problem.line}: {problem.error}", "yellow")
    for text, style in notebook_lines(content):
        _line(console, text, style)
    for deduction in report.score.deductions:
        _line(console, f"{lost(deduction)}: {deduction.sentence}", "yellow")
    for sentence in (*content.remarks, report.problem, report.failure):
        if sentence:
            _line(console, sentence, "yellow")
    if report.rubric:
        _line(console, f"Rubric of the course: {report.rubric}", "dim")
    if not content.stopped:
        _line(console, content.parts, "dim")
    _line(console, content.headline, "bold")


def _table(console: Console, entries: Sequence[ItemScore]) -> Table:
    """One row per item that is not pending; where the room is short the titles give way, never the points."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    ascii_only, meters = console.options.ascii_only, console.width >= _NARROW
    table = Table(box=None if ascii_only else box.SIMPLE_HEAD, pad_edge=False)
    cut: OverflowMethod = "crop" if ascii_only else "ellipsis"
    table.add_column("item", no_wrap=True, overflow=cut)
    table.add_column("", ratio=1, overflow=cut)  # rich narrows columns that may wrap before others
    if meters:
        table.add_column("", width=_METER, no_wrap=True, overflow=cut)
    table.add_column("points", justify="right", no_wrap=True, overflow=cut)
    for entry in entries:
        if entry.status == "pending":
            continue
        item, style = entry.item, _STYLES[entry.status]
        right = f"{points(entry.score)} / {points(item.points)}" if entry.status == "graded" else entry.status
        title = f"{item.title} (bonus)" if item.bonus else item.title
        cells = (item.id, title, *([_meter(entry, ascii_only)] if meters else []), right)
        table.add_row(*(Text(_encodable(console, cell), style=style, no_wrap=True, overflow=cut) for cell in cells))
    return table


def _meter(entry: ItemScore, ascii_only: bool) -> str:
    if entry.score is None:
        return ""
    full = round(_METER * entry.score / entry.item.points)
    return "#" * full + "." * (_METER - full) if ascii_only else "█" * full + "░" * (_METER - full)


def _show_failures(console: Console, items: Sequence[ItemContent]) -> None:
    """What a person decided against the checks, then what the checks found in the other items."""
    judged = [item for item in items if not item.entry.marked]
    for entry in (item.entry for item in items if item.entry.marked):
        _line(console, f"{entry.item.id}: {entry.note}", "yellow")
    built_on = {item.entry.item.id: item.entry.substitutes for item in judged if item.entry.substitutes}
    for group in alike(failure for item in judged for failure in item.failures):
        for name in (failure.outcome.item for failure in group):
            names = built_on.pop(name, ())  # said once, at the item's first failure
            if names:
                _line(console, f"{name}: judged on top of the reference's {', '.join(names)}", "dim")
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
    details = [explanation(outcome), counterexample_text(example), first.others and f"{first.others}."]
    for line in "\n".join(details).splitlines():
        if line.strip():
            _line(console, line, indent=4)


def _show_remarks(console: Console, item: ItemContent, *, undecided: bool) -> None:
    """Why a person has to decide, and the remarks of the checks."""
    name = item.entry.item.id
    if undecided:
        _line(console, f"{name}: {item.entry.note}", "yellow")
    for outcome in item.remarks:
        _line(console, f"{name}, a remark, which costs nothing: {outcome.sentence}", "dim")
        for line in explanation(outcome).splitlines():
            _line(console, line, "dim", indent=4)


def _line(console: Console, text: str, style: str = "", indent: int = 0) -> None:
    from rich.padding import Padding
    from rich.text import Text

    text = _encodable(console, text)
    console.print(Padding(Text(text, style=style, overflow="fold"), (0, 0, 0, indent), expand=False))


def _encodable(console: Console, text: str) -> str:
    """The text in letters that this terminal has; others become escapes instead of a crash."""
    if console.options.ascii_only:
        text = text.replace("–", "-").replace("…", "...")
    return text.encode(console.encoding, "backslashreplace").decode(console.encoding)
