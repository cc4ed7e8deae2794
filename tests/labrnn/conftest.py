"""The notebooks run in this process, which is made ready for them as a student process is."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.student import offline


@pytest.fixture(scope="package", autouse=True)
def offline_process() -> None:
    offline.prepare()


@pytest.fixture(autouse=True)
def own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Servers in this process write where they run."""
    monkeypatch.chdir(tmp_path)
