"""Settings that no notebook has, in its code or in forged events, are no reason for the grader to fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autograder.assignments.labrnn.evidence.gather import gather
from autograder.assignments.labrnn.thresholds import Thresholds
from autograder.evidence import CellRun, Evidence, Execution
from autograder.folder import BUILT_IN
from autograder.kit.observer.constants import constants
from autograder.kit.observer.syntax import parse
from autograder.records import Cell, Submission
from autograder.rubric import load_rubric, settings_of

THRESHOLDS = settings_of(load_rubric(BUILT_IN / "labrnn" / "rubric.toml"), Thresholds)
HUGE = ["1" * 400, "0x" + "f" * 9000, "1e400", "-1e400", "1" * 400 + "j"]


def evidence_of(code: str, events: tuple[dict[str, Any], ...] = ()) -> Evidence:
    assert THRESHOLDS is not None
    submission = Submission("a", Path("a.ipynb"), "a.ipynb", (Cell(1, code),))
    run = CellRun(1, "", "ran", seconds=5.0, events=events)
    return gather(submission, Execution("smoke", "synthetic", "cpu", "", (run,), 5.0), THRESHOLDS)


@pytest.mark.parametrize("number", HUGE)
def test_numbers_that_python_can_not_print(number: str) -> None:
    for code in (f"class HyperParams:\n    N_EPOCHS = {number}\n    LR = {number}", f"hp.N_EPOCHS = {number}"):
        assert evidence_of(code).trainings == ()
    tree = parse(f"LR = {number}")
    assert tree is not None and constants(tree) == {}


def test_words_for_numbers() -> None:
    optimizer = {"name": "SGD", "lr": 0.1, "momentum": "much", "weight_decay": True}
    hparams = {"OPTIM": "sgd", "WD": "none", "LR": 0.1, "N_EPOCHS": "many", "SEED": "5"}
    events = (
        {"event": "training", "id": 1, "driver": "train_and_test_model_with_hparams", "hparams": hparams},
        {"event": "model", "id": 1, "optimizer": optimizer, "model": {"class": "LSTM", "num_params": 5}},
        {"event": "end", "id": 1, "steps": 9, "seconds": 3.0, "rates": {"1": 0.1}, "result": {"test_acc": 0.9}},
    )
    found = evidence_of("# Lab 1 (f)\npass", events)
    assert any("momentum 'much'" in breach.what for breach in found.breaches)
