"""report.md: the report for reading in a repository, a mail or an issue; and the texts inside results.json."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from autograder.records import Counterexample, ItemScore, Outcome, Report
from autograder.reports import markdown_whole
from autograder.reports.failures import Failure, explanation, failures, needs_words, remarked
from autograder.reports.markdown_text import code, escape, prose, restriction
from autograder.reports.view import (
    WORDS,
    cell_name,
    headline,
    not_failed,
    parts_text,
    points,
    remarks,
    student_view,
    undecided,
    write_text,
)

NAME = "report.md"

_MARKS = {"passed": "✓", "failed": "✗", "error": "!", "skipped": "–", "unjudged": "?", "pending": "?"}


def write(report: Report, folder: Path) -> None:
    """Write `report.md`.

    Raises:
        OSError: the folder can't be written.
    """
    write_text(folder / NAME, render(report))


def render(report: Report) -> str:
    """The whole report as Markdown."""
    report = student_view(report)
    graded = f" ({code(report.notebook)})" if report.notebook else ""
    parts = [f"# {escape(report.title)}", f"Submission: {code(report.submission)}{graded}"]
    parts.append(summary(report))
    if not report.failure:
        parts.append(_table([e for e in report.score.items if not report.problem or e.status != "pending"]))
    for entry in report.score.items:
        if needs_words(entry) or undecided(entry) or remarked(entry):
            parts += [f"## {escape(entry.item.id)} {escape(entry.item.title)}", item_text(entry)]
    parts += markdown_whole.parts(report)
    if report.cells:
        parts.append(_cells(report))
    if report.output:
        parts += ["## What the code printed", restriction(report.output)]
    return "\n\n".join(part for part in [*parts, _facts(report)] if part) + "\n"


def summary(report: Report) -> str:
    """Total, what stopped the grading, and remarks. Expects a view."""
    parts = [f"**{escape(headline(report))}**"]
    if report.score.parts and not report.problem and not report.failure:
        parts.append(escape(parts_text(report.score)))
    parts += [prose(sentence) for sentence in (report.problem, report.failure) if sentence]
    if remarks(report):
        parts.append("\n".join(f"- {prose(remark)}" for remark in remarks(report)))
    return "\n\n".join(parts)


def item_text(entry: ItemScore) -> str:
    """One item for its reader: note, substitutes, failed checks with their counterexamples, then the others."""
    parts = [prose(entry.note)] if entry.note else []
    if entry.substitutes:
        names = ", ".join(code(name) for name in entry.substitutes)
        parts.append(f"Judged on top of the reference's {names}, since the submission's own did not work.")
    parts += [_failure(failure) for failure in failures(entry)]
    if remarked(entry):
        parts.append("\n\n".join(["Remarks, which cost nothing:", *map(_remark, remarked(entry))]))
    if not_failed(entry):
        parts.append("\n".join(map(_check, not_failed(entry))))
    return "\n\n".join(parts)


def counterexample_text(example: Counterexample) -> str:
    """The three lines that show a failure."""
    rows = (("call", example.call), ("came back", example.got), ("expected", example.expected))
    return "\n".join(f"{name + ':':<11}" + text.replace("\n", "\n" + " " * 11) for name, text in rows if text)


def _check(outcome: Outcome) -> str:
    """A line of a list; why a check does not apply is told with it."""
    words = WORDS.get(outcome.status, "")
    why = f" ({': '.join(filter(None, (words, prose(outcome.message))))})" if words else ""
    return f"- {_MARKS[outcome.status]} {prose(outcome.sentence)}{why}"


def _remark(outcome: Outcome) -> str:
    """A check of weight 0 that failed."""
    example = counterexample_text(outcome.counterexample) if outcome.counterexample is not None else ""
    texts = [text for text in (explanation(outcome), example) if text]
    return "\n\n".join([f"○ {prose(outcome.sentence)}", *([restriction("\n".join(texts))] if texts else [])])


def _failure(failure: Failure) -> str:
    """The check, why it failed, and then the call that shows it."""
    outcome = failure.outcome
    blame = " (the grader itself failed on this check)" if outcome.status == "error" else ""
    secret = " (hidden check)" if outcome.visibility == "hidden" else ""
    parts = [f"**{_MARKS[outcome.status]} {prose(outcome.sentence)}**{secret}{blame}"]
    example = counterexample_text(outcome.counterexample) if outcome.counterexample is not None else ""
    if failure.explanation or example:
        parts.append(restriction("\n".join(text for text in (failure.explanation, example) if text)))
    if failure.same:
        parts.append("\n".join([f"{failure.others}:\n", *map(_check, failure.same)]))
    return "\n\n".join(parts)


def _table(entries: Sequence[ItemScore]) -> str:
    """One row per item; nothing without items."""
    lines = ["| item | | score | of | note |", "|---|---|--:|--:|---|"] if entries else []
    for entry in entries:
        item, bonus = entry.item, " (bonus)" if entry.item.bonus else ""
        below = needs_words(entry) or undecided(entry)  # in a section of its own
        notes = {"graded": "" if below else prose(entry.note), "excused": f"excused: {prose(entry.note)}"}
        note = "waits for a person" if entry.status == "pending" and below else notes.get(entry.status, entry.status)
        score = points(entry.score)
        lines.append(f"| {escape(item.id)} | {escape(item.title)}{bonus} | {score} | {points(item.points)} | {note} |")
    return "\n".join(lines)


def _cells(report: Report) -> str:
    lines = []
    for cell in report.cells:
        name = escape(cell_name(report, cell.number))
        for problem in cell.problems:
            lines.append(f"- {name}, line {problem.line}: {code(problem.statement)}: {code(problem.error)}")
        if cell.status == "failed" and not cell.problems:
            lines.append(f"- {name}: nothing of it could be read")
    return "\n".join(["## Cells that did not load\n", *lines]) if lines else ""


def _facts(report: Report) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    seconds = ", ".join(f"{name} {value:.1f} s" for name, value in report.seconds.items())
    facts = (
        ("Isolation", f"tier {report.tier_number}, {report.tier}"),
        ("Versions", versions),
        ("Rubric of the course", report.rubric),
        ("Seed", report.seed),
        ("Times", seconds),
        ("Started", report.started),
    )
    return "\n".join(["## About this run\n", *(f"- {name}: {escape(text)}" for name, text in facts if text)])
