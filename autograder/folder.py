"""Where an assignment stands: a built-in folder by its name, or any folder by its path.

The code of a folder elsewhere is imported as a package under a private name, so that it meets no other module and
nothing is put on `sys.path`; its files import each other by relative imports (`from .api import Lab`).
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import re
import sys
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from autograder.errors import ConfigError

BUILT_IN = Path(__file__).resolve().parent / "assignments"
PARTS = ("rubric.toml", "prepare.py", "checks")


@dataclass(frozen=True)
class Folder:
    """An assignment's folder, an absolute path, and the package that its code is."""

    path: Path
    package: str

    @property
    def name(self) -> str:
        """What course/NAME/rubric.toml calls it."""
        return self.path.name

    @property
    def rubric(self) -> Path:
        """The file of items, points and rules."""
        return self.path / "rubric.toml"

    @property
    def checks(self) -> Path:
        """The folder of the suite."""
        return self.path / "checks"

    @property
    def answers(self) -> Path:
        """The key of True/False questions; need not be there."""
        return self.path / "answers.toml"

    @property
    def whole(self) -> Path:
        """The code of the steps beyond single functions; need not be there."""
        return self.path / "whole.py"

    def module(self, name: str) -> ModuleType:
        """Import a module of the folder, `prepare`.

        Raises:
            Exception: whatever its code raises.
        """
        return importlib.import_module(f"{self.package}.{name}")


def built_in() -> list[str]:
    """Return the names of the assignments that come with the project: the folders that hold a rubric."""
    return sorted(path.parent.name for path in BUILT_IN.glob("*/rubric.toml"))


def is_built_in(folder: Folder) -> bool:
    """Return whether the assignment comes with the project."""
    return folder.path.parent == BUILT_IN


def find_folder(assignment: str) -> Folder:
    """Return the folder of an assignment, its package ready to be imported: a built-in one by its name, else the one
    at a path.

    Raises:
        ConfigError: there is none, or its folder lacks a part.
        Exception: whatever the folder's `__init__.py` raises.
    """
    if assignment in built_in():
        return Folder(BUILT_IN / assignment, f"autograder.assignments.{assignment}")
    path = Path(assignment).resolve()
    if path.parent == BUILT_IN and path.name in built_in():
        return find_folder(path.name)
    if not assignment or not path.is_dir() or not any((path / part).exists() for part in PARTS):
        raise ConfigError(
            f"There is no assignment called {assignment!r}; there are: {', '.join(built_in())}. "
            f"A path to a folder of your own, with {', '.join(PARTS)}, does as well."
        )
    if lacks := [part for part in PARTS if not (path / part).exists()]:
        raise ConfigError(f"The folder {assignment} is no whole assignment: it lacks {', '.join(lacks)}.")
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:8]
    folder = Folder(path, f"assignment_{re.sub(r'[^0-9A-Za-z_]', '_', path.name)}_{digest}")
    if folder.package not in sys.modules:
        _register(folder)
    return folder


def _register(folder: Folder) -> None:
    """Make the folder a package of its private name; it needs no `__init__.py`."""
    init = folder.path / "__init__.py"
    if init.is_file():
        spec = importlib.util.spec_from_file_location(
            folder.package, init, submodule_search_locations=[str(folder.path)]
        )
    else:
        spec = ModuleSpec(folder.package, None, is_package=True)
        spec.submodule_search_locations = [str(folder.path)]
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[folder.package] = module
    if spec.loader is not None:
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[folder.package]
            raise
