"""The trainings of sequence_tasks: see autograder/whole.py. No item needs a run of the whole hand-in."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from autograder.evidence import ClassVerdict, Evidence, Execution
from autograder.records import Submission
from autograder.run import Run
from autograder.student.proxy import Override, Student

from . import reviews, writing
from .context import Context

__all__ = [
    "AHEAD", "check_data", "gather", "notebook_data", "replacements", "second_chance", "settle", "startup", "verify",
]  # fmt: skip

AHEAD: tuple[str, ...] = ()
check_data = reviews.check_data


def verify(run: Run, student: Student, context: Context) -> tuple[ClassVerdict, ...]:
    """Train the classifiers on reviews, and the language model on the two small languages.

    Raises:
        ConfigError: the reviews can't be read.
        SandboxError: no student process could be started.
    """
    return (*reviews.verify(run, student, context), *writing.verify(run, student, context))


def notebook_data(run: Run, folder: Path) -> Path | None:
    """No hand-in is run as a whole."""
    return None


def startup() -> tuple[str, ...]:
    """Nothing: no hand-in is run as a whole."""
    return ()


def replacements(hopeless: Collection[str], context: Any) -> tuple[Override, ...]:
    """Nothing stands in where nothing runs."""
    return ()


def second_chance(evidence: Evidence, context: Any, overrides: Collection[Override]) -> tuple[Override, ...]:
    """Nothing runs again."""
    return ()


def settle(
    before: Evidence, after: Evidence, overrides: Collection[Override], broken: Collection[str]
) -> Evidence | None:
    """Nothing runs again."""
    return None


def gather(submission: Submission, execution: Execution, run: Run, context: Any) -> Evidence:
    """No evidence but the trainings'."""
    return Evidence()
