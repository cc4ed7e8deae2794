"""Imports what notebooks import, once, before any student process is forked."""

from __future__ import annotations

import gc
import importlib
import io
import sys
from collections.abc import Iterable
from typing import Any

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
        except Exception as error:  # whatever a broken library raises, the notebook will meet it again
            failed.append(f"{name} ({type(error).__name__}: {error})")
    return failed


def warm_up() -> None:
    """Let torch choose its kernels now: with /proc hidden it would fall back to slower ones with other roundings.

    First calls are slow besides, so the layers that notebooks use make theirs here. No backward pass among them: torch
    refuses one in a fork of a process that has made one.
    """
    torch, pandas = sys.modules.get("torch"), sys.modules.get("pandas")
    if torch is not None:
        torch.set_num_threads(1)
        with torch.random.fork_rng(devices=[]):
            _first_layers(torch)
    if pandas is not None:
        _first_tables(pandas)


def _first_layers(torch: Any) -> None:
    nn = torch.nn
    embedded = nn.Dropout(0.1)(nn.Embedding(5, 4, padding_idx=0)(torch.tensor([[1, 2, 3], [4, 1, 0]])))
    for kind in (nn.LSTM, nn.GRU):
        layers = kind(4, 4, 2, batch_first=True, bidirectional=True)
        for parameter in layers.parameters():
            (nn.init.orthogonal_ if parameter.ndim > 1 else nn.init.zeros_)(parameter)
        packed = nn.utils.rnn.pack_padded_sequence(embedded, torch.tensor([3, 2]), True, enforce_sorted=False)
        states = nn.utils.rnn.pad_packed_sequence(layers(packed)[0], batch_first=True)[0]
        head = nn.Linear(8, 2)
        nn.init.xavier_normal_(head.weight)
        head(layers(embedded)[0] + states).softmax(-1).argmax(-1)


def _first_tables(pandas: Any) -> None:
    """Reading, asking and splitting a table. scikit-learn looks through all installed packages before its first."""
    table = pandas.read_csv(io.StringIO("text,kind\n" + "a b,good\nc,bad\n" * 4))
    table[table["kind"] == "good"].sample(frac=1, random_state=0).reset_index(drop=True).to_csv()
    choosing = sys.modules.get("sklearn.model_selection")
    if choosing is not None:
        choosing.train_test_split(table["text"], table["kind"], random_state=0, stratify=table["kind"])
        choosing.train_test_split(table, test_size=0.5, random_state=0)


def freeze() -> None:
    """Keep the collector away from all that exists so far, so that its pages stay shared after a fork.

    Not preceded by a collection: it would take a third of a second and find little.
    """
    gc.freeze()
