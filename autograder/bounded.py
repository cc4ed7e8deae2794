"""A stage of the judge's work on what students wrote, in a fork of the judge under bounds of its own.

Patterns and parsers are written in linear forms (tests/bounds/ holds them to it). Where one is slow all the same, or
eats memory, it ends with its fork, and whoever asked for the stage says so of the hand-in: the judge goes on. A pattern
that is being matched can't be interrupted from within its own process.
"""

from __future__ import annotations

import gc
import os
import resource
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn, TypeVar

from autograder import evidence, records
from autograder.errors import GraderError, StageOverrun, SubmissionError
from autograder.system import linux
from autograder.system.signals import held_back
from autograder.wire import frames

Name = Literal["read", "evidence", "report", "write"]
T = TypeVar("T")

_MB = 1 << 20
_PATIENCE = 10  # times the processor time in wall clock, for a busy machine
_LEAST_PATIENCE = 60.0  # seconds


@dataclass(frozen=True)
class Bounds:
    """Of one stage: seconds of processor time; megabytes of address space beyond what the judge has already."""

    cpu_seconds: int
    memory_mb: int


# An honest notebook takes a tenth of a second in each, one with outputs of 50 MB a few seconds.
BOUNDS: Mapping[Name, Bounds] = {
    "read": Bounds(20, 2_000),
    "evidence": Bounds(30, 1_500),
    "report": Bounds(20, 1_000),
    "write": Bounds(60, 1_500),
}


class Stages:
    """Runs the stages of one hand-in. `apart=False`: in this process and without bounds, where a student looks at a
    notebook of their own. `cpu_seconds`: what the forks have used."""

    def __init__(self, *, apart: bool = True, bounds: Mapping[Name, Bounds] = BOUNDS) -> None:
        self._apart, self._bounds = apart, bounds
        self.cpu_seconds = 0.0

    def run(self, name: Name, work: Callable[[], T]) -> T:
        """What `work` returns: plain data and records. It can change nothing in this process.

        Raises:
            SubmissionError: as `work` does.
            StageOverrun: it used up its time or memory, nested too deep, or ended its process.
            GraderError: it raised anything else, or waited for the machine until nobody could wait any longer.
        """
        if not self._apart:
            return work()
        bounds = self._bounds[name]
        ours, theirs = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        parent = os.getpid()
        with held_back(signal.SIGTERM):
            child = os.fork()
            if child == 0:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if child == 0:
            os.close(ours)
            _work(bounds, work, theirs, parent)
        os.close(theirs)
        try:
            answer = _answer(ours, time.monotonic() + max(_LEAST_PATIENCE, _PATIENCE * bounds.cpu_seconds))
        finally:
            os.close(ours)
            os.kill(child, signal.SIGKILL)
            usage = os.wait4(child, 0)[2]
            used = usage.ru_utime + usage.ru_stime
            self.cpu_seconds += used
        if answer is None and used < bounds.cpu_seconds / 2:
            raise GraderError(f"the stage {name!r} got too little of this machine to come to its end")
        return _result(name, answer)  # type: ignore[no-any-return]


def _answer(pipe: int, deadline: float) -> bytes | None:
    """All that the fork says before it ends; None if it has not ended at the deadline."""
    parts: list[bytes] = []
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    while (left := deadline - time.monotonic()) > 0 and poll.poll(left * 1000):
        part = os.read(pipe, _MB)
        if not part:
            return b"".join(parts)
        parts.append(part)
    return None


def _result(name: Name, answer: bytes | None) -> Any:
    """Raises: StageOverrun, or what the work raised."""
    try:
        kind, value = frames.unpack(answer or b"")
    except frames.WireError:  # it was killed, perhaps in the middle
        kind, value = "overrun", None
    if kind == "refused":
        raise SubmissionError(value)
    if kind == "failed":
        raise GraderError(f"the stage {name!r} failed: {value}")
    if kind == "overrun":
        raise StageOverrun(name)
    return _revived(value)


# ---- records as they travel ------------------------------------------------------------------------------------------
_RECORDS: Mapping[str, Any] = {
    name: value for room in (records, evidence) for name, value in vars(room).items() if is_dataclass(value)
}


def _plain(value: Any) -> Any:
    """A record as its name and fields, which wire knows; whatever stands inside containers too."""
    if type(value) in _RECORDS.values():
        return frames.Scalar(type(value).__name__, [_plain(getattr(value, f.name)) for f in fields(value)])
    if isinstance(value, Path):
        return frames.Scalar("Path", str(value))
    if isinstance(value, (tuple, list)):
        return type(value)(map(_plain, value))
    return {key: _plain(inner) for key, inner in value.items()} if isinstance(value, Mapping) else value


def _revived(value: Any) -> Any:
    if isinstance(value, frames.Scalar):
        found = _revived(value.value)
        return Path(found) if value.type_name == "Path" else _RECORDS[value.type_name](*found)
    if isinstance(value, (tuple, list)):
        return type(value)(map(_revived, value))
    return {key: _revived(inner) for key, inner in value.items()} if isinstance(value, dict) else value


# ---- in the fork -----------------------------------------------------------------------------------------------------
def _work(bounds: Bounds, work: Callable[[], object], pipe: int, parent: int) -> NoReturn:
    """Do the work within the bounds and tell what came of it."""
    try:
        for number in (signal.SIGINT, signal.SIGHUP):  # they reach the parent, which ends this process
            signal.signal(number, signal.SIG_IGN)
        _confine(bounds, parent)
        try:
            said = ("done", _plain(work()))
        except (MemoryError, RecursionError):
            said = ("overrun", None)
        except SubmissionError as error:
            said = ("refused", str(error))
        except Exception:  # noqa: BLE001  # the grader's own
            said = ("failed", traceback.format_exc()[-4000:])
        left = memoryview(frames.pack(said))
        while left:
            left = left[os.write(pipe, left) :]
    finally:
        os._exit(0)


def _confine(bounds: Bounds, parent: int) -> None:
    """Raises: OSError."""
    if sys.platform == "linux":  # elsewhere the interpreter alone may reserve more than any sensible bound
        linux.die_with_parent(signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(0)
        most = linux.address_space() + bounds.memory_mb * _MB
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (bounds.cpu_seconds, bounds.cpu_seconds + 1))
    gc.freeze()  # what the judge holds is left alone, and so stays shared
