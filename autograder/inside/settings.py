"""Settings of a whole process that notebooks change and that checks must not feel: kept once, brought back cheaply.

A last cell may switch gradients off, make float64 the default, turn warnings into errors or put standard output away.
At home that came after everything else; here it would come before every check. So each setting is looked at before
each call, which takes microseconds, and set again only where it differs.
"""

from __future__ import annotations

import copy
import decimal
import importlib
import io
import locale
import os
import signal
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.inside import timelimit

_signal: Any = importlib.import_module("_signal")  # without `signal`'s enumerations, which cost more than all else here
SIGNALS = ("SIGALRM", "SIGINT", "SIGTERM", "SIGUSR1")
MOST_MODES = 100  # left entered by a notebook


class Settings:
    """The settings as they were when this was made."""

    def __init__(self) -> None:
        self._streams = sys.stdin, sys.stdout, sys.stderr
        self._folder = os.getcwd()
        self._recursion = sys.getrecursionlimit()
        self._watchers = sys.gettrace(), sys.getprofile()
        self._filters, self._show = list(warnings.filters), warnings.showwarning
        self._locale = locale.setlocale(locale.LC_ALL)
        self._numpy_errors, self._numpy_print = np.geterr(), np.get_printoptions()
        self._decimal = decimal.getcontext().copy()
        numbers = [int(getattr(signal, name)) for name in SIGNALS if hasattr(signal, name)]
        self._signals: dict[int, Any] = {number: _signal.getsignal(number) for number in numbers}
        self._restorers: list[Callable[[], None]] = [
            self._restore_python, self._restore_signals, self._restore_warnings, self._restore_numpy,
        ]  # fmt: skip
        if "torch" in sys.modules:
            self._restorers.append(_Torch().restore)
        if "pandas" in sys.modules:
            self._restorers.append(_Pandas().restore)

    def restore(self) -> None:
        """Bring back what differs. What can't be brought back, since the student's code broke it, stays as it is."""
        for restore in self._restorers:
            try:
                restore()
            except Exception:  # hostile code may have replaced anything here
                continue

    def _restore_python(self) -> None:
        self._restore_streams()
        if sys.getrecursionlimit() < self._recursion:  # who raised it needs it
            sys.setrecursionlimit(self._recursion)
        if sys.gettrace() is not self._watchers[0]:
            sys.settrace(self._watchers[0])
        if sys.getprofile() is not self._watchers[1]:
            sys.setprofile(self._watchers[1])
        try:
            moved = os.getcwd() != self._folder
        except FileNotFoundError:  # it removed the folder that it was in
            moved = True
        if moved:
            os.chdir(self._folder)
        if locale.setlocale(locale.LC_ALL) != self._locale:
            locale.setlocale(locale.LC_ALL, self._locale)
        context = decimal.getcontext()
        if (context.prec, context.rounding) != (self._decimal.prec, self._decimal.rounding):
            decimal.setcontext(self._decimal.copy())

    def _restore_streams(self) -> None:
        if (sys.stdin, sys.stdout, sys.stderr) != self._streams:
            sys.stdin, sys.stdout, sys.stderr = self._streams
        if any(stream is not None and stream.closed for stream in self._streams[1:]):
            nowhere = io.TextIOWrapper(open(os.devnull, "wb"), encoding="utf-8")  # for as long as we live
            _, out, err = self._streams
            self._streams = self._streams[0], nowhere if out.closed else out, nowhere if err.closed else err
            sys.stdin, sys.stdout, sys.stderr = self._streams

    def _restore_signals(self) -> None:
        if timelimit.active():  # whoever runs this request has set its own alarm
            return
        for number, handler in self._signals.items():
            if _signal.getsignal(number) is not handler and handler is not None:
                _signal.signal(number, handler)
        if hasattr(_signal, "setitimer") and _signal.getitimer(_signal.ITIMER_REAL)[0]:
            _signal.setitimer(_signal.ITIMER_REAL, 0)

    def _restore_warnings(self) -> None:
        if warnings.filters != self._filters:
            warnings.filters[:] = self._filters  # type: ignore[index]
            warnings._filters_mutated()  # type: ignore[attr-defined]
        if warnings.showwarning is not self._show:
            warnings.showwarning = self._show

    def _restore_numpy(self) -> None:
        if np.geterr() != self._numpy_errors:
            np.seterr(**self._numpy_errors)
        if np.get_printoptions() != self._numpy_print:
            np.set_printoptions(**self._numpy_print)


class _Torch:
    """Torch's, at their defaults."""

    def __init__(self) -> None:
        import torch

        self._torch: Any = torch
        self._threads = torch.get_num_threads()
        self._print = dict(vars(torch._tensor_str.PRINT_OPTS))
        self._guards: list[Any] = []  # a mode that is left would come back

    def restore(self) -> None:
        """See Settings.restore."""
        torch = self._torch
        self._leave_modes()  # first: the guard below keeps what is in force now, and brings it back when it goes
        if torch.is_inference_mode_enabled():
            guard = torch.inference_mode(False)
            guard.__enter__()
            self._guards.append(guard)
        if not torch.is_grad_enabled():
            torch._C._set_grad_enabled(True)
        if torch.get_default_dtype() is not torch.float32:
            torch.set_default_dtype(torch.float32)
        for kind in ("cpu", "cuda"):
            if torch.is_autocast_enabled(kind):
                torch.set_autocast_enabled(kind, False)
        if torch.is_anomaly_enabled():
            torch.set_anomaly_enabled(False)
        if torch.are_deterministic_algorithms_enabled():
            torch.use_deterministic_algorithms(False)
        if torch.get_num_threads() != self._threads:
            torch.set_num_threads(self._threads)
        if torch.get_float32_matmul_precision() != "highest":
            torch.set_float32_matmul_precision("highest")
        if vars(torch._tensor_str.PRINT_OPTS) != self._print:
            vars(torch._tensor_str.PRINT_OPTS).update(self._print)

    def _leave_modes(self) -> None:
        """A default device, and whatever else a notebook has entered and never left."""
        torch = self._torch
        core = torch._C
        for _ in range(min(core._len_torch_dispatch_stack(), MOST_MODES)):
            core._pop_torch_dispatch_stack(None)
        if core._len_torch_function_stack():
            for _ in range(min(core._len_torch_function_stack(), MOST_MODES)):
                core._pop_torch_function_stack()
            torch._GLOBAL_DEVICE_CONTEXT.device_context = None


class _Pandas:
    """The options of pandas."""

    def __init__(self) -> None:
        import pandas

        self._pandas: Any = pandas
        self._options: dict[str, Any] = pandas._config.config._global_config
        self._groups = copy.deepcopy(self._options)

    def restore(self) -> None:
        """See Settings.restore."""
        if self._options == self._groups:
            return
        for path, value in _leaves(self._groups):
            if self._pandas.get_option(path) != value:
                self._pandas.set_option(path, value)


def _leaves(tree: dict[str, Any], above: str = "") -> list[tuple[str, Any]]:
    """`("mode.sim_interactive", False)` for every option."""
    found: list[tuple[str, Any]] = []
    for name, value in tree.items():
        path = f"{above}{name}"
        found += _leaves(value, path + ".") if isinstance(value, dict) else [(path, value)]
    return found
