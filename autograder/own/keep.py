"""Leaves a running notebook as it was: names, random numbers, settings, folder, what is shown."""

from __future__ import annotations

import builtins
import contextlib
import copy
import functools
import io
import os
import random
import sys
import tempfile
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograder.inside.offline import data_folder

CONTAINERS = (list, dict, set, bytearray)
ENDS = ("exit", "quit")


class Nowhere(io.TextIOBase):
    """Where a student's code prints while it is checked."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        return len(text)

    def writable(self) -> bool:
        return True


@contextlib.contextmanager
def undisturbed(namespace: dict[str, Any], shell: Any = None) -> Iterator[None]:
    """Run a block in a scratch folder, without output, and put everything back as it was.

    Put back are which names there are and what they are bound to, the elements of lists, dicts and sets among them, the
    generators of random numbers, settings of Python, numpy and torch, the environment, and figures that were opened.
    An array, a tensor or an object that the student's own function changes in place stays changed. `shell`: IPython's.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(_names(namespace))
        stack.enter_context(_python())
        stack.enter_context(_files_and_modules())
        stack.enter_context(_random_numbers())
        stack.enter_context(_numpy())
        if "torch" in sys.modules:
            stack.enter_context(_torch(sys.modules["torch"]))
        stack.enter_context(_words())
        stack.enter_context(_figures())
        stack.enter_context(_silence(shell))
        stack.enter_context(_no_end(namespace))
        scratch = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        stack.enter_context(_folder(scratch))
        yield


@contextlib.contextmanager
def _names(namespace: dict[str, Any]) -> Iterator[None]:
    before = dict(namespace)
    own = {name: value for name, value in before.items() if not name.startswith("_") and type(value) in CONTAINERS}
    contents = {name: copy.copy(value) for name, value in own.items()}
    try:
        yield
    finally:
        for name in [name for name in namespace if name not in before]:
            del namespace[name]
        namespace.update(before)
        for name, content in contents.items():
            _refill(before[name], content)


def _refill(value: Any, content: Any) -> None:
    """Give a container its elements again, where they are no longer the same objects."""
    if len(value) == len(content) and all(a is b for a, b in zip(_flat(value), _flat(content), strict=True)):
        return
    value.clear()
    value.extend(content) if isinstance(value, (list, bytearray)) else value.update(content)


def _flat(value: Any) -> Iterator[Any]:
    for one in list(value):
        yield one
        if isinstance(value, dict):
            yield value[one]


@contextlib.contextmanager
def _python() -> Iterator[None]:
    environment, path, recursion = dict(os.environ), list(sys.path), sys.getrecursionlimit()
    watchers, main = (sys.gettrace(), sys.getprofile()), sys.modules.get("__main__")
    with warnings.catch_warnings():
        try:
            yield
        finally:
            if dict(os.environ) != environment:
                os.environ.clear()
                os.environ.update(environment)
            sys.path[:] = path
            sys.setrecursionlimit(recursion)
            if sys.gettrace() is not watchers[0]:
                sys.settrace(watchers[0])
            if sys.getprofile() is not watchers[1]:
                sys.setprofile(watchers[1])
            if main is not None:
                sys.modules["__main__"] = main


@contextlib.contextmanager
def _files_and_modules() -> Iterator[None]:
    """What kit/inside/csv_fallback.py takes the place of for a moment: ways to open a file, and Colab's modules."""
    opens = builtins.open, io.open, os.stat
    colab = {name: module for name, module in sys.modules.items() if _is_colab(name)}
    try:
        yield
    finally:
        builtins.open, io.open, os.stat = opens
        for name in [name for name in sys.modules if _is_colab(name)]:
            del sys.modules[name]
        sys.modules.update(colab)


def _is_colab(name: str) -> bool:
    return name == "google" or name.startswith("google.colab")


@contextlib.contextmanager
def _random_numbers() -> Iterator[None]:
    own, numpys = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(own)
        np.random.set_state(numpys)


@contextlib.contextmanager
def _numpy() -> Iterator[None]:
    errors, shown = np.geterr(), np.get_printoptions()
    try:
        yield
    finally:
        np.seterr(**errors)
        np.set_printoptions(**shown)


