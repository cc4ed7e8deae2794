"""Stages of the judge in forks of their own: what they may use, what comes back, and what an overrun becomes."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder import evidence, records
from autograder.bounded import BOUNDS, Bounds, Stages
from autograder.errors import GraderError, StageOverrun, SubmissionError
from autograder.grade import read, study_report
from autograder.report_pdf.key import AnswerKey
from autograder.sandbox.processes import descendants
from fixtures.labrnn.reading import read_submission
from tests.runs import assignment_of, run_of

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = ROOT / "reference" / "labrnn" / "LabRNN.ipynb"
TIGHT = Stages(bounds=dict.fromkeys(BOUNDS, Bounds(1, 200)))


def endless() -> None:
    while True:
        pass


def one_long_match() -> None:
    """As endless, but in one call that no handler of a signal interrupts."""
    re.match(r"(a+)+b", "a" * 200)


def all_memory() -> None:
    _ = [bytes(50 << 20) for _ in range(100)]


def deep() -> None:
    deep()


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("work", [endless, one_long_match, all_memory, deep, killed])
def test_what_takes_too_much_ends_with_its_fork(work: Callable[[], None]) -> None:
    with pytest.raises(StageOverrun):
        TIGHT.run("read", work)


def test_what_it_used_is_counted() -> None:
    stages = Stages(bounds=dict.fromkeys(BOUNDS, Bounds(1, 200)))
    with pytest.raises(StageOverrun):
        stages.run("read", endless)
    assert 0.5 < stages.cpu_seconds < 5


def test_records_come_back_as_they_were() -> None:
    whole = read_submission(NOTEBOOK)
    assert Stages().run("read", lambda: whole) == whole
    training = evidence.Training("claimed", 3, "lab1.f", settings={"LR": 0.1, "N": None}, epochs=(evidence.Epoch(0.5),))
    found = evidence.Evidence((training,), failed={3: "x"}, own={"a": True}, cut=(1, 2))
    assert Stages().run("evidence", lambda: found) == found
    plain = [1, 2.5, "a", b"b", None, (True, {2: ("x",)}), {"path": Path("a/b")}]
    assert Stages().run("read", lambda: plain) == plain


def test_errors_come_back_by_whose_fault_they_are() -> None:
    def refuse() -> None:
        raise SubmissionError("Hand in something.")

    with pytest.raises(SubmissionError, match=r"^Hand in something\.$"):
        Stages().run("read", refuse)
    with pytest.raises(GraderError, match=r"(?s)'read' failed: .*ZeroDivisionError"):
        Stages().run("read", lambda: 1 // 0)


def test_a_stage_that_waits_for_the_machine_is_no_fault_of_the_hand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.bounded._PATIENCE", 0.2)
    monkeypatch.setattr("autograder.bounded._LEAST_PATIENCE", 0.2)
    with pytest.raises(GraderError, match="too little of this machine"):
        TIGHT.run("read", lambda: time.sleep(60))


def test_nothing_changes_here_and_nobody_stays() -> None:
    seen: list[int] = []
    before = set(descendants(os.getpid()))
    Stages().run("read", lambda: seen.append(1))
    assert seen == []
    assert set(descendants(os.getpid())) <= before


def test_a_students_own_check_stays_in_its_process() -> None:
    assert Stages(apart=False).run("read", os.getpid) == os.getpid()
    assert Stages().run("read", os.getpid) != os.getpid()


def test_an_overrun_of_reading_is_a_refusal(tmp_path: Path) -> None:
    run = run_of()
    path = tmp_path / "LabRNN.ipynb"
    path.write_bytes(b'{"cells": [' + b"[],\n" * 4_500_000 + b"[]]}")
    with pytest.raises(SubmissionError, match=r"LabRNN\.ipynb takes too much time or memory to be read; clear the out"):
        read(TIGHT, path, run.rubric, assignment_of(run).graded)


def test_an_overrun_at_the_report_waits_for_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = records.Submission("a", NOTEBOOK, "a", (records.Cell(1, "x"),), report_name="r.pdf", breaches=("No.",))
    monkeypatch.setattr("autograder.grade.findings", lambda *_: endless())
    found = study_report(TIGHT, whole, AnswerKey())
    assert "a person must read it" in found.problem and found.name == "r.pdf" and found.broken_rules == ("No.",)
