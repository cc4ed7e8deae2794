"""How the bars of charlm are found out: see autograder/whole.py."""

from __future__ import annotations

import secrets
from pathlib import Path

import numpy as np

from autograder.assignments.charlm.bars import Bars
from autograder.assignments.charlm.context import Context, Settings
from autograder.assignments.charlm.data import check, made_up, real
from autograder.evidence import ClassVerdict
from autograder.judge.seeds import seed_of
from autograder.rubric import settings_of
from autograder.run import Run
from autograder.student.proxy import Student


def check_data(path: Path) -> None:
    """Raises:
    ConfigError: it is no folder with the text and the examples.
    """
    check(path)


def verify(run: Run, student: Student, context: Context) -> tuple[ClassVerdict, ...]:
    """Have both parts trained by the submission itself, on the real text or on the made-up language without it.

    Raises:
        ConfigError: the text can't be read.
        SandboxError: no student process could be started.
    """
    salt = secrets.token_hex(8)  # another one for every run: nothing is learned from an earlier report
    rng = np.random.default_rng(seed_of(run.secret, f"charlm material {salt}"))
    material = made_up(rng) if run.data is None else real(run.data, rng)
    settings = settings_of(run.rubric, Settings)
    bars = Bars(student, context, material, dict(run.rubric.metrics), settings, run.secret, salt)
    return bars.verdict(bars.classifier()), bars.verdict(bars.language_model())
