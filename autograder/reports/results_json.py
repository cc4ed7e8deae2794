"""results.json in Gradescope's schema (`results.schema.json`), with two documented extensions.

An item on which the grader failed has `"score": null` and the tag `grader-error`, and then the top-level score is null
too: never a silent zero. An item that a later step or a person fills has no `score` and the tag `pending`.
`max_score` is 0 for bonus items, so that the sum of `max_score` is the assignment's points, as the platform wants, and
for excused ones, which leave the maximum. An item that the checks were to decide on and could not has the tag
`needs-person` besides.
All tests are visible, since one hidden test would hide the total; hidden checks are veiled in the view instead.
"""

from __future__ import annotations

import json
from pathlib import Path, PurePath
from typing import Any

import msgspec

from autograder.records import ItemScore
from autograder.reports import accuracy_json, evidence_json
from autograder.reports.markdown import item_text, summary
from autograder.reports.view import Content, ItemContent

NAME = "results.json"
SCHEMA = Path(__file__).with_name("results.schema.json")


def render(content: Content) -> str:
    """The file's text."""
    text = json.dumps(as_dict(content), ensure_ascii=False, allow_nan=False)
    return msgspec.json.format(text, indent=2) + "\n"  # ten times as fast as json's own indentation


def as_dict(content: Content) -> dict[str, Any]:
    """The file's content."""
    return {
        "score": content.total,
        "execution_time": content.report.seconds.get("total", 0.0),
        "output": summary(content),
        "output_format": "md",
        "test_output_format": "md",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [test_of(told) for told in content.items],
        "extra_data": _extra(content),
    }


def test_of(told: ItemContent) -> dict[str, Any]:
    """Return one item as a test."""
    entry, item = told.entry, told.entry.item
    test: dict[str, Any] = {
        "number": item.id,
        "name": f"{item.title} (bonus)" if item.bonus else item.title,
        "max_score": 0.0 if item.bonus or entry.status == "excused" else item.points,
        "visibility": "visible",
        "output": item_text(told),
        "output_format": "md",
        "tags": _tags(told),
    }
    if entry.status == "graded" and entry.score is not None:
        test |= {"score": entry.score, **_status(entry, entry.score)}
    elif entry.status == "error":
        test |= {"score": None}
    return test


def _status(entry: ItemScore, score: float) -> dict[str, str]:
    """Gradescope draws a red cross for "failed", and where it is left to compare the score with the maximum. The first
    is for no points; a person who gave some found no failure; whether checks did is for Gradescope to say."""
    if score <= 0:
        return {"status": "failed"}
    by_person = entry.marked or entry.item.marking != "automatic"
    return {"status": "passed"} if by_person or score >= entry.item.points else {}


def _tags(told: ItemContent) -> list[str]:
    entry = told.entry
    tags: list[str] = [entry.item.marking]
    if entry.item.bonus:
        tags.append("bonus")
    if entry.status != "graded":
        tags.append("grader-error" if entry.status == "error" else entry.status)
    if entry.status == "pending" and told.undecided:
        tags.append("needs-person")
    return tags


def _extra(content: Content) -> dict[str, Any]:
    """For machines: everything the report knows, hidden checks without their counterexamples."""
    report = content.report
    return {
        "assignment": report.assignment,
        "title": report.title,
        "submission": report.submission,
        "source": PurePath(report.source).name,  # students read this; the path to it is the staff's
        "notebook": report.notebook,
        "exit_code": report.exit_code,
        "problem": report.problem,
        "failure": report.failure,
        "total": content.total,
        "maximum": report.score.maximum,
        "raw": None if report.failure else report.score.raw,
        "deductions": [msgspec.to_builtins(deduction) for deduction in report.score.deductions],
        "pending": [entry.item.id for entry in report.score.items if entry.status == "pending"],
        "items": [_item(entry) for entry in report.score.items],
        "remarks": list(content.remarks),
        "cells": [msgspec.to_builtins(cell) for cell in report.cells if cell.status in ("partly", "failed")],
        "tier": {"number": report.tier_number, "name": report.tier},
        "rubric": report.rubric,
        "seed": report.seed,
        "versions": report.versions,
        "seconds": report.seconds,
        "peak_memory_mb": report.peak_memory_mb,
        "started": report.started,
        "parts": [msgspec.to_builtins(part) for part in report.score.parts],
        **evidence_json.compact(report),
        **accuracy_json.compact(report),
    }


def _item(entry: ItemScore) -> dict[str, Any]:
    return {
        **msgspec.to_builtins(entry.item),
        "status": entry.status,
        "score": entry.score,
        "note": entry.note,
        "substitutes": list(entry.substitutes),
        "outcomes": [msgspec.to_builtins(outcome) for outcome in entry.outcomes],
    }
