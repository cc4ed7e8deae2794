"""From a path to a report, on the real sandbox: one run over all sample hand-ins."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import hypothesis
import msgspec
import pytest
from handins import (
    BROKEN_TOKENIZE,
    DIES,
    FUNCTIONS,
    PRINTS,
    REFERENCE,
    TEMPLATE,
    points,
    results_of,
    verdicts,
    with_last_cell,
)

from autograder.assemble import report_of
from autograder.errors import GraderError, SandboxError
from autograder.facts import Facts
from autograder.grade import Setup, failed_report, grade
from autograder.judge.plugin import Judge
from autograder.judge.session import with_checks
from autograder.marks import Mark, Marks
from autograder.records import Report
from autograder.reports import write_all
from autograder.sandbox import ZygoteSandbox
from autograder.sandbox.inprocess import InProcess
from autograder.student import proxy
from tests.runs import run_of, setup_of

SECRET = b"a secret of the tests"


WHOLE = ("reference", "template", "unreadable", "absent")


def data_only(setup: Setup) -> Setup:
    """The same with the items lab1.b to lab1.d and nothing else to grade."""
    rubric = setup.run.rubric
    items = tuple(item for item in rubric.items if item.id in ("lab1.b", "lab1.c", "lab1.d"))
    return replace(setup, run=replace(setup.run, rubric=msgspec.structs.replace(rubric, items=items), marks=Marks()))


@pytest.fixture(scope="module")
def reports(zygote: ZygoteSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Report]]:
    """Every sample graded, those after `absent` on the data items only, to save time."""
    folder = tmp_path_factory.mktemp("handins")
    (folder / "unreadable.ipynb").write_text("this is no notebook")
    samples = {
        "reference": REFERENCE,
        "template": TEMPLATE,
        "unreadable": folder / "unreadable.ipynb",
        "absent": folder / "absent.ipynb",
        "tokenize": with_last_cell(BROKEN_TOKENIZE, folder / "tokenize.ipynb"),
        "dies": with_last_cell(DIES, folder / "dies.ipynb"),
        "prints": with_last_cell(PRINTS, folder / "prints.ipynb"),
        "prints again": folder / "prints.ipynb",
    }
    found: dict[str, Report] = {}
    failures: list[Exception] = []

    def body(judge: Judge) -> None:
        try:
            setup = setup_of(run, zygote, judge)
            for name, path in samples.items():
                found[name] = grade(setup if name in WHOLE else data_only(setup), path, name)
            found["failed"] = failed_report(setup, REFERENCE, "failed", KeyError("x"))
            found["sandbox"] = failed_report(setup, REFERENCE, "sandbox", SandboxError("the zygote has died"))
            found["blank"] = report_of(setup.run, Facts(), REFERENCE, "blank")
        except Exception as error:  # noqa: BLE001  # pytest would swallow it
            failures.append(error)

    run = run_of(secret=SECRET, marks=Marks(everybody={"tf.1": Mark(2.0)}))
    with_checks(run.folder.checks, body)
    hypothesis.settings.load_profile("tests")
    if failures:
        raise failures[0]
    yield found


@pytest.fixture(scope="module")
def results(reports: dict[str, Report], tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Each report as the results.json that it becomes, valid against the schema."""
    folder = tmp_path_factory.mktemp("results")
    for name, report in reports.items():
        write_all(report, folder / name)
    return {name: results_of(folder / name) for name in reports}


def test_the_reference_has_full_marks(reports: dict[str, Report], results: dict[str, dict[str, Any]]) -> None:
    report = reports["reference"]
    assert list(points(results["reference"]).values()) == [5.0] * 8
    assert (
        report.exit_code == 0 and report.score.total == 42.0 and report.score.maximum == 43
    )  # tf.1: a person's 2 of 3
    assert report.remarks == () and all(cell.status in ("loaded", "skipped") for cell in report.cells)
    assert report.seconds["load"] > 0 and report.seconds["checks"] > 0 and report.seconds["student_cpu"] > 0
    assert report.peak_memory_mb > 1 and report.versions["torch"] and report.tier_number <= 4


