"""Our modules as syntax trees: what each statement at the top of a file binds, and what its imports mean."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from autograder.errors import ConfigError

Definition = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
Import = (ast.Import, ast.ImportFrom)
MARKER = "SOLVES"  # at the top of a module: the items that what it holds would solve


@dataclass(frozen=True)
class Target:
    """What an import binds: a name of one of our modules, or, without `name`, the module itself."""

    module: str
    name: str = ""


@dataclass
class Module:
    """One file. `body`: its statements, which whoever leaves some out replaces before anything is asked."""

    name: str
    path: Path
    body: list[ast.stmt] = field(default_factory=list)

    @property
    def package(self) -> str:
        """The package that its relative imports start from."""
        return self.name if self.path.name == "__init__.py" else self.name.rpartition(".")[0]

    @property
    def solves(self) -> bool:
        """Whether it says by `SOLVES = (…)` that it states the equations of graded items."""
        return MARKER in self.binders

    @cached_property
    def binders(self) -> dict[str, list[int]]:
        """By name, the statements at top level that bind it, as places in `body`."""
        found: dict[str, list[int]] = {}
        for place, node in enumerate(self.body):
            for name in bound(node):
                found.setdefault(name, []).append(place)
        return found


class Modules:
    """All modules under some roots. `roots`: by the name of a package, its folder."""

    def __init__(self, roots: dict[str, Path]) -> None:
        self._roots = roots
        self._read: dict[str, Module] = {}

    def path(self, name: str) -> Path | None:
        """The file of one of our modules; None for others, and for folders without an `__init__.py`."""
        root = max((r for r in self._roots if name == r or name.startswith(f"{r}.")), key=len, default=None)
        if root is None:
            return None
        place = self._roots[root].joinpath(*name.removeprefix(root).strip(".").split("."))
        for path in (place.with_suffix(".py"), place / "__init__.py"):
            if path.is_file() and (path.name == "__init__.py" or path.stem):
                return path
        return None

    def __getitem__(self, name: str) -> Module:
        """The module.

        Raises:
            ConfigError: there is no such file.
        """
        if name not in self._read:
            path = self.path(name)
            if path is None:
                raise ConfigError(f"There is no module {name}, which the students' wheel needs.")
            self._read[name] = Module(name, path, ast.parse(path.read_text(encoding="utf-8"), str(path)).body)
        return self._read[name]

    def __contains__(self, name: str) -> bool:
        return self.path(name) is not None

    def targets(self, module: Module, node: ast.stmt | ast.AST) -> dict[str, Target]:
        """By the name that it binds, what each alias of an import means; only our own modules."""
        found: dict[str, Target] = {}
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in self and alias.asname:
                    found[alias.asname] = Target(alias.name)
                elif alias.name in self:
                    raise ConfigError(f"{module.path}: `import {alias.name}` needs an `as` for the students' wheel.")
        elif isinstance(node, ast.ImportFrom):
            source = self.source_of(module, node)
            for alias in node.names:
                inner = f"{source}.{alias.name}"
                if inner in self:
                    found[alias.asname or alias.name] = Target(inner)
                elif source in self:
                    found[alias.asname or alias.name] = Target(source, alias.name)
        return found

    @staticmethod
    def source_of(module: Module, node: ast.ImportFrom) -> str:
        """The module that `from … import` names, absolutely."""
        if not node.level:
            return node.module or ""
        parts = module.package.split(".")
        above = parts[: len(parts) - node.level + 1]
        return ".".join([*above, *([node.module] if node.module else [])])


def bound(node: ast.stmt) -> set[str]:
    """The names that a definition, an import or a plain assignment binds; empty for a statement that does something."""
    if isinstance(node, Definition):
        return {node.name}
    if isinstance(node, Import):
        return {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    parts = [part for target in targets for part in (target.elts if isinstance(target, ast.Tuple) else [target])]
    if parts and all(isinstance(part, ast.Name) for part in parts):
        return {part.id for part in parts if isinstance(part, ast.Name)}
    return set()


def is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def for_types_only(node: ast.stmt) -> bool:
    """Whether it is an `if TYPE_CHECKING:`."""
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
