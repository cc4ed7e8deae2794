"""The calls that counterexamples show run as they stand, in the reference solution in place of the faulty one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from notebooks import SUITE, judged, reference, submission

from autograder.judge.plugin import Judge
from autograder.judge.session import with_checks
from autograder.records import Outcome
from reference.labrnn import module

FAULTS = {
    "lab1.b": [
        "def build_vocab(*args, **kwargs):\n    return {}",
        "def build_vocab(*args, **kwargs):\n    return 1 / 0",
    ],
    "lab1.c": [
        "def tokenize(vocab, example):\n    return [7, 7]",
        "def tokenize(vocab, example):\n    return example[99]",
    ],
    "lab1.d": [
        "_get = IMDB.__getitem__\n"
        "def wrong(self, idx):\n    found = dict(_get(self, idx))\n    found['ids'] = found['ids'][1:]\n"
        "    found['label'] = 1 - found['label']\n    return found\n"
        "IMDB.__getitem__ = wrong",
    ],
    "lab1.e.init": [
        "_init = LSTM.__init__\n"
        "def wrong(self, *args, **kwargs):\n    kwargs.pop('weight_init_fn', None)\n"
        "    _init(self, *args, **kwargs)\n    self.more = nn.Linear(3, 3)\n"
        "LSTM.__init__ = wrong",
    ],
    "lab1.e.forward": [
        "_forward = LSTM.forward\n"
        "def wrong(self, ids, length):\n    return _forward(self, ids, length).softmax(1) + ids.sum() % 3\n"
        "LSTM.forward = wrong",
        "LSTM.forward = lambda self, ids, length: length",
    ],
}  # fmt: skip


@pytest.fixture(autouse=True)
def settings(judge_settings: None) -> None: ...


def failing(item: str) -> list[Outcome]:
    """The failed checks of each fault of an item."""
    found: list[Outcome] = []
    wrong: list[Exception] = []

    def body(judge: Judge) -> None:
        try:
            for source in FAULTS[item]:
                cells = submission(*(cell.source for cell in reference().cells), f"from torch import nn\n{source}")
                found.extend(judged(judge, cells, [item]))
        except Exception as error:  # noqa: BLE001  # pytest would swallow it
            wrong.append(error)

    with_checks(SUITE, body)
    if wrong:
        raise wrong[0]
    return [outcome for outcome in found if outcome.status == "failed"]


@pytest.mark.parametrize("item", FAULTS)
def test_what_is_shown_can_be_pasted_and_run(item: str) -> None:
    calls = {o.counterexample.call for o in failing(item) if o.counterexample is not None and o.counterexample.call}
    assert calls
    for call in calls:
        names: dict[str, Any] = {**vars(module), "torch": torch, "np": np, "pd": pd}
        exec(call, names)
