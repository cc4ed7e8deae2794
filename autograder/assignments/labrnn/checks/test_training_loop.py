"""lab1.f.loop: which weights the training driver tests, on which data, and what it returns.

The driver runs on a handful of reviews, and the models' answers are scripted so that the validation losses are ours:
see autograder/kit/driver. Best by accuracy is not accepted: the assignment says by the smallest
validation loss. A GPU that is asked for is the CPU here, and a folder that is missing is made.
"""

from __future__ import annotations

import pytest

from autograder.assignments.labrnn.api import Context
from autograder.assignments.labrnn.driver import run_all
from autograder.errors import MissingName, StudentError
from autograder.judge.marks import item
from autograder.kit.driver.run import Drive
from autograder.student.proxy import Student

LOOP = "lab1.f.loop"


@pytest.fixture(scope="module")
def known() -> dict[Student, list[Drive] | StudentError]:
    """What came of the runs, once for the three checks that look at it."""
    return {}


@pytest.fixture
def runs(student: Student, context: Context, known: dict[Student, list[Drive] | StudentError]) -> list[Drive]:
    """The driver's runs under all scripts."""
    if student not in known:
        known.clear()
        try:
            known[student] = run_all(student, context)
        except StudentError as error:
            known[student] = error
    found = known[student]
    if isinstance(found, MissingName) and context.edition.name != "2023":
        pytest.skip("this edition of the assignment has no driver of that name")
    if isinstance(found, StudentError):
        raise found
    return found


@item(LOOP, weight=2)
def test_best_epoch(runs: list[Drive]) -> None:
    """The weights that are tested are those of the epoch with the smallest mean validation loss, whether that is the first, the last or one between, and not those of the last epoch."""
    for problem in (run.best_epoch() for run in runs):
        if problem is not None:
            raise problem
    if any(run.tested() in (None, ("training", 0)) for run in runs):
        pytest.skip("test_loss does not tell which epoch was tested, and another check says so")


@item(LOOP)
def test_test_part(runs: list[Drive]) -> None:
    """test_loss and test_acc are the mean loss and the accuracy on the test part."""
    for problem in (run.test_part() for run in runs):
        if problem is not None:
            raise problem


@item(LOOP)
def test_keys(runs: list[Drive]) -> None:
    """The driver runs and returns a dict with the numbers num_params, test_loss and test_acc."""
    for problem in (run.keys() for run in runs):
        if problem is not None:
            raise problem
