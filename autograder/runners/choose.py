"""Opens the runner that a run asks for, where that is not this machine's own pool."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from autograder.run import Run

if TYPE_CHECKING:  # the local pool needs nothing of it
    from autograder.runners.protocol import Runner


def open_runner(run: Run) -> Runner:
    """Connect to the cluster, or start it.

    Raises:
        ConfigError: what it needs is not installed, or its settings don't fit.
        GraderError: it does not answer.
    """
    from autograder.runners.dispatch import Dispatch

    if run.runner == "ray":
        from autograder.runners.ray import open_ray

        return Dispatch(run, open_ray(run), say)
    from autograder.runners.slurm import open_slurm

    return Dispatch(run, open_slurm(run), say)


def say(sentence: str) -> None:
    """Tell staff, on the error stream: on the other stand results only."""
    from autograder.reports.harmless import clean

    print(clean(sentence), file=sys.stderr, flush=True)
