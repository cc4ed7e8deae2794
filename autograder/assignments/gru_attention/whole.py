"""What gru_attention adds to the steps beyond functions: its models are trained. See autograder/whole.py."""

from __future__ import annotations

from autograder.assignments.gru_attention.context import Context
from autograder.assignments.gru_attention.thresholds import Thresholds
from autograder.assignments.gru_attention.verified.treebank import check_treebank as check_data
from autograder.assignments.gru_attention.verified.verifying import Verifying
from autograder.assignments.gru_attention.verified.yardstick import Course
from autograder.evidence import ClassVerdict
from autograder.rubric import settings_of
from autograder.run import Run
from autograder.student.proxy import Student

__all__ = ["check_data", "verify"]


def verify(run: Run, student: Student, context: Context) -> tuple[ClassVerdict, ...]:
    """Train the hand-in's GRU, and a Transformer on its attention, on real text or on the made-up language.

    Raises:
        ConfigError: the data can't be read.
        GraderError: the reference can't be trained, or no student process could be started.
    """
    times = settings_of(run.rubric, Thresholds).times_the_reference
    return tuple(Verifying(student, context, Course(run.data, run.secret), times).verdicts())
