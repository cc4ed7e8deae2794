"""Watches over one cell: its time, its kernel's memory, the saving of its outputs, and how it ended."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from nbclient.exceptions import DeadKernelError

from autograder.notebook.client import Executor
from autograder.notebook.collect import CellOutput
from autograder.sandbox.kernel import Kernel

_TICK = 0.5
_SAVE_EVERY = 3.0
_GRACE = 5.0  # after each of two interrupts, before the next step
_INTERRUPTS = 2
_REPLY_SECONDS = 10.0  # after the kernel said that it is idle: the answer itself was lost


class Save(Protocol):
    """Writes down what there is so far."""

    def __call__(self, *, done: bool = False) -> None: ...


@dataclass
class Clock:
    """The budgets of a notebook, in seconds of wall clock."""

    seconds: float
    cell_seconds: float
    started: float
    cell_started: float = 0.0
    sign: float = 0.0  # when the cell was last known to get on

    def begin_cell(self) -> None:
        """The next cell's time begins."""
        self.cell_started = self.sign = time.monotonic()

    def gets_on(self) -> None:
        """The cell reports a training: its time begins anew, so that many of them fit into one cell."""
        self.sign = time.monotonic()

    def cell(self) -> float:
        """Since the cell began."""
        return time.monotonic() - self.cell_started

    def left(self) -> float:
        """Of the whole notebook's budget."""
        return self.started + self.seconds - time.monotonic()

    def cell_left(self) -> float:
        """Of the cell's budget, which the notebook's bounds too."""
        return min(self.sign + self.cell_seconds - time.monotonic(), self.left())

    def reading(self) -> dict[str, float]:
        """As Progress has it."""
        return {"elapsed": self.seconds - self.left(), "cell_left": self.cell_left(), "left": self.left()}


class CellWatch:
    """One cell while it runs."""

    def __init__(self, kernel: Kernel, executor: Executor, clock: Clock, output: CellOutput) -> None:
        self._kernel, self._executor, self._clock = kernel, executor, clock
        self.output = output
        self._events = 0
        self._stopped = 0.0  # seconds after which it was interrupted
        self._interrupts = 0
        self._next_interrupt = 0.0  # seconds past the end of the cell's time
        self._excess = ""
        self._idle_since: float | None = None

    async def run(self, source: str, tick: Callable[[], None], save: Save) -> tuple[str, str]:
        """Status and error of CellRun. `tick` is called about once a second, `save` when there is something new."""
        task = asyncio.ensure_future(self._executor.run(source, self.output))
        saved, pictures = time.monotonic(), 0
        tick()
        while not task.done():
            await asyncio.wait({task}, timeout=_TICK)
            if task.done():
                break
            tick()
            if len(self.output.events) > self._events:
                self._events = len(self.output.events)
                self._clock.gets_on()
            self._enforce(task)
            seen = len(self.output.text) + len(self.output.outputs)
            if seen != pictures and time.monotonic() - saved > _SAVE_EVERY:
                saved, pictures = time.monotonic(), seen
                save()
        return await self._verdict(task)

    def _enforce(self, task: asyncio.Future[str]) -> None:
        self._excess = self._excess or self._kernel.excess()
        if self._excess:
            self._kernel.kill()
        over = -self._clock.cell_left()
        if over >= self._next_interrupt:
            self._next_interrupt = over + _GRACE
            self._interrupts += 1
            self._stopped = self._stopped or self._clock.cell()
            if self._interrupts <= _INTERRUPTS:
                self._kernel.interrupt()
            else:
                self._kernel.kill()
        if self.output.idle:
            now = time.monotonic()
            self._idle_since = self._idle_since or now
            if now - self._idle_since > _REPLY_SECONDS:
                task.cancel()

    async def _verdict(self, task: asyncio.Future[str]) -> tuple[str, str]:
        status = ""
        with contextlib.suppress(DeadKernelError, asyncio.CancelledError):
            status = await task
        if not self._kernel.alive():
            await self._executor.drain()
        if self._excess:
            return "failed", f"The kernel was ended: {self._excess}."
        if self._interrupts:
            return "timed out", f"The cell was stopped after {self._stopped:.0f} seconds, all the time that it had."
        if not self._kernel.alive():
            return "failed", "The kernel's process ended while this cell ran."
        if status == "error" or self.output.error:
            return "failed", self.output.error or "The kernel reported an error."
        return "ran", ""
