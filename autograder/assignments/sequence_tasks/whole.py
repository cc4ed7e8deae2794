"""The trainings of sequence_tasks: see autograder/whole.py. No item needs a run of the whole hand-in."""

from __future__ import annotations

from autograder.assignments.sequence_tasks import reviews, writing
from autograder.assignments.sequence_tasks.context import Context
from autograder.evidence import ClassVerdict
from autograder.run import Run
from autograder.student.proxy import Student

check_data = reviews.check_data


def verify(run: Run, student: Student, context: Context) -> tuple[ClassVerdict, ...]:
    """Train the classifiers on reviews, and the language model on the two small languages.

    Raises:
        ConfigError: the reviews can't be read.
        SandboxError: no student process could be started.
    """
    return (*reviews.verify(run, student, context), *writing.verify(run, student, context))
