"""The published runs, as rows and as the log lines that the driver would have printed."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograder.evidence import Training
from autograder.kit.observer.logs import Logged, read_logs

FOLDER = Path(__file__).parents[2] / "fixtures" / "labrnn" / "published"
Row = dict[str, str]


def rows(name: str) -> list[Row]:
    """The rows of one file that have a parameter count."""
    with (FOLDER / f"{name}.csv").open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["num_params"]]


def log(row: Row) -> str:
    """What the driver prints of one training, as far as its figures are known."""
    lines = [
        f"Length of vocabulary is {row['vocab_size']}",
        f"The model has {int(row['num_params']):,} trainable parameters",
    ]
    for epoch in range(1, 6):
        if row.get(f"train_loss_e{epoch}"):
            loss, acc, valid_loss, valid_acc = (
                row[f"{part}_{quantity}_e{epoch}"] for part in ("train", "valid") for quantity in ("loss", "acc")
            )
            lines += [f"epoch: {epoch}", f"train_loss: {loss}, train_acc: {acc}"]
            lines += [f"valid_loss: {valid_loss}, valid_acc: {valid_acc}", "Saving ..."]
    if row.get("test_loss"):
        lines.append(f"test_loss: {row['test_loss']}, test_acc: {row['test_acc']}")
    elif row["test_acc"]:
        lines.append(f"test_acc: {row['test_acc']}")
    return "\n".join(lines) + "\n"


def settings(row: Row) -> dict[str, Any]:
    sizes = {"N_LAYERS": "n_layers", "HIDDEN_DIM": "hidden_dim", "EMBEDDING_DIM": "embedding_dim"}
    return {
        **{name: int(row[column]) for name, column in sizes.items()},
        "BIDIRECTIONAL": row["bidirectional"] == "True",
        "OPTIM": row["optimizer"],
    }


def trainings(name: str) -> Iterator[tuple[Row, Logged, Training]]:
    """Every row, what the parser makes of all the logs in one text, and the claim that it amounts to."""
    table = rows(name)
    found = read_logs("".join(log(row) for row in table))
    for row, logged in zip(table, found, strict=True):
        yield (
            row,
            logged,
            Training(
                standing="claimed",
                cell=1,
                section="",
                kind=row["architecture"],
                settings=settings(row),
                vocab_size=logged.vocab_size,
                num_params=logged.num_params,
                epochs=logged.epochs,
                test_loss=logged.test_loss,
                test_acc=float(row["test_acc_full_precision"])
                if row.get("test_acc_full_precision")
                else logged.test_acc,
            ),
        )