def test_the_template_has_nothing_and_says_why(reports: dict[str, Report], results: dict[str, dict[str, Any]]) -> None:
    assert list(points(results["template"]).values()) == [0.0] * 8
    assert reports["template"].exit_code == 0
    for test in results["template"]["tests"]:
        if test["number"] in FUNCTIONS:
            assert "NotImplementedError" in test["output"] and test["status"] == "failed", test["number"]


def test_a_second_run_finds_the_same(results: dict[str, dict[str, Any]]) -> None:
    assert verdicts(results["prints again"]) == verdicts(results["prints"])  # counterexamples included
    assert results["prints again"]["extra_data"]["seed"] == results["reference"]["extra_data"]["seed"]


def test_a_broken_tokenize_costs_its_own_item_only(
    reports: dict[str, Report], results: dict[str, dict[str, Any]]
) -> None:
    found = points(results["tokenize"])
    assert found["lab1.c"] is not None and found["lab1.c"] < 5
    assert {item for item, score in found.items() if score != 5.0} == {"lab1.c"}
    used = {entry.item.id: entry.substitutes for entry in reports["tokenize"].score.items if entry.substitutes}
    assert used == {"lab1.d": ("tokenize",)}
    (test,) = (t for t in results["tokenize"]["tests"] if t["number"] == "lab1.d")
    assert "tokenize" in test["output"]


def test_a_function_that_ends_its_process_costs_its_own_item_only(
    reports: dict[str, Report], results: dict[str, Any]
) -> None:
    found = points(results["dies"])
    assert {item for item, score in found.items() if score != 5.0} == {"lab1.c"} and found["lab1.c"] == 0
    assert reports["dies"].exit_code == 0


def test_what_the_student_printed_is_kept(reports: dict[str, Report], results: dict[str, dict[str, Any]]) -> None:
    assert "the student was here" in reports["prints"].output
    assert points(results["prints"])["lab1.c"] == 0
    (test,) = (t for t in results["prints"]["tests"] if t["number"] == "lab1.c")
    assert "ValueError" in test["output"] and "no idea" in test["output"]


@pytest.mark.parametrize("name", ["unreadable", "absent"])
def test_what_cannot_be_graded(name: str, reports: dict[str, Report], results: dict[str, dict[str, Any]]) -> None:
    report = reports[name]
    assert report.exit_code == 2 and report.problem and not report.failure
    assert results[name]["score"] == 2 and report.problem in results[name]["extra_data"]["problem"]
    assert list(points(results[name]).values()) == [None] * 8


@pytest.mark.parametrize(("name", "failure"), [("failed", "KeyError: 'x'"), ("sandbox", "the zygote has died")])
def test_the_graders_failure_is_never_a_zero(
    name: str, failure: str, reports: dict[str, Report], results: dict[str, Any]
) -> None:
    assert reports[name].exit_code == 3 and reports[name].failure == failure
    assert results[name]["score"] is None and results[name]["extra_data"]["exit_code"] == 3


def test_the_secret_stays_secret(results: dict[str, dict[str, Any]]) -> None:
    assert SECRET.decode() not in repr(results)
    assert len(results["reference"]["extra_data"]["seed"]) == 8


# ---- without a process -----------------------------------------------------------------------------------------------
class NoSandbox(InProcess):
    def spawn(self) -> Any:
        raise SandboxError("no process could be started")


def setup_with(sandbox: Any) -> Setup:
    return setup_of(run_of(secret=SECRET), sandbox)


def test_no_process_is_the_graders_failure() -> None:
    with pytest.raises(GraderError):
        grade(setup_with(NoSandbox()), REFERENCE, "x")


def test_a_notebook_that_uses_up_its_time_cannot_be_graded(monkeypatch: pytest.MonkeyPatch) -> None:
    setup = setup_with(InProcess())
    limits = replace(setup.run.rubric.limits, submission_seconds=1e-9)
    rubric = msgspec.structs.replace(setup.run.rubric, limits=limits)
    report = grade(replace(setup, run=replace(setup.run, rubric=rubric)), REFERENCE, "x")
    assert report.exit_code == 2 and "did not finish within" in report.problem
    assert proxy.time is time
