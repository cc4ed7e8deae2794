"""The hand-ins run in this process, which is made ready for them as a student process is."""

from __future__ import annotations

import pytest

from autograder.inside import offline


@pytest.fixture(scope="package", autouse=True)
def offline_process() -> None:
    offline.prepare()
