"""A soft time limit for one statement. The judge's wall clock is the hard one."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

REPEAT = 0.2  # seconds; the alarm rings again for code that swallows the first one
_running = False


class StatementTimeout(BaseException):
    """A statement took longer than it may; not an Exception, so that `except Exception` does not swallow it."""


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Raise StatementTimeout in the block after `seconds`. None, nested limits and other threads set no limit."""
    global _running
    if seconds is None or _running or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(number: int, frame: FrameType | None) -> None:
        if _running:  # an alarm that arrives after the block is late news
            raise StatementTimeout(f"took longer than {seconds:g} seconds")

    _running = True
    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, REPEAT)
    try:
        yield
    finally:
        _running = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before or signal.SIG_DFL)
