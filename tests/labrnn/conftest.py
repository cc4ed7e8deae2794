"""The notebooks run in this process, which is made ready for them as a student process is."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from autograder.inside import offline


@pytest.fixture(scope="package", autouse=True)
def offline_process() -> None:
    offline.prepare()


@pytest.fixture(scope="module", autouse=True)  # that of a package would go on in other folders' tests
def own_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Servers in this process write where they run."""
    with contextlib.chdir(tmp_path_factory.mktemp("labrnn")):
        yield
