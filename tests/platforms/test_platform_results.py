"""What the platforms' files add to the report: leaderboard, hidden checks by date, tier; what PrairieLearn is told."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import msgspec
import pytest
from handins import SCHEMA

from autograder.evidence import ClassVerdict
from autograder.folder import BUILT_IN
from autograder.metrics import Metric
from autograder.platforms import gradescope, prairielearn, prairielearn_results
from autograder.platforms.gradescope_results import leaderboard, render
from autograder.platforms.metadata import Delivery
from autograder.platforms.settings import Settings
from autograder.records import Counterexample, Outcome, Report, Score
from autograder.rubric import load_rubric
from autograder.scoring import score

RUBRIC = load_rubric(BUILT_IN / "labrnn" / "rubric.toml")
OUTCOMES = [
    Outcome("lab1.a", "size", "It splits.", 1.0, False, "public", "failed", "the public reason"),
    Outcome("lab1.a", "order", "It keeps order.", 1.0, False, "hidden", "failed", "", Counterexample("f(7)", "1", "2")),
    Outcome("lab1.b", "counts", "It counts.", 1.0, False, "hidden", "passed"),
]  # fmt: skip


def report(**changes: Any) -> Report:
    result = score(RUBRIC, OUTCOMES)
    made = Report("labrnn", "LabRNN", "Jane", "submission", "LabRNN.ipynb", result, "landlock: no network", 2, "00")
    return replace(made, **changes)


def written(made: Report, settings: Settings = Settings()) -> dict[str, Any]:  # noqa: B008
    found: dict[str, Any] = json.loads(render(made, RUBRIC, settings, Delivery((("Jane \x1b", "j@x"),))))
    jsonschema.validate(found, SCHEMA)
    return found


def test_hidden_checks_stay_hidden_and_the_tier_is_shown() -> None:
    found = written(report())
    assert "f(7)" not in json.dumps(found) and "the public reason" in json.dumps(found)
    assert found["output"].endswith("Isolation: tier 2, landlock: no network.")
    assert {test["visibility"] for test in found["tests"]} == {"visible"}
    assert found["extra_data"]["platform"]["people"] == [{"name": "Jane \\x1b", "email": "j@x"}]


@pytest.mark.parametrize("when", ["after_due_date", "after_published"])
def test_hidden_checks_are_shown_when_the_course_says(when: Any) -> None:
    found = written(report(), Settings(hidden_checks=when))
    (more,) = [test for test in found["tests"] if test["visibility"] != "visible"]
    assert more["visibility"] == when and more["number"] == "lab1.a.hidden" and "f(7)" in more["output"]
    assert more["max_score"] == 0 and found["score"] == written(report())["score"]


def verdict(name: str, kind: Any, figure: float | None, **more: Any) -> ClassVerdict:
    return ClassVerdict(name, kind, "", test_acc=figure, threshold=0.84, **more)


def test_the_leaderboard_has_what_the_judge_counted_alone() -> None:
    made = report(
        accuracy=(
            verdict("LSTM", "verified", 0.93751),
            verdict("GRU", "below", 0.5),
            verdict("Bag", "structure", None),
            verdict("Odd", "verified", 0.99, doubt="the words' order does not count"),
        )
    )
    assert written(made)["leaderboard"] == [
        {"name": "LSTM accuracy", "value": 0.9375},
        {"name": "GRU accuracy", "value": 0.5},
    ]
    lower = msgspec.structs.replace(RUBRIC, metrics={"perplexity": Metric("perplexity", "lower", 9.0)})
    assert leaderboard(report(accuracy=(verdict("LM", "verified", 7.0, metric="perplexity"),)), lower) == [
        {"name": "LM perplexity", "value": 7.0, "order": "asc"}
    ]


def test_files_without_a_result_are_valid_and_never_a_zero() -> None:
    early = json.loads(gradescope.no_result())
    jsonschema.validate(early, SCHEMA)
    assert early["score"] is None
    cut = json.loads(gradescope.unfinished(render(report(), RUBRIC, Settings(), Delivery())))
    jsonschema.validate(cut, SCHEMA)
    assert cut["output"].startswith(gradescope.UNFINISHED) and cut["score"] == written(report())["score"]


def test_prairielearn_is_told_the_share_of_what_was_graded() -> None:
    found = json.loads(prairielearn_results.render(report()))
    assert found["gradable"] and found["score"] == 0.5  # of two items, one
    assert [test["points"] for test in found["tests"]] == [0.0, 5.0]
    assert "lab1.c" in found["message"]
    cut = json.loads(prairielearn.unfinished(json.dumps(found)))
    assert cut["message"].startswith(prairielearn.UNFINISHED) and cut["tests"] == found["tests"]


def test_prairielearn_counts_no_attempt_where_nothing_was_graded() -> None:
    refused = json.loads(prairielearn_results.render(report(problem="This is no notebook.")))
    assert not refused["gradable"] and refused["format_errors"] == ["This is no notebook."]
    nothing = Score(report().score.items, None, 0.0)
    failed = json.loads(prairielearn_results.render(report(failure="GraderError: secret path", score=nothing)))
    assert not failed["gradable"] and not failed["format_errors"] and "secret" not in json.dumps(failed)
