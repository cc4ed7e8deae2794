"""Slurm: orders are tasks of a job array; a folder in OUT, which all nodes share, carries them and what comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # nodes import this package too, and need nothing of it
    from autograder.run import Run
    from autograder.runners.slurm.engine import SlurmEngine


def open_slurm(run: Run) -> SlurmEngine:
    """See that Slurm answers, and take over what a run left that was cut off.

    Raises:
        ConfigError: this machine is none of a cluster, something is not installed, or the settings don't fit; or
            another run is at work on the same OUT.
        GraderError: Slurm does not answer.
    """
    from autograder.runners.slurm.engine import SlurmEngine

    engine = SlurmEngine(run)
    engine.open()
    return engine
