"""The engine against a real Slurm cluster of two nodes on this machine: `make test-cluster`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autograder.runners.slurm import engine, submission
from fixtures.slurm_cluster import SlurmCluster, slurm_cluster, why_not
from tests.runners.conformance import PROMISES, Place
from tests.runners.slurm_place import SlurmPlace, quick_work

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def cluster() -> Iterator[SlurmCluster]:
    if reason := why_not():
        pytest.skip(f"SLURM WAS NOT TRIED: {reason}")
    with slurm_cluster() as started:
        yield started


@pytest.fixture
def place(cluster: SlurmCluster, monkeypatch: pytest.MonkeyPatch) -> SlurmPlace:
    monkeypatch.setenv("SLURM_CONF", str(cluster.config))
    monkeypatch.setattr(submission, "work", quick_work)
    monkeypatch.setattr(engine, "ASK_SECONDS", 0.5)
    monkeypatch.setattr(engine, "SILENCE_SECONDS", 3.0)
    return SlurmPlace(cluster)


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_slurm_keeps(promise: Callable[[Place, Path], None], place: SlurmPlace, tmp_path: Path) -> None:
    promise(place, tmp_path)
    assert not (tmp_path / "out" / ".slurm").exists()
