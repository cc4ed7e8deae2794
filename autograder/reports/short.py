"""Much in few lines, for a terminal: the items still to be marked, and what a whole notebook showed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from autograder.evidence import Evidence
from autograder.records import ItemScore, Report
from autograder.reports.trainings import STANDINGS, breaches, cut, percent, run_summary, sections, trouble

LINES = 10  # of one kind


def pending(entries: Sequence[ItemScore]) -> str:
    """`tf.1–10; lab1.f: answer; lab2.a–g: runs, bar, answer`: neighbours that wait for the same stand together."""
    waiting: dict[str, list[str]] = {}
    for entry in entries:
        base, leaf = _split(entry.item.id)
        waiting.setdefault(base, []).extend([leaf] if entry.status == "pending" else [])
    told: list[str] = []
    for leaves, run in groupby(waiting.items(), key=lambda pair: (_split_last(pair[0])[0], pair[1])):
        bases = [base for base, _ in run]
        if leaves[1]:
            words = ", ".join(leaf for leaf in leaves[1] if leaf)
            told.append(f"{_range(bases)}: {words}" if words else _range(bases))
    return "; ".join(told)


def whole_notebook(report: Report) -> list[tuple[str, str]]:
    """Lines with their styles: run, trainings by part, the judge's verdicts, broken rules, the PDF. Expects a view."""
    lines: list[tuple[str, str]] = []
    if report.execution:
        run = report.execution
        lines.append((f"Run: {run_summary(run)}", ""))
        lines += [(_brief(run.problem), "yellow")] if run.problem else []
        broken = [
            f"Cell {c.number} {f'({_brief(c.heading)}) ' if c.heading else ''}{c.status}" for c in trouble(run.cells)
        ]
        errors = [f": {_brief(c.error)}" if c.error else "" for c in trouble(run.cells)]
        lines += _some([f"{place}{error}" for place, error in zip(broken, errors, strict=True)], "yellow", "cells")
    if report.evidence:
        lines += _trainings(report)
    for verdict in report.accuracy:
        reached = f" {percent(verdict.test_acc)}" if verdict.test_acc is not None else ""
        style = "green" if verdict.verdict == "verified" else "red"
        lines.append(
            (f"Accuracy of {_brief(verdict.name)}: {verdict.verdict}{reached}. {_brief(verdict.reason)}", style)
        )
    if report.evidence:
        lines += _rules(report.evidence)
    if report.findings:
        signs = (report.findings.problem, *report.findings.printed, *report.findings.broken_rules)
        lines += _some([f"Report: {_brief(sign)}" for sign in signs if sign], "yellow", "signs")
    return lines


def _trainings(report: Report) -> list[tuple[str, str]]:
    """How many of each standing in each part."""
    found, lines = sections(report), []
    for standing in STANDINGS:
        counts = [(section.id or "elsewhere", len(section.of(standing))) for section in found]
        told = ", ".join(f"{_brief(name)} {count}" for name, count in counts[:40] if count)
        lines += [(f"Trainings {standing}: {told}", "")] if told else []
    return lines


def _rules(evidence: Evidence) -> list[tuple[str, str]]:
    every = breaches(evidence)
    broken = [f"{_brief(b.where)}: {_brief(b.what)} {_brief(b.consequence)}" for b in every if not b.hint]
    hints = [f"Hint, {_brief(b.where)}: {_brief(b.what)}" for b in every if b.hint]
    doubts = [_brief(sentence) for sentence in evidence.contradictions]
    return [*_some(broken, "yellow", "broken rules"), *_some(hints, "dim", "hints"), *_some(doubts, "yellow", "doubts")]


def _some(texts: Sequence[str], style: str, kind: str) -> list[tuple[str, str]]:
    """The first few, and how many more there are."""
    more = [f"{len(texts) - LINES} more {kind}: see the report."] if len(texts) > LINES else []
    return [(text, style) for text in [*texts[:LINES], *more]]


def _brief(text: str) -> str:
    return cut(" ".join(text.split()), 160)


def _split(item: str) -> tuple[str, str]:
    """`lab2.a.runs` is the `runs` of `lab2.a`; `tf.1` has no such parts."""
    first, _, rest = item.partition(".")
    second, _, leaf = rest.partition(".")
    return (f"{first}.{second}" if second else first), leaf


def _split_last(base: str) -> tuple[str, str]:
    """What neighbours must share to stand together as `lab2.a–g`; a name of several letters stands alone."""
    first, dot, last = base.rpartition(".")
    return (first, last) if dot and (last.isdigit() or len(last) == 1) else (base, "")


def _range(bases: Sequence[str]) -> str:
    return bases[0] if len(bases) == 1 else f"{bases[0]}–{_split_last(bases[-1])[1]}"
