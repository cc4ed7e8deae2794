"""Texts that make a pattern begin again at every character: whatever its length, the judge has read it at once.

A judge that is kept busy ends without a verdict, and a submission could stay ungraded in that way.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from autograder.assignments.labrnn.evidence.sections import read_marks
from autograder.errors import SubmissionError
from autograder.kit.driver.run import Drive
from autograder.kit.driver.script import script_of
from autograder.kit.observer.logs import read_logs
from autograder.records import Cell, Submission
from autograder.report_pdf.origin import printed_marks
from autograder.report_pdf.read import Pdf
from autograder.submission.choose import choose
from autograder.submission.content import Contents
from autograder.submission.files import File
from autograder.submission.limits import ReadLimits

SECONDS = 1.5  # of processor time; each takes a tenth of that, and took from ten seconds to days


@pytest.fixture(autouse=True)
def at_once() -> Iterator[None]:
    started = time.process_time()
    yield
    assert time.process_time() - started < SECONDS


@pytest.mark.parametrize("printed", ["testloss" * 60 + "1" * 5000, "test" + "_" * 19_000, "1" * 4_000_000])
def test_figures_that_a_driver_prints(printed: str) -> None:
    run = Drive(script_of("first", np.random.default_rng(1)), {}, printed)
    assert all(problem is not None for problem in run.problems())


@pytest.mark.parametrize("line", ["# problem" + " " * 700 + "1" + " " * 1200, "# lab" + " -" * 900, "# q 1 - " * 200])
def test_comments_that_open_a_cell(line: str) -> None:
    cells = tuple(Cell(number, line) for number in range(1, 101))
    read_marks(Submission("a", Path("a.ipynb"), "a.ipynb", cells))


@pytest.mark.parametrize("line", ["loss " + "1" * 990, "param" * 199, "loss acc " * 110, "1_" * 490 + " parameters"])
def test_lines_of_a_log(line: str) -> None:
    read_logs("\n".join([line] * 400))


def test_two_notebooks_of_blank_lines() -> None:
    files = [File(f"{name}.ipynb", lambda count: b"") for name in "ab"]
    blank = Contents("notebook", (Cell(1, "\n" * 1_000_000),), (), ())
    with pytest.raises(SubmissionError, match="several notebooks"):
        choose(files, ["LabRNN.ipynb"], ["load_imdb"], ReadLimits(), lambda file: blank, lambda file: [])


def test_a_report_of_blank_lines() -> None:
    assert printed_marks(Pdf(pages=("x" + "\n" * 50_000,), count=1), (Cell(1, "x = 1"),)) == ()
