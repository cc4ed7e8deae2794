"""What the tests of the student's room share."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest


@pytest.fixture
def memory() -> Callable[..., AbstractContextManager[None]]:
    """`with memory(below_mb=64):` the block never holds more than that at once."""

    @contextmanager
    def limited(below_mb: float) -> Iterator[None]:
        tracemalloc.start()
        try:
            yield
            assert tracemalloc.get_traced_memory()[1] < below_mb * 2**20
        finally:
            tracemalloc.stop()

    return limited


@pytest.fixture(autouse=True)
def own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Servers in this process write where they run."""
    monkeypatch.chdir(tmp_path)
