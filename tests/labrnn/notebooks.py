"""LabRNN notebooks as cells: the reference, and the reference with one definition replaced."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from textwrap import dedent

from autograder.assignments.labrnn.prepare import prepare
from autograder.folder import BUILT_IN
from autograder.judge.plugin import Bench, Judge
from autograder.records import Cell, Outcome, Submission
from autograder.rubric import load_rubric
from autograder.sandbox.inprocess import InProcess
from autograder.student.proxy import Student
from fixtures.labrnn.reading import read_submission
from reference.labrnn import NOTEBOOK

RUBRIC = load_rubric(BUILT_IN / "labrnn" / "rubric.toml")
SUITE = BUILT_IN / "labrnn" / "checks"
FUNCTIONS = tuple(item.id for item in RUBRIC.items if item.step == "functions")


@cache
def reference() -> Submission:
    return read_submission(NOTEBOOK)


def submission(*cells: str) -> Submission:
    numbered = tuple(Cell(number, dedent(text)) for number, text in enumerate(cells, 1))
    return Submission("sample", Path("sample.ipynb"), "sample.ipynb", numbered)


def variant(**sources: str) -> Submission:
    """The reference with these definitions in the place of its own; an empty source leaves one out."""
    cells = []
    for cell in reference().cells:
        text = cell.source
        for name, source in sources.items():
            node = next((n for n in ast.parse(text).body if getattr(n, "name", "") == name), None)
            if node is not None:
                lines = text.splitlines()
                lines[node.lineno - 1 : node.end_lineno] = dedent(source).splitlines()
                text = "\n".join(lines)
        cells.append(Cell(cell.number, text))
    return Submission("variant", Path("variant.ipynb"), "variant.ipynb", tuple(cells))


def loaded(handed_in: Submission) -> Student:
    student = Student(InProcess(), handed_in.cells, RUBRIC.limits)
    student.load()
    return student


def judged(judge: Judge, handed_in: Submission, items: list[str]) -> list[Outcome]:
    """The outcomes of some items."""
    student = loaded(handed_in)
    prepared = prepare(student, handed_in)
    return judge.run(Bench(student, prepared.context, b"tests"), items)
