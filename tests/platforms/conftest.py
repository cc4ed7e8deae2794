"""What the platforms' tests share: a tiny assignment in a folder of its own, and zips of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from elsewhere import write_assignment

from autograder.platforms.bundle import write_bundle


@pytest.fixture(scope="session")
def doubling(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_assignment(tmp_path_factory.mktemp("platforms") / "doubling")


@pytest.fixture(scope="session")
def gradescope_zip(doubling: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle("gradescope", str(doubling), None, tmp_path_factory.mktemp("dist"))[0]
