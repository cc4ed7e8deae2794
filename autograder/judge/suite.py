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

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Called by pytest for each entry of each folder on its way down: a course's own tests there are not ours."""
        on_the_way = collection_path in (self.folder, *self.folder.parents)
        return None if on_the_way or self.folder in collection_path.parents else True

    def pytest_pycollect_makemodule(self, module_path: Path, parent: pytest.Collector) -> pytest.Module:
        """Called by pytest for each file."""
        module = SuiteModule.from_parent(parent, path=module_path)
        inner = module_path.relative_to(self.folder).with_suffix("").parts
        module.module_name = ".".join((self.package, *inner))
        return module
