"""`results.json` as Gradescope wants it, with what only the platform shows: leaderboard, tier, hidden checks by date.

All items are visible tests, since one hidden test would hide the total until it is revealed. What students may not
read of hidden checks is left out of them. A course that says `hidden_checks = "after_due_date"` (or
`"after_published"`) accepts that and gets one more test, worth nothing, for each item whose hidden checks failed: the
platform shows it then.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from autograder.metrics import in_words
from autograder.platforms.metadata import Delivery
from autograder.platforms.settings import Settings
from autograder.records import Report
from autograder.reports import results_json
from autograder.reports.failures import proof
from autograder.reports.harmless import clean
from autograder.reports.view import Content, content_of
from autograder.rubric import Rubric

JUDGED = ("verified", "below")  # verdicts whose figure the judge counted itself


def render(report: Report, rubric: Rubric, settings: Settings, delivery: Delivery) -> str:
    """Return the file's text."""
    content = content_of(report)
    results = results_json.as_dict(content)
    results["output"] = f"{results['output']}\n\n{told_tier(content.report)}"
    if rows := leaderboard(report, rubric):
        results["leaderboard"] = rows
    if settings.hidden_checks != "veiled":
        results["tests"] += [*hidden_tests(content, settings.hidden_checks)]
    results["extra_data"]["platform"] = {
        "name": "gradescope",
        "people": [{"name": clean(name), "email": clean(email)} for name, email in delivery.people],
        "handed_in": delivery.handed_in.isoformat() if delivery.handed_in else "",
        "total_points": delivery.total_points,
    }
    text = json.dumps(results, ensure_ascii=False, allow_nan=False)
    return msgspec.json.format(text, indent=2) + "\n"


def told_tier(report: Report) -> str:
    """Return which isolation the hand-in's code got; empty where none of it ran."""
    return f"Isolation: tier {report.tier_number}, {report.tier}." if report.tier else ""


def leaderboard(report: Report, rubric: Rubric) -> list[dict[str, Any]]:
    """Return a row for each figure that the judge counted itself and does not doubt; what a notebook claims is none."""
    rows = []
    for verdict in report.accuracy:
        if verdict.verdict not in JUDGED or verdict.test_acc is None or verdict.doubt:
            continue
        metric = rubric.metrics.get(verdict.metric)
        name = f"{clean(verdict.name)} {in_words(verdict.metric, verdict.name)}"
        row: dict[str, Any] = {"name": name, "value": round(verdict.test_acc, 4)}
        rows.append(row | ({"order": "asc"} if metric is not None and metric.direction == "lower" else {}))
    return rows


def hidden_tests(content: Content, visibility: str) -> Iterator[dict[str, Any]]:
    """Give a test for each item whose hidden checks failed, with what they found."""
    for entry in content.staff.score.items:
        failed = [o for o in entry.outcomes if o.visibility == "hidden" and o.status == "failed" and not o.is_remark]
        if not failed:
            continue
        told = "\n\n".join("\n".join(filter(None, (o.sentence, proof(o)))) for o in failed)
        yield {
            "number": f"{entry.item.id}.hidden",
            "name": f"{entry.item.title}: hidden checks",
            "score": 0.0,
            "max_score": 0.0,
            "visibility": visibility,
            "output": told,
            "output_format": "text",
            "tags": ["hidden"],
        }
