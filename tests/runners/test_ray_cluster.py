"""The engine against a real Ray cluster on this machine: `make test-cluster`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autograder.runners import ray
from tests.runners.conformance import PROMISES, Place
from tests.runners.ray_place import RayPlace, ray_place, why_not

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def cluster() -> Iterator[RayPlace]:
    if reason := why_not():
        pytest.skip(f"RAY WAS NOT TRIED: {reason}")
    with ray_place() as started:
        yield started


@pytest.fixture
def place(cluster: RayPlace, monkeypatch: pytest.MonkeyPatch) -> RayPlace:
    monkeypatch.setattr(ray, "NODE", "tests.runners.quick_node")
    return cluster


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_ray_keeps(promise: Callable[[Place, Path], None], place: RayPlace, tmp_path: Path) -> None:
    promise(place, tmp_path)
