"""Tier 4 without a process: students run the public checks on their own notebook, in the process that they are in."""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable
from typing import Protocol

from autograder.errors import MalformedAnswer, StudentCrash, StudentTimeout
from autograder.sandbox.protocol import TIERS, Tier, Usage


class Handler(Protocol):
    """What serves a student's code: student.server.Server."""

    def handle(self, frame: bytes) -> bytes:
        """One request in, one answer out."""
        ...


class InProcess:
    """A sandbox that isolates nothing and limits nothing but time. For one's own code only."""

    tier: Tier = TIERS[4]

    def __init__(self, new_handler: Callable[[], Handler] | None = None) -> None:
        self._new_handler = new_handler or _server

    def spawn(self) -> InProcessProcess:
        """Start with a fresh workspace."""
        return InProcessProcess(self._new_handler())

    def close(self) -> None:
        """Nothing runs."""


class InProcessProcess:
    """Answers in the calling thread; what is printed goes where printing goes. Deadlines: see inside/bounds.py."""

    output = ""

    def __init__(self, handler: Handler) -> None:
        self._handler: Handler | None = handler
        self._begin = time.process_time()
        self._usage: Usage | None = None

    def request(self, frame: bytes, timeout: float, max_reply: int) -> bytes:
        """Hand the frame over.

        Raises:
            StudentCrash: it has been closed.
            StudentTimeout: no answer within `timeout` seconds; the workspace is forgotten.
            MalformedAnswer: the answer is longer than `max_reply` bytes.
            KeyboardInterrupt: somebody pressed Ctrl-C, which the student's code may not keep for itself.
        """
        if self._handler is None:
            raise StudentCrash("the process had ended before this call")
        from autograder.inside.bounds import bounded  # late: it is of the other sandboxes' inside

        handler = self._handler
        answer, limit = bounded(lambda: handler.handle(frame), timeout)
        if limit.interrupted:
            raise KeyboardInterrupt
        if limit.rings or answer is None:
            self._handler = None
            raise StudentTimeout(f"no answer within {timeout:g} seconds")
        if len(answer) > max_reply:
            raise MalformedAnswer(f"the answer has {len(answer):,} bytes; at most {max_reply:,} are allowed")
        return answer

    def alive(self) -> bool:
        """Whether the workspace is still there."""
        return self._handler is not None

    def close(self) -> Usage:
        """Forget the workspace; the use counted is the whole process's since `spawn`."""
        self._handler = None
        if self._usage is None:
            self._usage = Usage(time.process_time() - self._begin, _peak_mb(), 0)
        return self._usage


def _server() -> Handler:
    server: Handler = importlib.import_module("autograder.inside.server").Server()  # late: it imports torch
    return server


def _peak_mb() -> float:
    try:
        import resource
    except ImportError:  # as on Windows
        return 0.0
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
