"""What the main path needs of an assignment, derived from its declaration."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from autograder.assignment import Prepared
from autograder.errors import ConfigError
from autograder.kit.declare import Asked, Declaration, Function
from autograder.kit.lab import Context
from autograder.kit.names import absent, out_of_reach, own_order, there
from autograder.records import Submission
from autograder.student.proxy import Override, Student


@dataclass(frozen=True)
class Derived:
    """`prepare`, `substitutes` and `unknown`, as autograder/assignment.py asks for them."""

    declaration: Declaration

    @cached_property
    def solution(self) -> Solution:
        return Solution(self.declaration.folder / "reference" / "solution.py")

    def prepare(self, student: Student, submission: Submission) -> Prepared:
        """Note which names are there and in which order they take their arguments; define what is given.

        Raises:
            SandboxError: no student process could be started.
        """
        student.begin_check()
        inventory, graded = student.inventory(), {asked.name for asked in self.declaration.asked()}
        missing = out_of_reach(student, submission, inventory, graded)
        for name in self.declaration.given:
            if not there(inventory, name):
                student.override(Override((name,), self.solution.source(name)))
        context = Context(self.declaration, missing, order=self.orders(inventory), takes=takes(inventory, graded))
        student.begin_check()
        return Prepared(context, {}, absent(inventory, graded, missing))

    def orders(self, inventory: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
        """Names whose arguments are called as was asked, but stand in another order."""
        found = {}
        for asked in self.declaration.asked():
            own = own_order(inventory.get(asked.name, {}).get("parameters", ()), arguments_of(asked))
            if own is not None:
                found[asked.name] = own
        return found

    def unknown(self) -> Context:
        """What checks are handed before anything is known."""
        return Context(self.declaration)

    def substitutes(self, item: str) -> tuple[Override, ...]:
        """The reference's part: where an item is broken, those that the rubric says need it are judged on that."""
        names = [asked.name for asked in self.declaration.of(item)]
        return tuple(Override((name,), self.solution.source(name)) for name in names)


def arguments_of(asked: Asked) -> tuple[str, ...]:
    """The names of the arguments that a function or a constructor is handed by position."""
    return tuple(
        one for one in (asked.args if isinstance(asked, Function) else asked.sizes) if one not in asked.optional
    )


def takes(inventory: Mapping[str, Mapping[str, Any]], names: Collection[str]) -> dict[str, tuple[str, ...]]:
    """By name, the arguments that a graded function or constructor has."""
    return {name: tuple(inventory[name].get("parameters", ())) for name in names if name in inventory}


class Solution:
    """A reference's definitions as text, each with the imports and the definitions that it needs."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._nodes = ast.parse(path.read_text(encoding="utf-8"), str(path)).body

    def source(self, name: str) -> str:
        """The text that defines `name` by itself.

        Raises:
            ConfigError: the reference does not define it.
        """
        if not any(name in names_bound(node) for node in self._nodes):
            raise ConfigError(f"{self._path} does not define {name}, which the declaration names.")
        wanted, queue = set[str](), [name]
        while queue:
            current = queue.pop()
            if current in wanted:
                continue
            wanted.add(current)
            for node in self._nodes:
                if current in names_bound(node) and not isinstance(node, ast.Import | ast.ImportFrom):
                    queue += [inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)]
        kept = [n for n in self._nodes if isinstance(n, ast.Import | ast.ImportFrom) or names_bound(n) & wanted]
        return "\n\n".join(ast.unparse(node) for node in kept)


def names_bound(node: ast.stmt) -> set[str]:
    """The names that a statement at top level defines or assigns."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
