"""One sandbox per tier for the whole session, and a student process in it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator

import pytest
from sandboxed import LIVING, TOKEN, Student, start

from autograder.errors import SandboxError
from autograder.sandbox import ZygoteSandbox


@pytest.fixture(scope="session", autouse=True)
def planted_token() -> Iterator[None]:
    """A secret in the judge's environment and in its memory."""
    os.environ["AUTOGRADER_TOKEN"] = TOKEN
    yield
    del os.environ["AUTOGRADER_TOKEN"]


@pytest.fixture(autouse=True)
def no_student_outlives_its_test() -> Iterator[None]:
    yield
    while LIVING:
        LIVING.pop().process.close()


@pytest.fixture(scope="session", params=[1, 2, 3, 4], ids=["bubblewrap", "landlock", "rlimits", "none"])
def sandbox(request: pytest.FixtureRequest, planted_token: None) -> Iterator[ZygoteSandbox]:
    """Each tier that this machine can give."""
    try:
        opened = start(request.param)
    except SandboxError as error:
        warnings.warn(f"NOT TESTED on this machine: {error}", stacklevel=1)
        pytest.skip(f"NOT TESTED on this machine: {error}")
    yield opened
    opened.close()


@pytest.fixture
def student(sandbox: ZygoteSandbox) -> Student:
    """A fresh student process in each tier."""
    return Student(sandbox)


@pytest.fixture
def hostile(sandbox: ZygoteSandbox) -> Student:
    """A fresh student process in each tier that says it contains hostile code."""
    if not sandbox.tier.safe:
        pytest.skip(f"tier {sandbox.tier.number} makes no such promise")
    return Student(sandbox)


@pytest.fixture
def limited(sandbox: ZygoteSandbox) -> Student:
    """A fresh student process in each tier that keeps limits per submission."""
    if sandbox.tier.number == 4:
        pytest.skip("tier 4 makes no such promise")
    return Student(sandbox)
