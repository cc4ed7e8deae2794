"""Hand-ins of gru_attention: the reference, and the reference with more code after it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from textwrap import dedent

from autograder.assignments.gru_attention.api import Lab
from autograder.assignments.gru_attention.context import Context
from autograder.assignments.gru_attention.prepare import prepare
from autograder.folder import BUILT_IN
from autograder.judge.plugin import Bench, Judge
from autograder.records import Cell, Outcome, Submission
from autograder.rubric import load_rubric
from autograder.sandbox.inprocess import InProcess
from autograder.student.proxy import Student
from autograder.submission import read_submission
from reference.gru_attention import SCRIPT

RUBRIC = load_rubric(BUILT_IN / "gru_attention" / "rubric.toml")
SUITE = BUILT_IN / "gru_attention" / "checks"
AUTOMATIC = tuple(item.id for item in RUBRIC.items if item.marking == "automatic" and item.step == "functions")


@cache
def reference() -> Submission:
    return read_submission(SCRIPT, expected="solution.py", names=RUBRIC.assignment.defines)


def submission(*cells: str) -> Submission:
    numbered = tuple(Cell(number, dedent(text)) for number, text in enumerate(cells, 1))
    return Submission("sample", Path("solution.py"), "solution.py", numbered)


def after_reference(*cells: str) -> Submission:
    """The reference, its classes kept as OwnGRU and OwnAttention, and then these cells."""
    keep = "OwnGRU, OwnAttention = GRU, MultiHeadedAttention\nimport torch\nfrom torch import nn"
    return submission(*(cell.source for cell in reference().cells), keep, *cells)


def loaded(handed_in: Submission) -> Student:
    student = Student(InProcess(), handed_in.cells, RUBRIC.limits)
    student.load()
    student.begin_check()
    return student


def lab_of(handed_in: Submission) -> Lab:
    return Lab(loaded(handed_in), Context())


def judged(judge: Judge, handed_in: Submission, items: list[str]) -> list[Outcome]:
    """The outcomes of some items."""
    student = loaded(handed_in)
    prepared = prepare(student, handed_in)
    return judge.run(Bench(student, prepared.context, b"tests"), items)
