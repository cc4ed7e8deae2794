"""The log of all epochs and the table of all runs, as CSV and as Markdown to be read."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from reference.gru_attention.experiments.runs import Run
from reference.gru_attention.experiments.states import write_text

SETTING = (
    "initial_lr", "batch_size", "seq_len", "hidden_size", "num_layers", "dp_keep_prob", "num_epochs",
)  # fmt: skip
LOG = ("exp", "architecture", "epoch", "train_ppl", "valid_ppl", "seconds")
TABLE = (
    "exp", "architecture", "optimizer", *SETTING, "train_ppl", "valid_ppl", "best_valid_ppl", "best_epoch", "test_ppl",
    "seconds", "diverged", "best_of_architecture",
)  # fmt: skip
HEADING = (
    "exp", "architecture", "optimizer", "lr", "batch", "hidden", "layers", "keep", "train ppl", "valid ppl",
    "best valid ppl", "test ppl", "seconds", "remark",
)  # fmt: skip


def csv_text(heading: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """The rows as CSV; floats in all their digits."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heading)
    writer.writerows(rows)
    return text.getvalue()


def write_log(out: Path, runs: Sequence[Run]) -> None:
    """`log.csv`: a row an epoch, of unfinished runs too."""
    rows = [
        (run.setting.number, run.setting.architecture, number, epoch.train, epoch.valid, epoch.seconds)
        for run in runs
        for number, epoch in enumerate(run.history, 1)
    ]
    write_text(out / "log.csv", csv_text(LOG, rows))


def table_order(run: Run) -> tuple[str, str, int]:
    """By architecture, optimizer, number."""
    return run.setting.architecture, run.setting.optimizer, run.setting.number


def best_runs(runs: Sequence[Run]) -> set[int]:
    """The number of each architecture's run with the lowest validation perplexity of any epoch."""
    best: dict[str, Run] = {}
    for run in sorted((run for run in runs if not math.isnan(run.best)), key=lambda run: run.best):
        best.setdefault(run.setting.architecture, run)
    return {run.setting.number for run in best.values()}


def write_table(out: Path, runs: Sequence[Run]) -> None:
    """`table.csv` and `table.md`: a row a finished run, sorted, the best of each architecture told."""
    finished = sorted((run for run in runs if run.finished), key=table_order)
    best = best_runs(finished)
    write_text(out / "table.csv", csv_text(TABLE, [_row(run, run.setting.number in best) for run in finished]))
    write_text(out / "table.md", markdown_table(finished))


def _row(run: Run, best: bool) -> tuple[Any, ...]:
    setting, last = run.setting, run.history[-1]
    return (
        setting.number, setting.architecture, setting.optimizer, *(getattr(setting, name) for name in SETTING),
        last.train, last.valid, run.best, run.best_epoch, run.test, run.seconds, run.diverged, best,
    )  # fmt: skip


def markdown_table(runs: Sequence[Run]) -> str:
    """The table as it is read, the best of each architecture in bold."""
    best = best_runs(runs)
    lines = [_line(HEADING), _line(["---"] * len(HEADING))]
    for run in sorted(runs, key=table_order):
        cells = _cells(run)
        lines.append(_line([f"**{cell}**" if cell else "" for cell in cells] if run.setting.number in best else cells))
    return "\n".join([*lines, ""])


def _cells(run: Run) -> list[str]:
    setting, last = run.setting, run.history[-1]
    sizes = (setting.initial_lr, setting.batch_size, setting.hidden_size, setting.num_layers, setting.dp_keep_prob)
    return [
        str(setting.number),
        setting.architecture,
        setting.optimizer,
        *(f"{value:g}" for value in sizes),
        *(f"{value:,.2f}" for value in (last.train, last.valid, run.best, run.test)),
        f"{run.seconds:,.1f}",
        _remark(run),
    ]


def _remark(run: Run) -> str:
    """Why the figures of a run are odd."""
    if not run.diverged:
        return ""
    if len(run.history) < run.setting.num_epochs:
        return f"diverged: its loss was no number in epoch {len(run.history)}"
    return f"diverged: worse than the {run.vocab_size:,} of an untrained model"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
