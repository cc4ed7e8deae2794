"""Settings of the whole process are what they were before each call."""

from __future__ import annotations

import decimal
import io
import os
import signal
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from autograder.inside import settings as module
from autograder.inside.settings import Settings

ALIVE: list[Settings] = []  # as in a student process: what they hold would bring back what was in force before them


@pytest.fixture
def settings() -> Iterator[Settings]:
    kept = Settings()
    ALIVE.append(kept)
    yield kept
    kept.restore()


def test_torch(settings: Settings) -> None:
    torch.set_grad_enabled(False)
    torch.set_default_dtype(torch.float64)
    torch.set_default_device("meta")
    torch.set_anomaly_enabled(True)
    torch.use_deterministic_algorithms(True)
    torch.set_printoptions(precision=1)
    torch.set_float32_matmul_precision("medium")
    settings.restore()
    x = torch.ones(2, requires_grad=True)
    (x * 2).sum().backward()
    assert x.grad is not None and (x.dtype, x.device.type) == (torch.float32, "cpu")
    assert not torch.is_anomaly_enabled() and not torch.are_deterministic_algorithms_enabled()
    assert torch._tensor_str.PRINT_OPTS.precision == 4 and torch.get_float32_matmul_precision() == "highest"


# Contexts that were entered and never left.
def test_contexts(settings: Settings) -> None:
    class Broken(TorchDispatchMode):
        def __torch_dispatch__(self, *args: object) -> object:
            raise ValueError

    entered = [torch.inference_mode(), torch.autocast("cpu"), torch.device("meta"), Broken()]
    for context in entered:
        context.__enter__()
    settings.restore()
    assert torch.nn.Linear(2, 2)(torch.ones(2)).dtype is torch.float32
    assert not torch.is_inference_mode_enabled()


def test_numpy_and_pandas(settings: Settings) -> None:
    np.seterr(all="raise")
    np.set_printoptions(precision=1)
    rows = pd.get_option("display.max_rows")
    pd.set_option("display.max_rows", 1)
    settings.restore()
    assert np.geterr()["over"] == "warn" and np.get_printoptions()["precision"] == 8
    assert pd.get_option("display.max_rows") == rows


def test_python(settings: Settings, tmp_path: Path) -> None:
    before = os.getcwd(), sys.stdout, sys.getrecursionlimit(), list(warnings.filters)
    os.chdir(tmp_path)
    sys.stdout = io.StringIO()
    sys.setrecursionlimit(sys.getrecursionlimit() - 200)
    warnings.filterwarnings("error")
    warnings.showwarning = print  # type: ignore[assignment]
    decimal.getcontext().prec = 2
    old = signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 100)
    settings.restore()
    assert (os.getcwd(), sys.stdout, sys.getrecursionlimit(), list(warnings.filters)) == before
    assert decimal.getcontext().prec == 28 and signal.getitimer(signal.ITIMER_REAL)[0] == 0
    assert signal.getsignal(signal.SIGALRM) is old


# Who raises the limit of recursion needs it.
def test_more_recursion(settings: Settings) -> None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(limit + 500)
    settings.restore()
    assert sys.getrecursionlimit() == limit + 500
    sys.setrecursionlimit(limit)


# A stream that was closed is replaced by one that may be written to.
def test_closed_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    kept = Settings()
    sys.stdout.close()
    kept.restore()
    print("into nowhere")
    sys.stdout.close()


# A folder that is gone, or a function that was replaced, costs that setting only.
def test_what_cannot_be_restored(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.locale, "setlocale", lambda *_: 1 / 0)
    torch.set_default_dtype(torch.float64)
    settings.restore()
    assert torch.get_default_dtype() is torch.float32
