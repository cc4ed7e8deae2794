"""What all tests share: a process that is left as it was found, whatever the judge set up in it."""

from __future__ import annotations

import os
import signal
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before anything imports torch
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import hypothesis
import pytest

from autograder.batch import ENTRY
from autograder.folder import BUILT_IN
from autograder.rubric import load_rubric
from autograder.sandbox import ZygoteSandbox, open_sandbox

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a job in the background; programs under test hear Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)

hypothesis.settings.register_profile("tests", deadline=None)  # two slow cores, shared with other jobs
hypothesis.settings.load_profile("tests")


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Torch's own kernels for the next file: a training of students' in this process may have swapped them. No fixture,
    since checks under test are collected below this file and may have none that nobody asks for."""
    swapped = sys.modules.get("autograder.inside.fast_rnn")
    if swapped is not None and (nextitem is None or nextitem.path != item.path):
        swapped.uninstall()


@pytest.fixture
def judge_settings() -> Iterator[None]:
    """For tests that run the judge in this process: it loads a profile of its own and sets a variable for pytest."""
    before = os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    yield
    hypothesis.settings.load_profile("tests")
    if before is None:
        os.environ.pop("PYTEST_DISABLE_PLUGIN_AUTOLOAD", None)
    else:
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = before


@pytest.fixture(scope="session")
def zygote() -> Iterator[ZygoteSandbox]:
    """The sandbox of this machine's best tier, started once for all end-to-end tests."""
    opened = open_sandbox(load_rubric(BUILT_IN / "labrnn" / "rubric.toml").limits, entry=ENTRY)
    opened.wait_ready()
    yield opened
    opened.close()


@pytest.fixture
def memory() -> Callable[..., AbstractContextManager[None]]:
    """`with memory(below_mb=64):` the block never holds more than that at once."""

    @contextmanager
    def limited(below_mb: float) -> Iterator[None]:
        tracemalloc.start()
        try:
            yield
            assert tracemalloc.get_traced_memory()[1] < below_mb * 2**20
        finally:
            tracemalloc.stop()

    return limited
