"""What a person at the terminal sees: bars with the time left, a line an epoch, the table of estimates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from reference.gru_attention.experiments.estimate import Estimate
from reference.gru_attention.experiments.settings import Setting
from reference.gru_attention.experiments.states import Epoch


class Terminal:
    """A watcher: one bar for all runs, in expected seconds, one for the run of the moment, in steps.

    left: the epochs that are still to be run, by number of the experiment.
    after_epoch: called after each epoch.
    """

    def __init__(
        self,
        console: Console,
        estimates: Mapping[int, Estimate],
        left: Mapping[int, int],
        after_epoch: Callable[[], None],
    ) -> None:
        self._estimates, self._after_epoch = estimates, after_epoch
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(),
            TextColumn("left:"), TimeRemainingColumn(), console=console, transient=True, speed_estimate_period=600,
            disable=not console.is_terminal,
        )  # fmt: skip
        total = sum(estimates[number].epoch * epochs for number, epochs in left.items())
        self._all = self._progress.add_task("all", total=total)
        self._one = self._progress.add_task("", visible=False)
        self._a_step = 0.0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def begins(self, setting: Setting, epochs_left: int) -> None:
        """A run begins, or goes on, with so many epochs to be done."""
        estimated = self._estimates[setting.number]
        self._a_step = estimated.epoch / estimated.steps
        total = estimated.steps * epochs_left
        self._progress.reset(self._one, description=setting.name, total=total, visible=True)

    def stepped(self) -> None:
        """A sequence has been trained on, or validated."""
        self._progress.advance(self._one)
        self._progress.advance(self._all, self._a_step)

    def epoch_done(self, setting: Setting, number: int, epoch: Epoch) -> None:
        """An epoch has been kept."""
        self._progress.console.print(
            f"{setting.name}: epoch {number} of {setting.num_epochs}, train {epoch.train:,.2f}, "
            f"valid {epoch.valid:,.2f}, {epoch.seconds:.1f} s",
            highlight=False, soft_wrap=True,
        )  # fmt: skip
        self._after_epoch()


def estimates_table(estimates: Sequence[Estimate]) -> Table:
    """A row an experiment, and their sum."""
    table = Table("exp", "model", "weights", "a step", "steps", "an epoch", "epochs", "in all")
    for found in estimates:
        table.add_row(
            str(found.setting.number),
            found.setting.architecture,
            f"{found.parameters / 1e6:.2f} M",
            f"{found.train_step * 1000:,.0f} ms",
            f"{found.train_steps:,}",
            duration(found.epoch),
            str(found.setting.num_epochs),
            duration(found.epoch * found.setting.num_epochs),
        )
    table.add_section()
    table.add_row("all", *[""] * 6, duration(sum(found.epoch * found.setting.num_epochs for found in estimates)))
    return table


def duration(seconds: float) -> str:
    """`12.3 s`, `4 min`, `5.6 h`."""
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
