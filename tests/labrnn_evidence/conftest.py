"""Lets tests import modules of checks: their marker is known to the judge's pytest, not to this one."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "item: as in autograder/judge/plugin.py")
