"""What every check of an assignment is handed: import it in the conftest.py beside the checks."""

from __future__ import annotations

import pytest

from autograder.kit.lab import Context, Lab
from autograder.student.proxy import Student


@pytest.fixture
def lab(student: Student, context: Context) -> Lab:
    """The student's hand-in."""
    return Lab(student, context)
