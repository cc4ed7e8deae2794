"""Follows names from what students call to all that it needs, statement by statement; the rest stays at home.

A module that is reached keeps its docstring, the statements that do something, and of definitions, assignments and
imports those that a kept statement names. Names are taken as they stand, whatever scope they are in, so that rather too
much is kept than too little. What is found at run time only (`getattr`, a module's name put together) has to be given.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from autograder.errors import ConfigError
from autograder.student_wheel.modules import (
    Import,
    Module,
    Modules,
    Target,
    bound,
    for_types_only,
    is_docstring,
)

FUTURE = "__future__"


class SolutionError(ConfigError):
    """What was followed leads to a module that solves graded items."""


@dataclass
class Reach:
    """What is kept of which module.

    `closed`: beginnings of module names that may not be reached, but for the names given. `suites`: modules in which
    arguments of functions count as names too, since pytest fills them with fixtures.
    """

    modules: Modules
    closed: dict[str, frozenset[str]] = field(default_factory=dict)
    suites: frozenset[str] = frozenset()
    kept: dict[str, set[int]] = field(default_factory=dict)
    _done: set[tuple[str, str]] = field(default_factory=set)

    def whole(self, name: str) -> None:
        """Keep all of a module."""
        module = self.modules[name]
        for place, node in enumerate(module.body):
            if not for_types_only(node):
                self._keep(module, place, bound(node))

    def allows(self, name: str, function: str) -> bool:
        """Whether a check can be reached without what solves a graded item; nothing more is kept by asking."""
        kept = {module: set(places) for module, places in self.kept.items()}
        trial = Reach(self.modules, self.closed, self.suites, kept, set(self._done))
        try:
            trial.load(name)
            trial.reach(name, function)
        except SolutionError:
            return False
        return True

    def reach(self, name: str, wanted: str) -> None:
        """Keep what binds a module's name, and all that it needs.

        Raises:
            ConfigError: the module may not be reached.
        """
        if (name, wanted) in self._done:
            return
        self._done.add((name, wanted))
        if self._is_closed(name, wanted):
            return
        module = self._loaded(name)
        for place in module.binders.get(wanted, ()):
            self._keep(module, place, {wanted})

    def load(self, name: str) -> None:
        """Keep what a module does when it is imported; errors as for `reach`."""
        if not self._is_closed(name, ""):
            self._loaded(name)

    def _is_closed(self, name: str, wanted: str) -> bool:
        for start, open_names in self.closed.items():
            if name == start or name.startswith(f"{start}."):
                if wanted not in open_names:
                    raise ConfigError(
                        f"Public checks need {name} {wanted}".rstrip() + ", which students must not have."
                    )
                return True
        return False

    def _loaded(self, name: str) -> Module:
        module = self.modules[name]
        if module.solves:
            raise SolutionError(f"{name} states the equations of graded items, which students must not have.")
        if name not in self.kept:
            self.kept[name] = set()
            if "." in name and (parent := name.rpartition(".")[0]) in self.modules:
                self._loaded(parent)
            for place, node in enumerate(module.body):
                if is_docstring(node) or (not bound(node) and not for_types_only(node)) or _is_future(node):
                    self._keep(module, place, set())
        return module

    def _keep(self, module: Module, place: int, names: set[str]) -> None:
        self._loaded(module.name)
        node = module.body[place]
        for name in names:
            self._done.add((module.name, name))
        fresh = place not in self.kept[module.name]
        self.kept[module.name].add(place)
        if isinstance(node, Import):
            for name, target in self.modules.targets(module, node).items():
                if name in names:
                    self._follow(target)
        elif fresh:
            self._visit(module, node)

    def _follow(self, target: Target) -> None:
        if target.name:
            self.reach(target.module, target.name)
        else:
            self.load(target.module)  # its names follow where they are asked for

    def _visit(self, module: Module, node: ast.AST) -> None:
        """Follow all names in a kept statement."""
        local: dict[str, Target] = {}
        for inner in ast.walk(node):
            if isinstance(inner, Import):
                local |= self.modules.targets(module, inner)
        for inside in local.values():
            self._follow(inside)
        taken: set[int] = set()
        for inner in ast.walk(node):
            self._follow_attribute(module, inner, local, taken)
            self._follow_text(module, inner)
        for name, place in _names(node, module.name in self.suites):
            if place in taken:
                continue
            target = self._alias(module, name, local)
            if target is not None:  # the module itself is handed on
                self.whole(target.module)
            if name not in local and name in module.binders:
                self.reach(module.name, name)

    def _follow_attribute(self, module: Module, node: ast.AST, local: dict[str, Target], taken: set[int]) -> None:
        """`values.mapping`, and `import_module("…").Server`."""
        if not isinstance(node, ast.Attribute):
            return
        if isinstance(node.value, ast.Name) and (target := self._alias(module, node.value.id, local)) is not None:
            taken.add(id(node.value))
            if node.value.id not in local:
                self.reach(module.name, node.value.id)
            self.reach(target.module, node.attr)
        elif (name := _imported(node.value)) and name in self.modules:
            taken.add(id(node.value))
            self.reach(name, node.attr)

    def _follow_text(self, module: Module, node: ast.AST) -> None:
        """`INSIDE / "fill.py"`: a module that is read as a text, to run at the student's side."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.endswith(".py"):
            name = f"{module.package}.inside.{node.value.removesuffix('.py')}"
            if name in self.modules:
                self.whole(name)

    def _alias(self, module: Module, name: str, local: dict[str, Target]) -> Target | None:
        """The module of ours that a name stands for, if it stands for one."""
        found = local.get(name)
        for place in module.binders.get(name, ()) if found is None else ():
            found = self.modules.targets(module, module.body[place]).get(name)
        return found if found is not None and not found.name else None

    # ---- what it comes to --------------------------------------------------------------------------------------------
    def body(self, name: str) -> list[ast.stmt]:
        """The kept statements of a module, its imports with the kept names only."""
        module = self.modules[name]
        made = []
        for place in sorted(self.kept[name]):
            node = module.body[place]
            if isinstance(node, Import) and not _is_future(node):
                names = [a for a in node.names if (name, a.asname or a.name.partition(".")[0]) in self._done]
                node = _with(node, names)
            made.append(node)
        return made

    def outside(self) -> tuple[set[str], set[str]]:
        """The packages of others that the kept code imports: when it is imported itself, and later."""
        early, late = set[str](), set[str]()
        for name in self.kept:
            for node in self.body(name):
                for inner in ast.walk(node):
                    (early if inner is node else late).update(_roots(inner))
        return early, late - early


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == FUTURE


def _names(node: ast.AST, arguments: bool) -> Iterator[tuple[str, int]]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            yield inner.id, id(inner)
        elif isinstance(inner, ast.arg) and arguments:
            yield inner.arg, id(inner)


def _imported(node: ast.AST) -> str:
    """The module that `importlib.import_module("…")` names."""
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module") and len(node.args) == 1:
        argument = node.args[0]
        return str(argument.value) if isinstance(argument, ast.Constant) else ""
    return ""


def _with(node: ast.Import | ast.ImportFrom, names: list[ast.alias]) -> ast.stmt:
    if isinstance(node, ast.Import):
        return ast.Import(names)
    return ast.ImportFrom(node.module, names, node.level)


def _roots(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name.partition(".")[0] for alias in node.names}
    if isinstance(node, ast.ImportFrom) and not node.level:
        return {(node.module or "").partition(".")[0]}
    name = _imported(node)
    return {name.partition(".")[0]} if name else set()
