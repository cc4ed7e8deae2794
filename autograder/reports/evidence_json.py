"""evidence.json: what the run of the whole notebook showed, for machines. What cells printed is not in it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, replace
from typing import Any

from autograder.evidence import Evidence, Execution, ReportFindings, Training
from autograder.records import Report
from autograder.reports.harmless import each_text
from autograder.reports.trainings import best_epoch, short
from autograder.reports.view import Content

NAME = "evidence.json"
COMPACT = 100  # records of one kind in results.json


def render(content: Content) -> str:
    """The file's text; nothing without a run and without evidence."""
    if content.report.execution is None and content.report.evidence is None:
        return ""
    return json.dumps(as_dict(content), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def as_dict(content: Content) -> dict[str, Any]:
    """The file's content. Numbers that are none (NaN, infinite) are null."""
    report = content.report
    return {
        "assignment": report.assignment,
        "submission": report.submission,
        "bar": report.bar,
        "execution": _execution(report.execution) if report.execution else None,
        "evidence": asdict(report.evidence) if report.evidence else None,
    }


def compact(report: Report) -> dict[str, Any]:
    """For results.json: counts and a few facts on each training, and what the PDF is. Expects harmless texts."""
    found: dict[str, Any] = {}
    if report.execution:
        cells = dict(Counter(cell.status for cell in report.execution.cells))
        found["execution"] = {**few(report.execution), "cells": cells}
    if report.evidence:
        trainings = report.evidence.trainings
        counts = dict(Counter(training.standing for training in trainings))
        listed = [_training(training) for training in each_text(trainings[:COMPACT], short, None)]
        found["evidence"] = {**few(replace(report.evidence, trainings=())), "counts": counts, "trainings": listed}
    if report.findings:
        found["findings"] = few(report.findings)
    return found


def few(record: Evidence | Execution | ReportFindings) -> dict[str, Any]:
    """A record as plain data with short texts and short lists."""
    plain = asdict(each_text(record, short))
    return {name: value[:COMPACT] if isinstance(value, tuple | list) else value for name, value in plain.items()}


def _execution(run: Execution) -> dict[str, Any]:
    plain = asdict(run)
    hidden = ("text", "events")
    cells = [{name: value for name, value in cell.items() if name not in hidden} for cell in plain["cells"]]
    return {**plain, "cells": cells}


def _training(training: Training) -> dict[str, Any]:
    best = best_epoch(training)
    return {
        "standing": training.standing,
        "section": training.section,
        "kind": training.kind,
        "num_params": training.num_params,
        "epochs": len(training.epochs),
        "valid_acc": best[1] if best else None,
        "test_acc": training.test_acc,
        "complete": training.complete,
    }
