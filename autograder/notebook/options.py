"""What a run of a notebook is told, and what it tells while it goes on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autograder.evidence import Mode
from autograder.rubric import NotebookLimits
from autograder.student.proxy import Override


@dataclass(frozen=True)
class RunOptions:
    """How a notebook is run.

    `data`: a CSV file with the columns review and sentiment, which it gets under every name it asks for; `data_name`:
    what the report calls it ("synthetic", or the file's name). `out`: the folder of executed.ipynb. `tier`: isolation
    by this tier and no other; None for the best one, an unsafe one only if `unsafe`. `startup`: source texts that run
    in the kernel before the first cell, each in a namespace of its own, with `get_ipython` and
    `__autograder_emit__(event)`: an event is a dict of plain JSON values and turns up in CellRun.events. `overrides`:
    definitions that stand in for the notebook's own; what they do not define themselves they look up in the notebook.
    """

    mode: Mode
    data: Path
    data_name: str
    limits: NotebookLimits
    out: Path
    tier: int | None = None
    startup: tuple[str, ...] = ()
    overrides: tuple[Override, ...] = ()
    unsafe: bool = False

    @property
    def cell_seconds(self) -> float:
        """Wall clock of one cell."""
        return self.limits.smoke_cell_seconds if self.mode == "smoke" else self.limits.full_cell_seconds

    @property
    def seconds(self) -> float:
        """Wall clock of the whole notebook."""
        return self.limits.smoke_seconds if self.mode == "smoke" else self.limits.full_seconds


@dataclass(frozen=True)
class Progress:
    """Where a run is. `number` of the cell, `position` among the `total` code cells, from 1; times in seconds.

    `line`: the last line that it printed about an epoch, cut; it is the student's text.
    """

    number: int
    position: int
    total: int
    heading: str
    line: str
    elapsed: float
    cell_left: float
    left: float
