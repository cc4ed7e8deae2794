"""A sandbox that is none: the student's own code, in the process that the student is in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from autograder.errors import MalformedAnswer, StudentCrash, StudentTimeout
from autograder.own.bounds import bounded
from autograder.sandbox.protocol import Tier, Usage

TIER = Tier(4, "none", "nothing is isolated")


class Handler(Protocol):
    """What serves a student's code: inside.server.Server."""

    def handle(self, frame: bytes) -> bytes:
        """One request in, one answer out."""
        ...


class Here:
    """Serves a fresh workspace each time it is asked for one. For one's own code only; limits nothing but time."""

    tier = TIER

    def __init__(self, new_handler: Callable[[], Handler]) -> None:
        self._new_handler = new_handler

    def spawn(self) -> HereProcess:
        """Start with a fresh workspace."""
        return HereProcess(self._new_handler())

    def close(self) -> None:
        """Nothing runs."""


class HereProcess:
    """Answers in the calling thread."""

    output = ""

    def __init__(self, handler: Handler) -> None:
        self._handler: Handler | None = handler

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
        """Forget the workspace. What it used is not counted here."""
        self._handler = None
        return Usage(0.0, 0.0, 0)
