"""The judge's side of one run: starts the driver, reads what it tells, and gives up on it when it must."""

from __future__ import annotations

import json
import os
import selectors
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from autograder.errors import OutOfGpuMemory, SandboxError
from autograder.evidence import CellRun, Execution
from autograder.notebook.gpu import VISIBLE
from autograder.notebook.gpu_memory import AGAIN, AGAIN_TOO, ALONE, ALONE_TOO, NO_CUDA, ran_out, says_so
from autograder.notebook.messages import Progress, RunOrder
from autograder.records import Submission
from autograder.run import Run, Slot
from autograder.sandbox.fallback import FIND
from autograder.sandbox.protocol import TIERS
from autograder.student.proxy import Override

OnProgress = Callable[[Progress], None]

_ROOT = Path(__file__).resolve().parents[2]
_START = FIND + "from autograder.notebook.driver import main; main()"
_MARGIN = 420.0  # seconds for starting the kernel, six times at worst, and for ending it
_END_SECONDS = 30.0
_LONGEST_LINE = 64 << 20
_KEPT = ("PATH", "HOME", "LANG", "NVIDIA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "LD_LIBRARY_PATH")


def execute(
    submission: Submission,
    run: Run,
    out: Path,
    *,
    startup: tuple[str, ...] = (),
    overrides: tuple[Override, ...] = (),
    on_progress: OnProgress | None = None,
) -> Execution:
    """Run a notebook top to bottom in a sandboxed kernel and save `out`/executed.ipynb after every cell.

    `startup`, `overrides`: see RunOrder. `on_progress` is called about once a second.
    Only plain data comes back; all of it may be forged by the notebook.
    Call it from a thread that lives until it returns: the operating system ends the driver with the thread.

    Raises:
        SandboxError: no kernel could be started.
        OutOfGpuMemory: it ran out of the memory of a card that it shares.
    """
    out.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    begin: Mapping[str, Any] = {}
    end: Mapping[str, Any] = {}
    runs: dict[int, CellRun] = {}

    def order(folder: str) -> RunOrder:
        return _order(submission, run, out, folder, startup, overrides)

    visible = "" if run.slot is None else run.slot.card.name
    for message in _messages(order, visible, started + run.notebook_seconds + _MARGIN):
        kind = message.get("kind")
        if kind == "progress" and on_progress is not None:
            on_progress(Progress(**{key: message[key] for key in Progress.__dataclass_fields__}))
        elif kind == "cell":
            runs[message["number"]] = _cell_run(message)
        elif kind == "started":
            begin = message
        elif kind == "end":
            end = message
        elif kind == "failed":
            if run.slot is not None and run.slot.share < 1 and not run.slot.again and says_so(message["reason"]):
                raise OutOfGpuMemory(message["reason"])
            raise SandboxError(message["reason"])
    if not begin:
        raise SandboxError("the process that runs notebooks ended before it had a kernel")
    why = "The run was broken off here: the process that watched over the notebook ended, as it does in a flood."
    done = Execution(
        mode=run.mode,
        data=run.data_name,
        device=begin["device"],
        tier=begin["tier"]["name"],
        cells=tuple(runs.get(cell.number) or _not_run(submission, cell.number, why) for cell in submission.cells),
        seconds=time.monotonic() - started,
        remarks=tuple(end.get("remarks", ())),
        problem=end.get("problem", "") if end else why,
    )
    return done if run.slot is None else _on_a_card(done, run.slot)


def _on_a_card(done: Execution, slot: Slot) -> Execution:
    """What a run on a card is worth.

    Raises:
        OutOfGpuMemory: nothing, since others were beside it on the card.
    """
    if done.device == "cpu":
        return replace(done, remarks=(*done.remarks, NO_CUDA))
    where = ran_out(done)
    if not slot.again:
        if where and slot.share < 1:
            raise OutOfGpuMemory(where)
        return done
    if slot.share < 1:
        return replace(done, remarks=(*done.remarks, AGAIN_TOO if where else AGAIN))
    return replace(done, remarks=(*done.remarks, ALONE_TOO if where else ALONE))


def _order(
    submission: Submission,
    run: Run,
    out: Path,
    folder: str,
    startup: tuple[str, ...],
    overrides: tuple[Override, ...],
) -> RunOrder:
    assert run.rubric.notebook is not None
    return RunOrder(
        parent=os.getpid(),
        folder=folder,
        cells=tuple((cell.number, cell.source, submission.heading_above(cell.number)) for cell in submission.cells),
        markdown=submission.markdown,
        data=None if run.notebook_data is None else str(run.notebook_data.resolve()),
        out=str(out.resolve()),
        tier=run.tier,
        worst_tier=max(number for number, tier in TIERS.items() if tier.safe or run.unsafe),
        startup=startup,
        overrides=tuple((override.names, override.source) for override in overrides),
        seconds=run.notebook_seconds,
        cell_seconds=run.cell_seconds,
        limits=run.rubric.notebook,
        slot=run.slot,
    )


def _messages(order: Callable[[str], RunOrder], visible: str, deadline: float) -> Iterator[Mapping[str, Any]]:
    """What the driver tells, until it ends or the deadline passes; then it is killed, and the kernel with it.

    `order`: of a folder for temporary files. `visible`: the card, empty for none."""
    read_end, write_end = os.pipe()
    folder = tempfile.mkdtemp(prefix="autograder-run-")
    os.chmod(folder, 0o711)  # a kernel of another user goes through it to its own folder
    env = {name: os.environ[name] for name in _KEPT if name in os.environ}
    env |= {"TMPDIR": folder, VISIBLE: visible}
    words = [sys.executable, "-s", "-P", "-B", "-c", _START, str(write_end), str(_ROOT)]
    driver = subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=sys.stderr, env=env, pass_fds=[write_end], start_new_session=True
    )  # so that Ctrl-C does not reach it: it is for its parent to end it
    os.close(write_end)
    try:
        assert driver.stdin is not None
        with driver.stdin as stdin:
            stdin.write(order(folder).dump().encode())
        for line in _lines(read_end, deadline):
            yield json.loads(line)
    finally:
        os.close(read_end)
        _end(driver)
        shutil.rmtree(folder, ignore_errors=True)


def _end(driver: subprocess.Popen[bytes]) -> None:
    """It ends the kernel, and all that it started, before itself; if it can't, the kernel dies with it."""
    driver.terminate()
    try:
        driver.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        driver.kill()
        driver.wait()


def _lines(descriptor: int, deadline: float) -> Iterator[bytes]:
    """Whole lines as they come."""
    rest: list[bytes] = []  # of a line that has not ended
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while (left := deadline - time.monotonic()) > 0 and sum(map(len, rest)) < _LONGEST_LINE:
            if not selector.select(left):
                return
            chunk = os.read(descriptor, 1 << 20)
            if not chunk:
                return
            first, *others = chunk.split(b"\n")
            rest.append(first)
            if others:
                yield b"".join(rest)
                yield from others[:-1]
                rest = [others[-1]]


def _cell_run(message: Mapping[str, Any]) -> CellRun:
    names = ("number", "heading", "status", "seconds", "error", "text")
    run = CellRun(**{name: message[name] for name in names if name in message})
    return replace(run, events=tuple(message.get("events", ())))


def _not_run(submission: Submission, number: int, why: str) -> CellRun:
    return CellRun(number, submission.heading_above(number), "not run", error=why)
