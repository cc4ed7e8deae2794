"""Time limits on a student's call, on whatever system and in whatever thread it runs.

Where there are alarms, they are used (inside/timelimit.py). On Windows, and in threads other than the main one, another
thread watches and raises the error in the caller between two steps of Python; a single call of a library is not cut
short. Where no thread can be started either (Pyodide), nothing is.
"""

from __future__ import annotations

import ctypes
import signal
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from autograder.inside.timelimit import REPEAT, Limit, RequestTimeout, run_request

T = TypeVar("T")


def bounded(action: Callable[[], T], seconds: float) -> tuple[T | None, Limit]:
    """As run_request, everywhere. What the answer is worth is for the limit to say."""
    if hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
        return run_request(action, seconds)
    return watched(action, seconds)


def watched(action: Callable[[], T], seconds: float) -> tuple[T | None, Limit]:
    """The same by a thread that watches; Ctrl-C ends the call as it does anywhere."""
    limit = Limit(RequestTimeout, seconds, time.monotonic() + seconds)
    caller, ended, lock = ctypes.c_ulong(threading.get_ident()), threading.Event(), threading.Lock()
    raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc

    def watch() -> None:
        wait = seconds
        while not ended.wait(wait):
            with lock:
                if ended.is_set():
                    return
                limit.rings += 1
                raise_in(caller, ctypes.py_object(RequestTimeout))
            wait = REPEAT

    watcher = threading.Thread(target=watch, daemon=True)
    try:
        watcher.start()
    except RuntimeError:  # no threads here
        return action(), limit
    answer: T | None = None
    try:
        try:
            answer = action()
        finally:
            with lock:
                ended.set()
                raise_in(caller, None)  # one that is on its way is late news
    except RequestTimeout:
        ended.set()
    except KeyboardInterrupt:
        limit.interrupted = True
    watcher.join()
    return answer, limit
