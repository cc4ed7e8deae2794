"""The files of a whole notebook: schema, evidence and accuracy, what students may read."""

from __future__ import annotations

import json
from dataclasses import replace
from math import inf, nan
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
from reading import results_of

from autograder.evidence import Evidence
from autograder.records import CellReport, Problem, Report
from autograder.reports import results_json, warm_up, without_texts, write_all
from autograder.reports.harmless import MANY, cleaned
from autograder.reports.view import Content, content_of

SCHEMA = json.loads(results_json.SCHEMA.read_text(encoding="utf-8"))


def test_results_json_keeps_its_schema(full: Report, nothing_known: Report, hostile_notebook: Report) -> None:
    for report in (full, nothing_known, hostile_notebook):
        content = json.loads(results_of(report))
        jsonschema.validate(content, SCHEMA)
    extra = json.loads(results_of(full))["extra_data"]
    assert extra["execution"]["cells"] == {"ran": 1, "failed": 1, "timed out": 1, "not run": 1}
    assert extra["evidence"]["counts"] == {"observed": 23, "claimed": 12}
    assert extra["evidence"]["trainings"][3]["num_params"] == 98_131
    assert [entry["verdict"] for entry in extra["accuracy"].values()] == ["verified", "below", "structure"]
    assert extra["findings"]["answers"][0]["said"] == "true"
    assert [part["marking"] for part in extra["parts"]] == ["automatic", "assisted", "manual"]


def test_the_schema_refuses_other_figures(full: Report) -> None:
    content = json.loads(results_of(full))
    content["extra_data"]["accuracy"]["LSTM"]["test_accuracy"] = "0.859"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content, SCHEMA)


def test_evidence_and_accuracy_have_files_of_their_own(tmp_path: Path, full: Report, perfect: Report) -> None:
    write_all(full, tmp_path)
    evidence = json.loads((tmp_path / "evidence.json").read_text(encoding="utf-8"))
    accuracy = json.loads((tmp_path / "accuracy.json").read_text(encoding="utf-8"))
    assert len(evidence["evidence"]["trainings"]) == 35 and evidence["bar"] == 0.84
    assert evidence["evidence"]["trainings"][3]["epochs"][4]["valid_acc"] == pytest.approx(0.87, abs=0.02)
    assert [cell["status"] for cell in evidence["execution"]["cells"]] == ["ran", "failed", "timed out", "not run"]
    assert "downloading" not in json.dumps(evidence)  # what cells print is in the executed notebook
    lstm = accuracy["LSTM"]
    assert list(accuracy) == ["LSTM", "GRU", "BiLSTM"]
    assert (lstm["test_accuracy"], lstm["threshold"], lstm["verdict"]) == (0.859, 0.84, "verified")
    assert len(lstm["attempts"][0]["curve"]) == 12 and lstm["shuffled"] == 0.71
    write_all(perfect, tmp_path)  # the same folder, without these steps
    assert not (tmp_path / "evidence.json").exists() and not (tmp_path / "accuracy.json").exists()


def test_all_files_come_from_one_content(tmp_path: Path, full: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    built = []

    def once(report: Report) -> Content:
        built.append(report)
        return content_of(report)

    monkeypatch.setattr("autograder.reports.content_of", once)
    write_all(full, tmp_path)
    assert built == [full] and len(list(tmp_path.iterdir())) == 6


def test_workers_compile_no_template(tmp_path: Path, full: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    warm_up()
    monkeypatch.setattr("jinja2.Environment.compile", lambda *_, **__: pytest.fail("compiled after the fork"))
    write_all(replace(full, evidence=None), tmp_path)


def test_students_read_no_proposals_about_their_report(tmp_path: Path, full: Report) -> None:
    """Their reasons tell the key, and signs of a broken rule are no verdict."""
    assert full.findings is not None
    told = [answer.why for answer in full.findings.answers if answer.why]
    told += [*full.findings.printed, *full.findings.broken_rules]
    assert len(told) > 3
    write_all(full, tmp_path)
    for name in ("report.html", "report.md", "results.json", "evidence.json"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert not [sentence for sentence in told if sentence in text], name


def test_nan_and_infinity_never_reach_a_file(tmp_path: Path, full: Report) -> None:
    assert full.evidence and full.execution
    odd = replace(full.evidence.trainings[0], test_acc=nan, seconds=inf)
    write_all(replace(full, evidence=Evidence((odd,)), execution=replace(full.execution, seconds=nan)), tmp_path)
    for name in ("evidence.json", "accuracy.json", "results.json"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        json.loads(text, parse_constant=pytest.fail)


def test_a_report_without_texts_keeps_points_and_verdicts(full: Report, tmp_path: Path) -> None:
    bare = without_texts(full)
    write_all(bare, tmp_path)
    content = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    jsonschema.validate(content, SCHEMA)
    assert bare.score.total == full.score.total and content["score"] == full.score.total
    assert "too much to be written" in content["output"] and not (tmp_path / "evidence.json").exists()
    outcomes = [outcome for entry in bare.score.items for outcome in entry.outcomes]
    assert outcomes and not any(outcome.message or outcome.counterexample for outcome in outcomes)


def test_what_cells_make_by_the_thousand_is_left_out(full: Report) -> None:
    problems = tuple(Problem(line, "x", "NameError: x") for line in range(40))
    cells = tuple(CellReport(number, "partly", problems) for number in range(20_000))
    kept = cleaned(replace(full, cells=cells, remarks=("A remark.",) * 9_000))
    assert sum(len(cell.problems) for cell in kept.cells) == MANY and len(kept.remarks) == MANY
    loaded = (CellReport(1, "loaded"), CellReport(2, "failed"), CellReport(3, "skipped"))
    assert cleaned(replace(full, cells=loaded)).cells == (CellReport(2, "failed"),)
