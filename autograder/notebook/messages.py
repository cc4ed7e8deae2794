"""What the judge tells the process that runs a notebook, and what comes back while it goes on."""

from __future__ import annotations

import json
from dataclasses import dataclass

import msgspec

from autograder.rubric import NotebookLimits
from autograder.run import Slot


class RunOrder(msgspec.Struct, frozen=True):
    """The driver's order, sent as JSON. Paths are absolute, times are seconds of wall clock.

    `parent`: the judge's process; `folder`: for temporary files. `cells`: (number, source, heading above). `data`: the
    file that the notebook may read, or None; `out`: the folder of executed.ipynb. `tier`: isolation by this one and no
    other; None for the best down to `worst_tier`.

    `startup`: source texts that run in the kernel before the first cell, each in a namespace of its own, with
    `get_ipython`, `__autograder_data__` (the path of the data there, or None) and `__autograder_emit__(event)`: an
    event is a dict of plain JSON values and turns up in CellRun.events. `overrides`: (names, source) of definitions
    that stand in for the notebook's own; what they do not define themselves they look up in the notebook.

    `slot`: the place on a card; None for the CPU.
    """

    parent: int
    folder: str
    cells: tuple[tuple[int, str, str], ...]
    markdown: tuple[str, ...]
    data: str | None
    out: str
    tier: int | None
    worst_tier: int
    startup: tuple[str, ...]
    overrides: tuple[tuple[tuple[str, ...], str], ...]
    seconds: float
    cell_seconds: float
    limits: NotebookLimits
    slot: Slot | None = None

    def dump(self) -> str:
        """Return it as JSON, in which lone surrogates of a student's text are escapes."""
        return json.dumps(msgspec.to_builtins(self))

    @classmethod
    def parse(cls, text: str) -> RunOrder:
        """Read what `dump` wrote."""
        return msgspec.convert(json.loads(text), cls)


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
