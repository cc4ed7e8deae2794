"""What the tests of what runs inside the sandbox share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Servers in this process write where they run."""
    monkeypatch.chdir(tmp_path)
