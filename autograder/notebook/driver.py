"""The driver: a process of the judge's between it and the kernel. Whatever the kernel floods, drowns only this one.

Its order comes as JSON on standard input; its messages, one JSON object a line, go to the descriptor in argv.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from autograder.errors import SandboxError
from autograder.notebook.book import Book
from autograder.notebook.cell import CellWatch, Clock
from autograder.notebook.client import Executor, connect, disconnect
from autograder.notebook.collect import CellOutput
from autograder.notebook.gpu import gpu_devices, gpu_environment, gpu_readable
from autograder.notebook.gpu_memory import CardWatch
from autograder.notebook.messages import RunOrder
from autograder.notebook.remarks import SENTENCES
from autograder.sandbox.kernel import Kernel, KernelSpec, open_kernel
from autograder.system import linux
from autograder.wire.limits import Limits

Tell = Callable[[Mapping[str, Any]], None]
ENTRY = "autograder.inside.kernel:serve"
RESTARTS = 5  # so often a notebook whose kernel dies goes on in a fresh one, with what it had defined
_MEMORY = 2 << 30  # bytes of address space that the driver may take beyond its libraries
_FONTS = Path("/etc/fonts")  # for plots
_PROCESSES, _FILES, _SCRATCH_FILES = 256, 4096, 100_000
_FULL_CELLS = 128  # of the whole notebook is kept what so many cells may print at most, and of events
_EVENTS_CHARS = 16_000_000


def main() -> None:
    """Entry of the driver's process."""
    channel = os.fdopen(int(sys.argv[1]), "w", encoding="utf-8", errors="replace", buffering=1)
    order = RunOrder.parse(sys.stdin.read())
    signal.signal(signal.SIGTERM, _give_up)
    linux.die_with_parent(signal.SIGTERM)
    linux.adopt_orphans()
    if os.getppid() != order.parent:
        sys.exit(0)  # the judge died meanwhile

    def tell(message: Mapping[str, Any]) -> None:
        channel.write(json.dumps(message) + "\n")

    try:
        asyncio.run(Cells(order, tell).all_cells())
    except SandboxError as error:
        tell({"kind": "failed", "reason": str(error)})
    except BrokenPipeError:
        pass  # the judge listens no more
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # what there was to end has ended
        shutil.rmtree(order.folder, ignore_errors=True)


