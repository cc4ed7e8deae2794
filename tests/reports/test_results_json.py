"""results.json keeps Gradescope's schema, never makes a grader's failure a zero, and keeps hidden checks hidden."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reading import results_of

from autograder.records import CellReport, Problem, Report
from autograder.reports import results_json, write_all

SCHEMA = json.loads(results_json.SCHEMA.read_text(encoding="utf-8"))


def read(report: Report) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(results_of(report))
    jsonschema.validate(content, SCHEMA)
    return content


def by_number(content: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {test["number"]: test for test in content["tests"]}


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "broken",
    [
        {"tags": ["pending"], "score": 0.0},
        {"tags": ["excused"], "score": 0.0},
        {"tags": ["grader-error"], "score": 0.0},
        {"tags": ["grader-error"]},
        {"tags": [], "score": None, "status": "failed"},
        {"tags": []},
        {"tags": [], "score": 1.0, "status": "passed", "extra": 1},
    ],
)
def test_the_schema_knows_our_extensions(broken: dict[str, Any]) -> None:
    test = {"number": "a", "name": "A", "max_score": 5.0, "output": "", "visibility": "visible", **broken}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"score": 0.0, "tests": [test], "extra_data": {}}, SCHEMA)


def test_every_kind_is_valid_and_lists_every_item(every: list[Report]) -> None:
    for report in every:
        content = read(report)
        assert [test["number"] for test in content["tests"]] == [entry.item.id for entry in report.score.items]
        excused = sum(entry.item.points for entry in report.score.items if entry.status == "excused")
        assert sum(test["max_score"] for test in content["tests"]) == 100 - excused
        assert {test["visibility"] for test in content["tests"]} == {"visible"}  # a hidden one would hide the total


def test_full_marks(perfect: Report) -> None:
    content = read(perfect)
    assert content["score"] == 100 and content["extra_data"]["exit_code"] == 0
    assert {test["status"] for test in content["tests"]} == {"passed"}
    assert content["execution_time"] == 2.5


def test_pending_and_excused_have_no_score(mixed: Report) -> None:
    content = read(mixed)
    tests = by_number(content)
    assert "score" not in tests["tf.1"] and "pending" in tests["tf.1"]["tags"]
    assert "score" not in tests["lab1.g.init"] and "excused" in tests["lab1.g.init"]["tags"]
    assert "tf.1" in content["extra_data"]["pending"] and "lab1.a" not in content["extra_data"]["pending"]
    assert tests["lab1.a"]["score"] == 2.5 and "status" not in tests["lab1.a"]  # Gradescope compares
    assert tests["lab1.c"]["score"] == 0.0 and tests["lab1.c"]["status"] == "failed"
    assert tests["lab1.h.runs"]["max_score"] == 0 and "bonus" in tests["lab1.h.runs"]["tags"]


def test_a_graders_failure_is_null_and_says_so(grader_error: Report) -> None:
    content = read(grader_error)
    test = by_number(content)["lab1.b"]
    assert content["score"] is None and test["score"] is None and "grader-error" in test["tags"]
    assert "grader itself failed" in test["output"] and "grader itself failed" in content["output"]
    assert content["extra_data"]["exit_code"] == 3


def test_unreadable_is_zero_with_the_reason_and_failure_is_null(unreadable: Report, failure: Report) -> None:
    content = read(unreadable)
    assert (content["score"], content["extra_data"]["exit_code"]) == (0, 2)
    assert "This is not a notebook" in content["output"]
    content = read(failure)
    assert (content["score"], content["extra_data"]["exit_code"]) == (None, 3)


def test_extra_data_for_machines(mixed: Report) -> None:
    extra = read(mixed)["extra_data"]
    items = {item["id"]: item for item in extra["items"]}
    assert items["lab1.c"]["outcomes"][0]["counterexample"]["expected"] == "[]"
    assert items["lab1.d"]["substitutes"][0] == "tokenize"
    assert [cell["number"] for cell in extra["cells"]] == [4, 7]
    assert extra["tier"] == {"number": 1, "name": "bubblewrap"} and extra["seed"] == "7f3a91c2"


def test_hidden_checks_show_their_sentence_only(mixed: Report, secret: str) -> None:
    content = read(mixed)
    assert secret not in json.dumps(content)
    hidden = {item["id"]: item for item in content["extra_data"]["items"]}["lab1.b"]["outcomes"][1]
    assert hidden["sentence"] and hidden["counterexample"] is None and hidden["message"] == ""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(text=st.text(st.characters(), max_size=60), number=st.floats())
def test_any_text_and_number_survives(make: Callable[..., Report], perfect: Report, text: str, number: float) -> None:
    cells = (CellReport(1, "partly", (Problem(1, text, text),)),)
    report = make(perfect.score, submission=text, cells=cells, remarks=(text,), seconds={text: number})
    results_of(report).encode("utf-8")
    read(report)


def test_files_are_replaced_whole(tmp_path: Path, every: list[Report], monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "out" / "student"
    for report in every:
        write_all(report, folder)
        names = sorted(path.name for path in folder.iterdir())
        assert names == ["junit.xml", "report.html", "report.md", "results.json"]
    before = (folder / "results.json").read_bytes()

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_all(every[0], folder)
    assert (folder / "results.json").read_bytes() == before and len(list(folder.iterdir())) == 4
