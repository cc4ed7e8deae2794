"""The training task of s8.bar: the submission's language model learns the two small languages and writes."""

from __future__ import annotations

from autograder.evidence import ClassVerdict
from autograder.run import Run
from autograder.student.proxy import Student

from .context import Context


def verify(run: Run, student: Student, context: Context) -> tuple[ClassVerdict, ...]:
    """Nothing yet: it is being written."""
    return ()
