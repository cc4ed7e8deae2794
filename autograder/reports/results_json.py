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
from collections.abc import Mapping, Sequence
from functools import lru_cache
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
    items = map(_item_text, content.items, content.seconds)
    extra = _texts(_extra(content)) | {"items": f"[{', '.join(items)}]"}
    tests = map(_test_text, content.items)
    told = _texts(_head(content)) | {"tests": f"[{', '.join(tests)}]", "extra_data": _object(extra)}
    return msgspec.json.format(_object(told), indent=2) + "\n"  # ten times as fast as json's own indentation


def as_dict(content: Content) -> dict[str, Any]:
    """The file's content."""
    return json.loads(render(content))  # type: ignore[no-any-return]


def _head(content: Content) -> dict[str, Any]:
    return {
        "score": content.total,
        "execution_time": content.report.seconds.get("total", 0.0),
        "output": summary(content),
        "output_format": "md",
        "test_output_format": "md",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
    }


@lru_cache(4000)
def _test_text(told: ItemContent) -> str:
    return _text(test_of(told))


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
        "items": [],  # see render
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


def _item_text(told: ItemContent, seconds: Sequence[float]) -> str:
    """The item's checks with the seconds of this hand-in; all else is written once."""
    pieces = _around_seconds(told)
    if not seconds:
        return pieces[0]
    return "".join(f"{piece}{own!r}" for piece, own in zip(pieces, seconds, strict=False)) + pieces[-1]


@lru_cache(4000)
def _around_seconds(told: ItemContent) -> list[str]:
    """The item's text cut where each check's seconds stand. Inside a string a quotation mark has a backslash before it,
    and nowhere is a zero byte, so nothing else is taken for such a place."""
    entry, key = told.entry, '"seconds": '
    own = {
        **msgspec.to_builtins(entry.item),
        "status": entry.status,
        "score": entry.score,
        "note": entry.note,
        "substitutes": list(entry.substitutes),
        "outcomes": [msgspec.to_builtins(outcome) for outcome in entry.outcomes],
    }
    return _text(own).replace(f"{key}0.0", f"{key}\0").split("\0")


# ---- text ------------------------------------------------------------------------------------------------------------
def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _texts(values: Mapping[str, object]) -> dict[str, str]:
    return {name: _text(value) for name, value in values.items()}


def _object(texts: Mapping[str, str]) -> str:
    return f"{{{', '.join(f'{_text(name)}: {text}' for name, text in texts.items())}}}"
