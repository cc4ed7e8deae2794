"""What every check of gru_attention is handed."""

from __future__ import annotations

import pytest

from autograder.assignments.gru_attention.api import Lab
from autograder.assignments.gru_attention.context import Context
from autograder.student.proxy import Student


@pytest.fixture
def lab(student: Student, context: Context) -> Lab:
    """The student's hand-in."""
    return Lab(student, context)
