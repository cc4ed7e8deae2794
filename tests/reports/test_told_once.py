"""What many reports say alike is told once in a process; what is each one's own stays its own."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from reading import html_of, junit_of, markdown_of, results_of

from autograder.records import Outcome, Report
from autograder.reports import junit, results_json, templates, view
from tests.reports_of_all_kinds import KINDS, faults

QUICK = {name: KINDS[name] for name in ("reference", "faults", "blank", "refused", "null")}  # those without pictures
FORMATS = (results_of, junit_of, markdown_of, html_of)


def taking(report: Report, *seconds: float) -> Report:
    """The same verdicts, found in another time."""
    places = iter(range(10_000))

    def timed(outcome: Outcome) -> Outcome:
        return replace(outcome, seconds=seconds[next(places) % len(seconds)])

    items = tuple(replace(entry, outcomes=tuple(map(timed, entry.outcomes))) for entry in report.score.items)
    return replace(report, score=replace(report.score, items=items))


def forget() -> None:
    for known in (view._known, results_json._test_text, results_json._around_seconds, junit._around_times):
        known.cache_clear()
    templates.page.cache_clear()
    templates.markdown.cache_clear()


@pytest.mark.parametrize("kind", QUICK)
def test_a_report_is_the_same_after_others_as_alone(kind: str) -> None:
    forget()
    report = taking(QUICK[kind](), 0.5, 2e-5, 1 / 3)
    alone = [text_of(report) for text_of in FORMATS]
    forget()
    for other in QUICK.values():
        moved = {number + 1: place for number, place in other().places.items()}
        for before in (other(), replace(other(), places={}), replace(other(), places=moved)):
            [text_of(before) for text_of in FORMATS]
    assert [text_of(report) for text_of in FORMATS] == alone


def test_every_report_has_its_own_seconds() -> None:
    for seconds in ((1.5, 2e-5), (0.25, 3.5, 0.125), (float("nan"),)):
        report = taking(faults(), *seconds)
        given = [o.seconds for entry in report.score.items for o in entry.outcomes]
        wanted = [own if own == own else 0.0 for own in given]
        items = json.loads(results_of(report))["extra_data"]["items"]
        assert [outcome["seconds"] for item in items for outcome in item["outcomes"]] == wanted
        times = [f' time="{own:.3f}"' for own in wanted]
        told = junit_of(report)
        for time in set(times):
            assert told.count(time) >= times.count(time)


def test_every_report_has_its_own_cells() -> None:
    first, second = faults(), replace(faults(), places={3: "In [1]", 8: "In [77], under “Elsewhere”"})
    for report, there, elsewhere in ((first, "under “Part b”", "In [77]"), (second, "In [77]", "under “Part b”")):
        assert f"cell 8 ({there}" in results_of(report) and f"cell 8 ({elsewhere}" not in results_of(report)


def test_seconds_in_a_text_are_text() -> None:
    texts = ('"seconds": 0.0', ' time="0.000"', "<cases />")
    report = faults()
    at = next(n for n, entry in enumerate(report.score.items) if entry.outcomes)
    entry = report.score.items[at]
    odd = replace(entry.outcomes[0], status="failed", message=" ".join(texts), seconds=1.25)
    items = (*report.score.items[:at], replace(entry, outcomes=(odd,)), *report.score.items[at + 1 :])
    report = replace(report, score=replace(report.score, items=items))
    told = json.loads(results_of(report))["extra_data"]["items"][at]["outcomes"][0]
    assert told["message"] == odd.message and told["seconds"] == 1.25
    assert junit_of(report).count('time="1.250"') == 1 and "&lt;cases /&gt;" in junit_of(report)
