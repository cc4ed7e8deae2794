"""Code that keeps what it was called with, in memory and in files, meets no hidden input where students can read it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from autograder.judge.plugin import Judge
from autograder.judge.session import with_checks
from autograder.judging import Judging
from autograder.records import Cell, Outcome, Submission
from autograder.sandbox import ZygoteSandbox
from autograder.student.proxy import Student
from tests.runs import assignment_of, run_of

SOURCE = Path(__file__).parents[2] / "fixtures" / "labrnn" / "hostile" / "tells_all_inputs.py"
CELL = f"build_vocab = print\n{SOURCE.read_text(encoding='utf-8')}"


@pytest.fixture(autouse=True)
def settings(judge_settings: None) -> None: ...


@pytest.fixture
def outcomes(zygote: ZygoteSandbox) -> list[Outcome]:
    run, found = run_of(), list[Outcome]()
    assignment = assignment_of(run)
    submission = Submission("s", Path("s.ipynb"), "s.ipynb", (Cell(1, CELL),))

    def body(judge: Judge) -> None:
        student = Student(zygote, submission.cells, run.rubric.limits)
        student.load()
        prepared = assignment.prepare(student, submission)
        found.extend(Judging(assignment, judge, b"one", student, prepared).run([run.rubric.item("lab1.c")])[0])
        student.close()

    with_checks(run.folder.checks, body)
    return found


def processes(outcomes: list[Outcome], visibility: str) -> set[str]:
    """The names of the processes that the messages of these checks tell of, from memory or from files."""
    words = " ".join(o.message + str(o.counterexample) for o in outcomes if o.visibility == visibility).split()
    return {word[:8] for before, word in pairwise(words) if before.endswith("process")}


def test_public_and_hidden_checks_meet_in_no_process_and_no_file(outcomes: list[Outcome]) -> None:
    assert {outcome.status for outcome in outcomes} == {"failed"}
    public, hidden = processes(outcomes, "public"), processes(outcomes, "hidden")
    assert public and hidden and not public & hidden
