"""Imports what notebooks import, once, before any student process is forked."""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Iterable

BASE = (
    "collections", "copy", "csv", "functools", "itertools", "json", "math", "os", "pathlib", "pickle", "random", "re",
    "string", "time", "typing", "msgpack", "numpy", "torch", "torch.nn", "torch.nn.functional", "torch.optim",
    "torch.nn.utils.rnn", "torch.utils.data", "pandas", "sklearn.model_selection", "nltk", "nltk.corpus",
    "nltk.tokenize", "tqdm",
)  # fmt: skip


def load(names: Iterable[str]) -> list[str]:
    """Import each name and return those that failed: a library that is missing here is missing for notebooks too,
    which learn it from their own import."""
    failed = []
    for name in names:
        try:
            importlib.import_module(name)
        except Exception as error:  # noqa: BLE001  # whatever a broken library raises, the notebook will meet it again
            failed.append(f"{name} ({type(error).__name__}: {error})")
    return failed


def warm_up() -> None:
    """Let torch choose its kernels now: with /proc hidden it would fall back to slower ones with other roundings."""
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(1)
        (torch.zeros(8) + 1).sum()


def freeze() -> None:
    """Keep the collector away from all that exists so far, so that its pages stay shared after a fork.

    Not preceded by a collection: it would take a third of a second and find little.
    """
    gc.freeze()
