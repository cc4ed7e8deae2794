"""The local pool (local.py) as a Runner."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Self

from autograder.grade import Setup
from autograder.records import Report
from autograder.runners.local import Job, Result, run_jobs
from autograder.runners.protocol import Capacity, Watch
from autograder.runners.slots import Slots


class LocalRunner:
    """A Runner on this machine. `show` is called in the workers with each report, `say` here with what staff should
    know; `slots`: places on GPUs."""

    def __init__(
        self,
        setup: Setup,
        say: Callable[[str], None],
        show: Callable[[Report], None] | None = None,
        slots: Slots | None = None,
    ) -> None:
        self._setup, self._say, self._show, self._slots = setup, say, show, slots

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *error: object) -> None:
        return

    def capacity(self) -> Capacity:
        """See Runner."""
        each = len(self._slots) if self._slots is not None else self._setup.run.jobs
        return Capacity(1, each, told=f"this machine: {each} at once")

    def run(self, jobs: Sequence[Job], on_result: Callable[[Result], None], watch: Watch | None = None) -> None:
        """See Runner. Its workers end before anything else does, whatever `on_result` raises."""
        results = run_jobs(self._setup, jobs, self._setup.run.jobs, self._show, watch, self._slots, self._say)
        with contextlib.closing(results):
            for result in results:
                on_result(result)
