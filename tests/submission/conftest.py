"""The script that writes the malformed hand-ins, as a module: fixtures/ is no package."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "fixtures" / "labrnn" / "make_malformed.py"


@pytest.fixture(scope="session")
def make_malformed() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_malformed", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_malformed"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module
