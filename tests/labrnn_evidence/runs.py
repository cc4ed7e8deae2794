"""Notebooks and runs of them, written by hand: what the hook would have reported of each cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from autograder.assignments.labrnn.evidence.gather import gather
from autograder.assignments.labrnn.evidence.settings import parameters
from autograder.assignments.labrnn.thresholds import Thresholds
from autograder.evidence import CellRun, Evidence, Execution
from autograder.folder import BUILT_IN
from autograder.records import Cell, Submission
from autograder.rubric import load_rubric, settings_of

GIVEN = {
    "N_LAYERS": 1, "HIDDEN_DIM": 100, "EMBEDDING_DIM": 1, "BIDIRECTIONAL": False, "OPTIM": "sgd", "LR": 0.01, "SEED": 5,
    "N_EPOCHS": 5, "WD": 0, "BATCH_SIZE": 96, "DROPOUT_RATE": 0.0,
}  # fmt: skip
EXTRA = {
    "sgd": {"momentum": 0.9},
    "adam": {"eps": 1e-6},
    "adagrad": {"eps": 1e-6},
    "rmsprop": {"eps": 1e-6, "momentum": 0.9},
}
CURVE = {"train_loss": [0.69] * 5, "train_accs": [0.5] * 5, "valid_loss": [0.69] * 5, "valid_accs": [0.5] * 5}
WORDS = 327


def thresholds() -> Thresholds:
    return settings_of(load_rubric(BUILT_IN / "labrnn" / "rubric.toml"), Thresholds)


def training(number: int = 1, kind: str = "LSTM", **changes: Any) -> list[dict[str, Any]]:
    """The hook's reports of one training by the given driver; upper-case names are settings, others replace reports."""
    fields = {**GIVEN, **{k: v for k, v in changes.items() if k.isupper()}}
    base, name = float(fields["LR"]), fields["OPTIM"]
    model = {
        "class": kind,
        "layers": [kind],
        "vocab_size": WORDS,
        "num_params": parameters(kind, WORDS, fields),
        "built": {k: fields[k] for k in ("N_LAYERS", "HIDDEN_DIM", "EMBEDDING_DIM", "BIDIRECTIONAL")},
    }
    optimizer = {"name": name, "initial_lr": base, "lr": base / 200, "weight_decay": 0, **EXTRA.get(name, {})}
    rates = {"1": base / 200, "10": base / 20}
    end = {
        "steps": 15,
        "seconds": 1.0,
        "error": "",
        "rates": rates,
        "result": {**CURVE, "test_loss": 0.6, "test_acc": 0.7},
    }
    end |= {k: v for k, v in changes.items() if k in end}
    return [
        {
            "event": "training",
            "id": number,
            "driver": "train_and_test_model_with_hparams",
            "hparams": fields,
            "gru": False,
        },
        {
            "event": "model",
            "id": number,
            "seed": 5,
            "model": model,
            "optimizer": optimizer | changes.get("optimizer", {}),
        },
        {"event": "end", "id": number, **end},
    ]


def cell(number: int, *trainings: list[dict[str, Any]], **changes: Any) -> CellRun:
    """A cell that made these trainings and came to its end."""
    steps = sum(event.get("steps") or 0 for events in trainings for event in events)
    events = [event for events in trainings for event in events]
    if changes.get("status", "ran") != "timed out":
        events.append({"event": "cell", "steps": steps})
    return CellRun(number, "", **{"status": "ran", "seconds": 5.0, "events": tuple(events), **changes})


def evidence(
    *cells: CellRun, headings: dict[int, str] | None = None, sources: dict[int, str] | None = None, **more: Any
) -> Evidence:
    """What is gathered from a run of these cells; `headings` stand above the cells of their numbers."""
    titles = tuple((number - 1, text) for number, text in (headings or {}).items())
    written = {run.number: "" for run in cells} | (sources or {})
    code = tuple(Cell(number, source) for number, source in sorted(written.items()))
    submission = Submission("x", Path("x"), "x", code, headings=titles, stored=more.get("stored", {}))
    data = more.get("data", "synthetic")
    execution = Execution("smoke", data, "cpu", "1 bubblewrap", cells, 60.0) if cells else None
    return gather(submission, execution, thresholds(), edition=more.get("edition", "2023"))
