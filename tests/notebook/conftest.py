"""Notebooks to run, and a few reviews for them."""

from __future__ import annotations

import csv
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from running import Run, run_cells


@pytest.fixture(scope="session")
def reviews(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "made-up.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["review", "sentiment"])
        rows.writerows([[f"a film of number {n}", "positive" if n % 2 else "negative"] for n in range(40)])
    path.chmod(0o600)  # as private as files often are: the kernel's user must be able to read it all the same
    return path


@pytest.fixture(scope="session")
def run(reviews: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Run]:
    """Run cells in a kernel of this machine's best tier."""
    return lambda *cells, **options: run_cells(cells, reviews, tmp_path_factory.mktemp("out"), **options)


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """No process and no folder of a kernel's outlives its test."""
    before = set(processes())
    yield
    end = time.monotonic() + 10
    while (left := set(processes()) - before) and time.monotonic() < end:
        time.sleep(0.1)
    assert not left, [name for pid, name in left]


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