def _give_up(*_: object) -> None:
    """The judge has given up, or died: leave nothing behind, and say nothing of what breaks on the way."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    sys.exit(1)


class Cells:
    """One notebook's way through its cells."""

    def __init__(self, order: RunOrder, tell: Tell) -> None:
        self._order, self._tell = order, tell
        self._cells = order.cells
        code = [(number, source) for number, source, _ in self._cells]
        self._book = Book(Path(order.out) / "executed.ipynb", code, order.markdown)
        self._output_kb, self._event_chars = _FULL_CELLS * order.limits.output_kb, _EVENTS_CHARS
        self._restarts = 0
        self._remarks: dict[str, None] = {}
        self._problem = ""
        self._card = CardWatch(order.slot)

    async def all_cells(self) -> None:
        """Run them in order, telling what becomes of each.

        Raises:
            SandboxError: no kernel could be started.
        """
        kernel = self._start([], self._order.tier)
        self._tell({"kind": "started", "tier": asdict(kernel.tier), "device": kernel.told.get("device", "")})
        self._clock = Clock(self._order.seconds, self._order.cell_seconds, time.monotonic())
        self._book.save()
        executor: Executor | None = None
        try:
            executor = await connect(kernel)
            for position, (number, source, heading) in enumerate(self._cells, 1):
                if _is_empty(source):
                    self._record(number, heading, "skipped")
                    continue
                if not kernel.alive() and self._may_restart(position):
                    kernel, executor = await self._fresh(kernel, executor, position)
                if not kernel.alive() or self._clock.left() <= 0:
                    self._record(number, heading, "not run", error=self._why_not(kernel))
                    continue
                await self._one(kernel, executor, position)
        finally:
            if executor is not None:
                disconnect(executor)
            kernel.close()
            self._book.save()
        self._tell({"kind": "end", "remarks": list(self._remarks), "problem": self._problem})

    async def _one(self, kernel: Kernel, executor: Executor, position: int) -> None:
        number, source, heading = self._cells[position - 1]
        self._clock.begin_cell()
        place = {"number": number, "position": position, "total": len(self._cells), "heading": heading}
        output = CellOutput(min(self._order.limits.output_kb, self._output_kb), self._event_chars)
        watch = CellWatch(kernel, executor, self._clock, output)

        def tick() -> None:
            self._tell({"kind": "progress", **place, "line": output.epoch_line, **self._clock.reading()})

        def save(*, done: bool = False) -> None:
            self._book.put(number, output.outputs, done=done)
            self._book.save_if_due()

        status, error = await watch.run(source, tick, save)
        save(done=True)
        kilobytes, chars = output.used
        self._output_kb, self._event_chars = self._output_kb - kilobytes, self._event_chars - chars
        for code in sorted(output.remarks & SENTENCES.keys()):
            self._remarks.setdefault(SENTENCES[code].format(cell=number))
        self._record(
            number, heading, status, error=error, seconds=self._clock.cell(), text=output.text, events=output.events
        )

    def _record(self, number: int, heading: str, status: str, **more: Any) -> None:
        self._tell({"kind": "cell", "number": number, "heading": heading, "status": status, **more})

    # ---- the kernel --------------------------------------------------------------------------------------------------
    def _start(self, replay: list[str], tier: int | None) -> Kernel:
        """Raises: SandboxError."""
        order = self._order
        slot = order.slot
        contents = {"startup": order.startup, "overrides": order.overrides, "output_kb": order.limits.output_kb}
        limits = Limits(
            cpu_seconds=int(2 * order.seconds) + 60,
            memory_mb=order.limits.memory_mb,
            scratch_mb=order.limits.scratch_mb,
            scratch_files=_SCRATCH_FILES,
            open_files=_FILES,
            processes=_PROCESSES,
        )
        spec = KernelSpec(
            limits=limits,
            entry=ENTRY,
            contents={**contents, "replay": replay, "gpu_share": None if slot is None else slot.share},
            readable=(_FONTS, *(() if slot is None else gpu_readable())),
            data=None if order.data is None else Path(order.data),
            devices=() if slot is None else gpu_devices(slot.card),
            env={
                "MPLBACKEND": "module://matplotlib_inline.backend_inline",
                "PIP_NO_INDEX": "1",
                **({} if slot is None else gpu_environment(slot.card)),
            },
            excess=self._card.excess,
        )
        most = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (most, most))  # the kernel inherits it, and its libraries need more
        kernel = open_kernel(spec, tier, order.worst_tier)
        resource.setrlimit(resource.RLIMIT_AS, (linux.address_space() + _MEMORY, most))
        return kernel

    def _may_restart(self, position: int) -> bool:
        if self._restarts >= RESTARTS or self._clock.left() <= 0:
            return False
        self._restarts += 1
        number = self._cells[position - 1][0]
        self._remarks.setdefault(
            f"The kernel had ended before cell {number}; a fresh one went on there, with the imports, definitions and "
            "settings of the cells above, but without their results."
        )
        return True

    async def _fresh(self, old: Kernel, executor: Executor, position: int) -> tuple[Kernel, Executor]:
        """A fresh kernel and its client; what there was if none can be started, so that the rest is not run."""
        disconnect(executor)
        old.close()
        started = time.monotonic()
        try:
            kernel = self._start([text for _, text, _ in self._cells[: position - 1]], old.tier.number)
        except SandboxError:
            self._restarts, self._problem = RESTARTS, "The kernel ended, and no fresh one could be started."
            return old, executor
        executor = await self._reconnect(kernel, executor)
        self._clock.started += time.monotonic() - started  # a start is not the notebook's time
        return kernel, executor

    async def _reconnect(self, kernel: Kernel, old: Executor) -> Executor:
        """A client of the fresh kernel; of a dead one when that does not answer, so that the rest is not run."""
        try:
            return await connect(kernel)
        except SandboxError:
            kernel.kill()
            self._problem = "The kernel ended, and a fresh one does not answer."
            return old

    def _why_not(self, kernel: Kernel) -> str:
        if kernel.alive():
            self._problem = f"The notebook's {self._order.seconds:g} seconds were used up."
        else:
            self._problem = self._problem or (
                f"The kernel ended, and with it the run: {RESTARTS} times a fresh one had gone on, as often as may be."
            )
        return self._problem


def _is_empty(source: str) -> bool:
    return all(not line.strip() or line.lstrip().startswith("#") for line in source.splitlines())
