"""What LabRNN adds to the run of a whole notebook and to the training of its models: see autograder/whole.py."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from autograder.assignments.labrnn.accuracy import Candidate, Verifying
from autograder.assignments.labrnn.again import LOOP, MODELS, second_chance, settle, stand_ins
from autograder.assignments.labrnn.api import Context
from autograder.assignments.labrnn.evidence import gather as gathering
from autograder.assignments.labrnn.evidence import settings
from autograder.assignments.labrnn.reviews import NAMED_LIKE, NAMES, notebook_data
from autograder.assignments.labrnn.thresholds import Thresholds
from autograder.evidence import ClassVerdict, Evidence, Execution
from autograder.kit.extensions import csv_startup
from autograder.kit.observer import hook
from autograder.kit.text_classification.tokens import check_reviews as check_data
from autograder.records import Submission
from autograder.rubric import settings_of
from autograder.run import Run
from autograder.student.proxy import Override, Student

__all__ = [
    "AHEAD", "best_settings", "check_data", "gather", "notebook_data", "replacements", "second_chance", "settle",
    "startup", "verify",
]  # fmt: skip

AHEAD = (LOOP,)
FAST_KERNELS = Path(__file__).parents[2] / "inside" / "fast_rnn.py"


def startup() -> tuple[str, ...]:
    """Faster recurrent kernels on a CPU, the hook that reports trainings, and the reviews under all their names."""
    fast = f"{FAST_KERNELS.read_text(encoding='utf-8')}\n\ninstall()\n"
    return fast, hook.source(settings.NAMES), csv_startup(NAMED_LIKE, NAMES)


def replacements(hopeless: Collection[str], context: Context) -> tuple[Override, ...]:
    """The reference's parts for those that earned nothing. What has a small fault often trains all the same, and may be
    called in a way that suits no other."""
    return stand_ins(hopeless, context)


def gather(submission: Submission, execution: Execution, run: Run, context: Context) -> Evidence:
    """See evidence/gather.py."""
    thresholds = settings_of(run.rubric, Thresholds)
    return gathering.gather(submission, execution, thresholds, edition=context.edition.name)


def verify(run: Run, student: Student, context: Context) -> tuple[ClassVerdict, ...]:
    """Train the notebook's own LSTM and GRU on the real reviews, or on the synthetic language without them; what is
    verified on real ones, on both.

    Raises:
        ConfigError: the reviews can't be read.
        SandboxError: no student process could be started.
    """
    verifying = Verifying(student, run.data, run.rubric.metrics["accuracy"], run.secret, run.recipe)
    return tuple(
        verifying.verdict(Candidate(name, name in context.take_bidirectional), best_settings(context.evidence, name))
        for name in MODELS
        if name != "GRU" or context.edition.gru
    )


def best_settings(evidence: Evidence | None, name: str) -> Mapping[str, Any]:
    """The settings of this class's best run by its own figures; empty where there is none."""
    runs = [t for t in (evidence.trainings if evidence else ()) if t.kind == name and t.test_acc is not None]
    return max(runs, key=lambda t: t.test_acc or 0.0).settings if runs else {}
