"""Process pools where no processes may be started, nor shared memory is there: the same interfaces in this process.

`multiprocessing.dummy` is the standard library's own copy of `multiprocessing` on threads; its pool needs shared memory
nevertheless. Results and their order are the same; only what workers did to globals, and the speed, tell it apart.
"""

from __future__ import annotations

import concurrent.futures
import concurrent.futures.process
import multiprocessing
import multiprocessing.context
import multiprocessing.dummy
import multiprocessing.pool
import os
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

MOST_THREADS = 2  # there is one processor to share
OFF = {"num_workers": 0, "prefetch_factor": None, "persistent_workers": False, "timeout": 0}


class Result:
    """What became of a call that was made at once: multiprocessing.pool.AsyncResult."""

    def __init__(
        self,
        call: Callable[[], Any],
        callback: Callable[[Any], object] | None,
        on_error: Callable[[Any], object] | None,
    ) -> None:
        self._value: Any = None
        self._error: Exception | None = None
        try:
            self._value = call()
        except Exception as error:
            self._error = error
        told = callback if self._error is None else on_error
        if told is not None:
            told(self._value if self._error is None else self._error)

    def get(self, timeout: float | None = None) -> Any:
        """The value, or what the call raised."""
        if self._error is not None:
            raise self._error
        return self._value

    def wait(self, timeout: float | None = None) -> None:
        """It is there."""

    def ready(self) -> bool:
        """It is there."""
        return True

    def successful(self) -> bool:
        """Whether the call raised nothing."""
        return self._error is None


class Pool:
    """multiprocessing.Pool, and ThreadPool, whose threads need shared memory too: every call is made at once."""

    def __init__(
        self, processes: int | None = None, initializer: Callable[..., object] | None = None,
        initargs: Iterable[Any] = (), maxtasksperchild: int | None = None, context: Any = None,
    ) -> None:  # fmt: skip
        if processes is not None and processes < 1:
            raise ValueError("Number of processes must be at least 1")
        self._open = True
        if initializer is not None:
            initializer(*initargs)

    def apply(self, func: Callable[..., Any], args: Any = (), kwds: Any = None) -> Any:
        """Call it."""
        return self.apply_async(func, args, kwds).get()

    def apply_async(
        self,
        func: Callable[..., Any],
        args: Any = (),
        kwds: Any = None,
        callback: Any = None,
        error_callback: Any = None,
    ) -> Result:
        """Call it; the result comes when it is asked for."""
        self._running()
        return Result(lambda: func(*args, **(kwds or {})), callback, error_callback)

    def map(self, func: Callable[..., Any], iterable: Iterable[Any], chunksize: int | None = None) -> list[Any]:
        """The results, in order."""
        return self.map_async(func, iterable).get()  # type: ignore[no-any-return]

    def map_async(
        self, func: Callable[..., Any], iterable: Iterable[Any], chunksize: Any = None, callback: Any = None,
        error_callback: Any = None,
    ) -> Result:  # fmt: skip
        """The results, in order, when they are asked for."""
        self._running()
        return Result(lambda: [func(value) for value in iterable], callback, error_callback)

    def starmap(self, func: Callable[..., Any], iterable: Iterable[Any], chunksize: int | None = None) -> list[Any]:
        """As map, of tuples of arguments."""
        return self.map(lambda args: func(*args), iterable)

    def starmap_async(self, func: Callable[..., Any], iterable: Iterable[Any], *args: Any, **kwargs: Any) -> Result:
        """As map_async, of tuples of arguments."""
        return self.map_async(lambda values: func(*values), iterable, *args, **kwargs)

    def imap(self, func: Callable[..., Any], iterable: Iterable[Any], chunksize: int | None = None) -> Iterator[Any]:
        """The results, one after the other."""
        self._running()
        return map(func, iterable)

    imap_unordered = imap

    def _running(self) -> None:
        if not self._open:
            raise ValueError("Pool not running")

    def close(self) -> None:
        """No more calls."""
        self._open = False

    terminate = close

    def join(self) -> None:
        """All is done."""
        if self._open:
            raise ValueError("Pool is still running")

    def __enter__(self) -> Pool:
        self._running()
        return self

    def __exit__(self, *args: object) -> None:
        self.terminate()


class ProcessPoolExecutor(concurrent.futures.ThreadPoolExecutor):
    """concurrent.futures.ProcessPoolExecutor on threads."""

    def __init__(
        self,
        max_workers: int | None = None,
        mp_context: Any = None,
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
        *,
        max_tasks_per_child: int | None = None,
    ) -> None:
        if max_workers is not None and max_workers <= 0:
            raise ValueError("max_workers must be greater than 0")
        super().__init__(min(max_workers or MOST_THREADS, MOST_THREADS), "", initializer, initargs)


class Process(multiprocessing.dummy.DummyProcess):
    """multiprocessing.Process on a thread: what it raises is its own, and `exitcode` tells."""

    exitcode: int | None = None  # type: ignore[assignment]

    def __init__(
        self, group: Any = None, target: Any = None, name: Any = None, args: Any = (), kwargs: Any = None, *,
        daemon: bool | None = None,
    ) -> None:  # fmt: skip
        super().__init__(group, target, name, args, kwargs or {})
        self.daemon = True
        self.pid = os.getpid()

    def run(self) -> None:
        """Call the target."""
        try:
            super().run()
        except BaseException:
            self.exitcode = 1
            raise
        self.exitcode = 0

    def terminate(self) -> None:
        """Threads can't be ended; it ends with the process at the latest."""

    kill = close = terminate


def install() -> None:
    """Put threads in place of processes, in this process and for good. May be called twice."""
    if vars(multiprocessing)["Pool"] is Pool:
        return
    names: dict[str, Any] = {name: getattr(multiprocessing.dummy, name) for name in multiprocessing.dummy.__all__}
    names |= {"Pool": Pool, "Process": Process, "SimpleQueue": multiprocessing.dummy.Queue}
    context = types.SimpleNamespace(**names, cpu_count=os.cpu_count, get_start_method=lambda allow_none=False: "fork")
    context.get_context = lambda method=None: context
    names["get_context"] = context.get_context
    places = [multiprocessing, sys.modules.get("torch.multiprocessing")]
    for place in filter(None, places):
        vars(place).update(names, cpu_count=os.cpu_count)
    vars(multiprocessing.pool).update(Pool=Pool, ThreadPool=Pool)
    concurrent.futures.ProcessPoolExecutor = ProcessPoolExecutor  # type: ignore[misc,assignment]
    concurrent.futures.process.ProcessPoolExecutor = ProcessPoolExecutor  # type: ignore[misc,assignment]
    _keep_joblib_here()
    without_workers()


def _keep_joblib_here() -> None:
    """joblib without multiprocessing computes one thing after the other, and says that it does."""
    for name in ("joblib.parallel", "joblib._parallel_backends"):
        if name in sys.modules:
            vars(sys.modules[name])["mp"] = None


def without_workers() -> None:
    """Data loaders make their batches themselves: workers hand them over in memory that processes share."""
    data: Any = sys.modules.get("torch.utils.data")
    if data is None or getattr(data.DataLoader.__init__, "alone", False):
        return
    begin = data.DataLoader.__init__

    def begin_alone(self: Any, *args: Any, **kwargs: Any) -> None:
        if "num_workers" in kwargs:
            kwargs |= {name: OFF[name] for name in kwargs.keys() & OFF.keys()}
        begin(self, *args, **kwargs)

    begin_alone.alone = True  # type: ignore[attr-defined]
    data.DataLoader.__init__ = begin_alone
