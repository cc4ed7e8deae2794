"""Time limits inside one process: a soft one for a statement and, where there is no judge outside, one for a request.

Where the judge is another process, its wall clock is the hard limit; these only keep a slow statement from costing
more than itself. They work where there are alarms (not on Windows), and in the main thread.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import TypeVar

T = TypeVar("T")
REPEAT = 0.2  # seconds; the alarm rings again for code that swallows the first one
MOST_GIVEN = 60.0  # seconds that imports may take beyond a limit
MOST_FRAMES = 500  # looked at from the innermost outwards
PATIENCE = 5  # rings after which a request that goes on is rung at every other moment


class StatementTimeout(BaseException):
    """A statement took longer than it may; not an Exception, so that `except Exception` does not swallow it."""


class RequestTimeout(BaseException):
    """As StatementTimeout, for a whole request."""


@dataclass
class Limit:
    """One block's: `end` by time.monotonic(); `rings` so far; `given`, the seconds given back for imports;
    `interrupted` by Ctrl-C, which ends it at once."""

    error: type[BaseException]
    seconds: float
    end: float
    rings: int = 0
    given: float = 0.0
    interrupted: bool = False


_limits: list[Limit] = []  # of the blocks that are being run, outermost first: a process has only one alarm


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Raise StatementTimeout in the block after `seconds`. None, and limits inside such a limit, set none."""
    if seconds is None or not _possible() or any(limit.error is StatementTimeout for limit in _limits):
        yield
        return
    depth = len(_limits)
    before = signal.signal(signal.SIGALRM, _ring)
    _limits.append(Limit(StatementTimeout, seconds, time.monotonic() + seconds))
    _arm()
    try:
        yield
    finally:
        del _limits[depth:]
        _arm()
        signal.signal(signal.SIGALRM, before or signal.SIG_DFL)


def run_request(action: Callable[[], T], seconds: float) -> tuple[T | None, Limit]:
    """Call it; after `seconds`, or on Ctrl-C, RequestTimeout is raised in it until it ends, whatever it catches.

    It may have swallowed every one, so what its answer is worth is for the limit to say.
    """
    limit = Limit(RequestTimeout, seconds, time.monotonic() + seconds)
    if not _possible():
        return action(), limit

    def interrupt(number: int, frame: FrameType | None) -> None:
        limit.interrupted, limit.end = True, 0.0
        _ring(number, frame)

    def report(unraisable: sys.UnraisableHookArgs) -> None:
        """An alarm may ring where Python only prints what is raised, as in `__del__`; it rings again soon."""
        if unraisable.exc_type is not RequestTimeout:
            hook(unraisable)

    hook, sys.unraisablehook = sys.unraisablehook, report
    before = signal.signal(signal.SIGALRM, _ring), signal.signal(signal.SIGINT, interrupt)
    answer: T | None = None
    try:
        _limits.append(limit)
        _arm()
        try:
            answer = action()
        finally:
            _limits.clear()
    except RequestTimeout:
        pass
    finally:  # reached even if the alarm rang just before the other end
        _limits.clear()
        _arm()
        signal.signal(signal.SIGALRM, before[0] or signal.SIG_DFL)
        signal.signal(signal.SIGINT, before[1] or signal.default_int_handler)
        sys.unraisablehook = hook
    return answer, limit


def active() -> bool:
    """Whether a limit is being kept at the moment."""
    return bool(_limits)


def _possible() -> bool:
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()


def _ring(number: int, frame: FrameType | None) -> None:
    """Raise for the outermost limit that has passed; an alarm that arrives after its block is late news.

    An import is never cut in two, since what it leaves can't be imported again; the time that it takes is given back.
    """
    for limit in _limits:
        if time.monotonic() >= limit.end:
            if not limit.interrupted and limit.given < MOST_GIVEN and _importing(frame):
                limit.given += REPEAT
                limit.end = time.monotonic() + REPEAT
                continue
            limit.rings += 1
            if limit.error is RequestTimeout:
                _hurry(limit)
            raise limit.error(f"took longer than {limit.seconds:g} seconds")
    _arm()


def _importing(frame: FrameType | None) -> bool:
    """Whether the moment is inside an import."""
    for _ in range(MOST_FRAMES):
        if frame is None:
            return False
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back
    return False


def _hurry(limit: Limit) -> None:
    """A loop that catches everything is left only by an alarm that rings while it is at none of its `try` lines."""
    soon = REPEAT if limit.rings < PATIENCE else 3e-6 * (1 + 37 * limit.rings % 101)
    signal.setitimer(signal.ITIMER_REAL, soon, REPEAT)


def _arm() -> None:
    """Set the alarm for the first limit to pass; switch it off where there is none."""
    left = min((limit.end for limit in _limits), default=None)
    signal.setitimer(signal.ITIMER_REAL, max(left - time.monotonic(), 1e-3) if left is not None else 0, REPEAT)
