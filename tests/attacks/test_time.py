"""One submission can't keep the judge busy: its processes share one time, and timeouts cost less and less."""

from __future__ import annotations

import pytest

from autograder.errors import StudentTimeout
from autograder.records import Cell
from autograder.sandbox.inprocess import InProcess
from autograder.student.proxy import Student
from autograder.wire.limits import Limits

LIMITS = Limits(call_seconds=8, submission_seconds=50)


def test_twin_shares_the_time() -> None:
    student = Student(InProcess(), [Cell(1, "x = 1")], LIMITS)
    student._deadline -= 51
    with pytest.raises(StudentTimeout):
        student.twin().load()


def test_patience_shrinks() -> None:
    student = Student(InProcess(), [], LIMITS)
    assert student._patience("tokenize") == 1
    student._timeouts["tokenize"] += 1
    assert student._patience("tokenize") < 1 == student._patience("IMDB")
    student.twin()._timeouts["IMDB"] += 1
    assert student._patience("LSTM") < 1