@contextlib.contextmanager
def _torch(torch: Any) -> Iterator[None]:
    """Generators and settings. Gradients are recorded and inference mode is off within."""
    generators = [(torch.set_rng_state, torch.get_rng_state())]
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        generators.append((torch.cuda.set_rng_state_all, torch.cuda.get_rng_state_all()))
    device = getattr(torch._GLOBAL_DEVICE_CONTEXT, "device_context", None)
    settings = [
        (torch.get_default_dtype, torch.set_default_dtype),
        (torch.get_num_threads, torch.set_num_threads),
        (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
        (torch.is_anomaly_enabled, torch.set_anomaly_enabled),
        (torch.are_deterministic_algorithms_enabled, torch.use_deterministic_algorithms),
        *(_autocast(torch, kind) for kind in ("cpu", "cuda")),
    ]
    kept = [(get, put, get()) for get, put in settings]
    shown = dict(vars(torch._tensor_str.PRINT_OPTS))
    with torch.inference_mode(False), torch.enable_grad():
        try:
            yield
        finally:
            for get, put, value in kept:
                if get() != value:  # setting some of them takes seconds
                    put(value)
            for put, state in generators:
                put(state)
            vars(torch._tensor_str.PRINT_OPTS).update(shown)
            if device is not None:
                torch.set_default_device(device.device)


def _autocast(torch: Any, kind: str) -> tuple[Any, Any]:
    """How it is asked for and set."""
    return functools.partial(torch.is_autocast_enabled, kind), functools.partial(torch.set_autocast_enabled, kind)


@contextlib.contextmanager
def _words() -> Iterator[None]:
    """NLTK finds our stop words where it has none of its own; nothing is downloaded."""
    nltk: Any = sys.modules.get("nltk")
    os.environ["NLTK_DATA"] = path = str(data_folder())  # for where it is imported only now
    if nltk is None:
        yield
        return
    before = list(nltk.data.path)
    lazy = _not_loaded(sys.modules.get("nltk.corpus"))
    pathsec = getattr(nltk, "pathsec", None)
    enforced = getattr(pathsec, "ENFORCE", None)
    nltk.data.path.append(path)
    if pathsec is not None:
        pathsec.ENFORCE = False  # it refuses data that another account owns, as where a course installs packages
    try:
        yield
    finally:
        nltk.data.path[:] = before
        for corpus, kind, content in lazy:  # else they would stay with our data, where NLTK may not read
            corpus.__dict__.clear()
            corpus.__dict__.update(content)
            corpus.__class__ = kind
        if pathsec is not None:
            pathsec.ENFORCE = enforced


def _not_loaded(corpora: Any) -> list[tuple[Any, type, dict[str, Any]]]:
    """The corpora that NLTK will look for once they are asked something: each with its type and content now."""
    every = list(vars(corpora).values()) if corpora is not None else []
    return [(one, type(one), dict(vars(one))) for one in every if type(one).__name__ == "LazyCorpusLoader"]


@contextlib.contextmanager
def _figures() -> Iterator[None]:
    """Close figures that came into being: Jupyter would show them under the cell."""
    pyplot: Any = sys.modules.get("matplotlib.pyplot")
    before = set(pyplot.get_fignums()) if pyplot else set()
    try:
        yield
    finally:
        pyplot = sys.modules.get("matplotlib.pyplot")
        for number in set(pyplot.get_fignums()) - before if pyplot else ():
            pyplot.close(number)


@contextlib.contextmanager
def _silence(shell: Any) -> Iterator[None]:
    streams = sys.stdin, sys.stdout, sys.stderr
    with contextlib.ExitStack() as stack:
        if shell is not None:
            from IPython.utils.capture import capture_output

            stack.enter_context(capture_output(stdout=False, stderr=False, display=True))
        sys.stdout, sys.stderr = Nowhere(), Nowhere()
        try:
            yield
        finally:
            sys.stdin, sys.stdout, sys.stderr = streams


@contextlib.contextmanager
def _no_end(namespace: dict[str, Any]) -> Iterator[None]:
    """What would end or halt the process raises instead: Jupyter's own `exit` closes the kernel."""
    places: list[tuple[Any, str, Any]] = [(os, "_exit", leave), (os, "abort", leave), (builtins, "input", ask)]
    places += [(builtins, name, leave) for name in ENDS] + [(builtins, "breakpoint", ask)]
    before = [(place, name, getattr(place, name)) for place, name, _ in places if hasattr(place, name)]
    for place, name, _ in before:
        setattr(place, name, next(new for home, own, new in places if (home, own) == (place, name)))
    namespace.update({name: leave for name in ENDS if name in namespace})
    try:
        yield
    finally:
        for place, name, value in before:
            setattr(place, name, value)


def leave(code: object = None) -> None:
    """Stand for `exit`.

    Raises:
        SystemExit: always.
    """
    raise SystemExit(code)


def ask(*args: object, **kwargs: object) -> str:
    """Stand for `input`.

    Raises:
        EOFError: always; nobody is asked while checks run.
    """
    raise EOFError("nobody can answer while the checks run")


@contextlib.contextmanager
def _folder(scratch: str) -> Iterator[None]:
    before = os.getcwd()
    os.chdir(scratch)
    try:
        yield
    finally:
        os.chdir(before)
