"""The bounds of a student process, which the judge states and the zygote sets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds on one student process. Set in the rubric, enforced by the kernel where the tier can."""

    call_seconds: float = 10.0  # wall clock for one call
    load_seconds: float = 20.0  # wall clock for loading one cell
    item_seconds: float = 45.0  # wall clock for all student calls of one item: a slow one can't starve the others
    submission_seconds: float = 240.0  # wall clock for all student calls of one submission
    cpu_seconds: int = 120  # RLIMIT_CPU of one student process
    training_seconds: float = 900.0  # processor time of one training of the submission's own, where it makes them
    memory_mb: int = 2048  # address space beyond the preloaded libraries
    scratch_mb: int = 64  # tmpfs of one student process
    scratch_files: int = 1000  # files and folders in it
    open_files: int = 64  # at once
    processes: int = 32  # threads count too
    stdout_kb: int = 64  # printed text kept; the rest is drained and dropped
    frame_mb: int = 4  # one answer
