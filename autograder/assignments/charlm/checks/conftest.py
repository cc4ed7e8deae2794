"""What every check of charlm is handed."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.assignments.charlm.api import Lab
from autograder.assignments.charlm.context import Context
from autograder.student.proxy import Student


@pytest.fixture
def lab(student: Student, context: Context, rng: np.random.Generator) -> Lab:
    """The student's hand-in."""
    return Lab(student, context, int(rng.integers(2**31)))
