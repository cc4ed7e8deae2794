"""Which of a student's definitions stand on which, read from the text alone."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from autograder.inside import cells as reading
from autograder.inside.names import binds
from autograder.records import Cell


@dataclass(frozen=True)
class Texts:
    """By name, what its statements at module level say and which names they use."""

    said: Mapping[str, tuple[str, ...]]
    uses: Mapping[str, frozenset[str]]

    def behind(self, name: str) -> frozenset[str]:
        """All names that this one stands on, itself included."""
        found, waiting = set[str](), [name]
        while waiting:
            current = waiting.pop()
            if current not in found and current in self.said:
                found.add(current)
                waiting += self.uses[current]
        return frozenset(found)

    def digest(self, name: str) -> str:
        """What changes when the text of the name, or of anything behind it, changes."""
        parts = [text for one in sorted(self.behind(name)) for text in (one, *self.said[one])]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def read_texts(cells: Iterable[Cell]) -> Texts:
    """Read all cells; of a broken one the definitions that can be saved."""
    said, uses = dict[str, tuple[str, ...]](), dict[str, frozenset[str]]()
    for cell in cells:
        for node in reading.parse(cell.source).body:
            used = frozenset(inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name))
            for name in binds(node):
                alone = isinstance(node, ast.FunctionDef | ast.ClassDef)  # a later definition takes an earlier's place
                said[name] = (*(() if alone else said.get(name, ())), ast.dump(node))
                uses[name] = used | (frozenset() if alone else uses.get(name, frozenset()))
    return Texts(said, uses)
