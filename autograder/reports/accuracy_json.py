"""accuracy.json: what the judge measured when it trained the notebook's own classes, by class, for machines."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from autograder.evidence import ClassVerdict
from autograder.records import Report
from autograder.reports.trainings import short
from autograder.reports.view import each_text, student_view, write_text

NAME = "accuracy.json"


def write(report: Report, folder: Path) -> None:
    """Write `accuracy.json`; where nothing was measured remove it.

    Raises:
        OSError: the folder can't be written.
    """
    if report.accuracy:
        write_text(folder / NAME, json.dumps(as_dict(report), indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    else:
        (folder / NAME).unlink(missing_ok=True)


def as_dict(report: Report) -> dict[str, Any]:
    """The file's content, by class. Accuracies are shares; numbers that are none (NaN, infinite) are null."""
    report = student_view(report)
    return {verdict.name: _verdict(verdict) for verdict in report.accuracy}


def compact(report: Report) -> dict[str, Any]:
    """For results.json: the same without curves, nothing where nothing was measured. Expects a view."""
    classes = {
        verdict.name: {**_verdict(verdict), "attempts": len(verdict.attempts)}
        for verdict in each_text(report.accuracy, short)
    }
    return {"accuracy": classes} if classes else {}


def _verdict(verdict: ClassVerdict) -> dict[str, Any]:
    """One class; its accuracy under the name that readers of results know."""
    whole = asdict(verdict)
    test_accuracy = whole.pop("test_acc")
    del whole["name"]
    return {"test_accuracy": test_accuracy, **whole}
