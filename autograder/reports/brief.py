"""Much in few lines, for a terminal: the items still to be marked, and what a whole notebook showed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from itertools import groupby

from autograder.evidence import CellRun, ClassVerdict, Evidence
from autograder.metrics import in_words
from autograder.records import ItemScore
from autograder.reports.trainings import (
    STANDINGS,
    Section,
    breaches,
    count,
    cut,
    reading,
    run_summary,
    smoke_note,
    trouble,
)
from autograder.reports.view import Content

LINES = 10  # of one kind


def pending(entries: Sequence[ItemScore]) -> str:
    """`tf.1–10; lab1.f: answer; lab2.a–g: runs, bar, answer`: neighbours that wait for the same stand together."""
    return grouped(entries, [entry.item.id for entry in entries if entry.status == "pending"])


def excused(entries: Sequence[ItemScore]) -> list[str]:
    """`lab2.a–g: bar (That is charged in lab1.e.forward.)`: items excused for the same reason stand together."""
    reasons: dict[str, list[str]] = {}
    for entry in entries:
        if entry.status == "excused":
            reasons.setdefault(entry.note, []).append(entry.item.id)
    return [f"{grouped(entries, ids)} ({reason})" for reason, ids in reasons.items()]


def grouped(entries: Sequence[ItemScore], chosen: Collection[str]) -> str:
    """The chosen items' ids; neighbours of which the same is chosen stand together."""
    return _grouped(tuple(entry.item.id for entry in entries), frozenset(chosen))


@lru_cache(1000)
def _grouped(ids: Sequence[str], chosen: frozenset[str]) -> str:
    named: dict[str, list[str]] = {}
    for item in ids:
        base, leaf = _split(item)
        named.setdefault(base, []).extend([leaf] if item in chosen else [])
    told: list[str] = []
    for leaves, neighbours in groupby(named.items(), key=lambda pair: (_split_last(pair[0])[0], pair[1])):
        bases = [base for base, _ in neighbours]
        if leaves[1]:
            words = ", ".join(leaf for leaf in leaves[1] if leaf)
            told.append(f"{_range(bases)}: {words}" if words else _range(bases))
    return "; ".join(told)


def notebook_lines(content: Content) -> list[tuple[str, str]]:
    """Lines with their styles: run, trainings by part, the judge's verdicts, broken rules, the PDF.

    Signs of broken rules in the PDF too: only who grades reads a terminal.
    """
    report = content.report
    lines: list[tuple[str, str]] = []
    if report.execution:
        run = report.execution
        lines.append((f"Run: {run_summary(run)}", ""))
        lines += [(smoke_note(run), "dim")] if smoke_note(run) else []
        lines += [(_brief(run.problem), "yellow")] if run.problem else []
        told = {(cell.number, problem.error) for cell in report.cells for problem in cell.problems}
        broken = [_broken(cell, content) for cell in trouble(run.cells) if (cell.number, cell.error) not in told]
        lines += _some(broken, "yellow", "cells")
    if report.evidence:
        lines += _trainings(content.sections)
    lines += [_accuracy(verdict) for verdict in report.accuracy]
    if report.evidence:
        lines += _rules(report.evidence)
    if findings := content.staff.findings:
        signs = (findings.problem, *findings.printed, *findings.broken_rules)
        lines += _some([f"Report: {_brief(sign)}" for sign in signs if sign], "yellow", "signs")
    return lines


def _broken(cell: CellRun, content: Content) -> str:
    """`In [12] under “Wider” timed out`."""
    name = content.cell(cell.number)
    heading = f" ({_brief(cell.heading)})" if cell.heading and "“" not in name else ""
    return f"{name[0].upper()}{name[1:]}{heading} {cell.status}" + (f": {_brief(cell.error)}" if cell.error else "")


def _accuracy(verdict: ClassVerdict) -> tuple[str, str]:
    """The verdict with its figure, unless the reason has it."""
    figure = verdict.test_acc
    told = figure is None or f"{figure:.3f}" in verdict.reason
    shown = "" if told else f" {reading(figure, verdict.metric)}"
    what = _brief(in_words(verdict.metric, verdict.name)).capitalize()
    text = f"{what} of {_brief(verdict.name)}: {verdict.verdict}{shown}."
    return f"{text} {_brief(verdict.reason)}", "green" if verdict.verdict == "verified" else "red"


def _trainings(found: Sequence[Section]) -> list[tuple[str, str]]:
    """How many of each standing in each part."""
    lines: list[tuple[str, str]] = []
    for standing in STANDINGS:
        rows = [(section.id or "elsewhere", section.of(standing)) for section in found]
        told = ", ".join(f"{_brief(name)} {count([r.training for r in own])}" for name, own in rows[:40] if own)
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
