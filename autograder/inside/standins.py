"""Puts the harness's own definitions in place of a notebook's, and keeps them there while its cells run."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import Any

_RESTORE = "__autograder_restore__"


class Room(dict[str, Any]):
    """The globals of a overridden text: its own names, and for all others the notebook's as they are at the moment."""

    def __init__(self, notebook: dict[str, Any]) -> None:
        super().__init__(__name__="__main__")
        self._notebook = notebook

    def __missing__(self, name: str) -> Any:
        return self._notebook[name]


class StandIns:
    """The overridden objects of one kernel, by name."""

    def __init__(self, shell: Any, overrides: Iterable[tuple[Sequence[str], str]]) -> None:
        self._namespace: dict[str, Any] = shell.user_ns
        self._objects: dict[str, Any] = {}
        for names, source in overrides:
            room = Room(self._namespace)
            exec(compile(source, "<overridden>", "exec", dont_inherit=True), room)
            self._objects.update({name: room[name] for name in names})
        if self._objects:
            self.restore()
            shell.ast_transformers.append(_AfterDefinitions(frozenset(self._objects)))
            for event in ("pre_run_cell", "post_run_cell"):
                shell.events.register(event, lambda *_: self.restore())

    def restore(self) -> None:
        """Bind every name to its overridden object again."""
        self._namespace.update(self._objects)
        self._namespace[_RESTORE] = self.restore


class _AfterDefinitions(ast.NodeTransformer):
    """A cell may define a function and use it at once: the override takes its place right after the definition."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names

    def visit_Module(self, module: ast.Module) -> ast.Module:
        """Top-level statements only."""
        body: list[ast.stmt] = []
        for node in module.body:
            body.append(node)
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.name in self._names:
                call = ast.Expr(ast.Call(ast.Name(_RESTORE, ast.Load()), [], []))
                body.append(ast.fix_missing_locations(ast.copy_location(call, node)))
        module.body = body
        return module
