"""Lets pytest import the checks of an assignment as modules of the assignment's own package."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import pytest


class SuiteModule(pytest.Module):
    """A file of checks that is a module of a package known already; nothing is put on `sys.path`."""

    module_name = ""

    def _getobj(self) -> ModuleType:
        return importlib.import_module(self.module_name)


class SuiteModules:
    """The plugin: the test files in `folder` are modules of `package`."""

    def __init__(self, folder: Path, package: str) -> None:
        self.folder, self.package = folder, package

    def pytest_pycollect_makemodule(self, module_path: Path, parent: pytest.Collector) -> pytest.Module:
        """Called by pytest for each file."""
        module = SuiteModule.from_parent(parent, path=module_path)
        inner = module_path.relative_to(self.folder).with_suffix("").parts
        module.module_name = ".".join((self.package, *inner))
        return module
