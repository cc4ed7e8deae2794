"""Runs cells given as texts, and finds what became of each by its mark."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from autograder.assignments.labrnn.reviews import NAMED_LIKE, NAMES
from autograder.evidence import CellRun, Execution
from autograder.kit.extensions import csv_startup
from autograder.notebook import execute
from autograder.records import Cell, Submission
from autograder.rubric import NotebookLimits
from tests.runs import run_of

LABRNN = run_of()
LIMITS = NotebookLimits(
    smoke_cell_seconds=20.0,
    smoke_seconds=100.0,
    full_cell_seconds=20.0,
    full_seconds=100.0,
    memory_mb=3000,
    output_kb=64,
    scratch_mb=32,
)


@dataclass(frozen=True)
class Run:
    """What came of one notebook. Cells are found by the comment in their first line: `# name`."""

    execution: Execution
    submission: Submission
    book: dict[str, Any]
    seconds: float

    def cell(self, name: str) -> CellRun:
        number = next(c.number for c in self.submission.cells if c.source.startswith(f"# {name}\n"))
        return next(run for run in self.execution.cells if run.number == number)

    def outputs(self, name: str) -> list[dict[str, Any]]:
        number = self.cell(name).number
        return next(cell["outputs"] for cell in self.book["cells"] if cell["id"] == f"cell-{number}")


def submission_of(cells: Sequence[str]) -> Submission:
    """A notebook; texts that start with `#!` are headings in text cells."""
    code = tuple(Cell(n, text) for n, text in enumerate(cells, 1) if not text.startswith("#!"))
    markdown = tuple((n, text[2:].strip()) for n, text in enumerate(cells, 1) if text.startswith("#!"))
    return Submission(
        "sample", Path("s.ipynb"), "s.ipynb", code, tuple(f"# {text}" for _, text in markdown), headings=markdown
    )


def run_cells(
    cells: Sequence[str],
    reviews: Path,
    out: Path,
    *,
    limits: NotebookLimits = LIMITS,
    on_progress: Any = None,
    tier: int | None = None,
    unsafe: bool = False,
    **more: Any,
) -> Run:
    submission = submission_of(cells)
    started = time.monotonic()
    rubric = msgspec.structs.replace(LABRNN.rubric, notebook=limits)
    run = replace(LABRNN, rubric=rubric, notebook_data=reviews, tier=tier, unsafe=unsafe)
    more["startup"] = (*more.get("startup", ()), csv_startup(NAMED_LIKE, NAMES))
    execution = execute(submission, run, out, on_progress=on_progress, **more)
    book = json.loads((out / "executed.ipynb").read_text(encoding="utf-8"))
    return Run(execution, submission, book, time.monotonic() - started)


def processes() -> Iterator[tuple[int, str]]:
    """Those that a kernel's tree consists of, or that a test's notebook started."""
    for name in os.listdir("/proc"):
        if not name.isdecimal():
            continue
        try:
            words = Path(f"/proc/{name}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            environment = Path(f"/proc/{name}/environ").read_bytes()
        except OSError:
            continue
        if "LEFT-BEHIND" in words or f"AUTOGRADER_TEST={os.getpid()}\0".encode() in environment:
            yield int(name), words
