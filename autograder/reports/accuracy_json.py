"""accuracy.json: what the judge measured when it trained the notebook's own classes, by class, for machines."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from autograder.evidence import ClassVerdict
from autograder.records import Report
from autograder.reports.harmless import each_text
from autograder.reports.trainings import short
from autograder.reports.view import Content

NAME = "accuracy.json"


def render(content: Content) -> str:
    """The file's text; nothing where nothing was measured."""
    if not content.report.accuracy:
        return ""
    return json.dumps(as_dict(content), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def as_dict(content: Content) -> dict[str, Any]:
    """The file's content, by class. Accuracies are shares; numbers that are none (NaN, infinite) are null."""
    return {verdict.name: _measured(verdict) for verdict in content.report.accuracy}


def compact(report: Report) -> dict[str, Any]:
    """For results.json: the same without curves, nothing where nothing was measured. Expects harmless texts."""
    classes = {
        verdict.name: {**_measured(verdict), "attempts": len(verdict.attempts)}
        for verdict in each_text(report.accuracy, short)
    }
    return {"accuracy": classes} if classes else {}


def _measured(verdict: ClassVerdict) -> dict[str, Any]:
    """One class; its accuracy under the name that readers of results know."""
    plain = asdict(verdict)
    test_accuracy = plain.pop("test_acc")
    del plain["name"]
    return {"test_accuracy": test_accuracy, **plain}
