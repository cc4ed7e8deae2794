"""A notebook that runs, as what the checks ask: its names are used as they stand, nothing is loaded again."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from autograder.inside import cells, inventory
from autograder.inside.names import binds
from autograder.records import Cell

Namespace = dict[str, Any]


def cells_of(namespace: Mapping[str, Any]) -> tuple[Cell, ...]:
    """What has been run so far: the notebook's cells by their `In [3]`, the script's text, or, at a prompt, the text of
    each function that is still known."""
    typed = namespace.get("In")
    if isinstance(typed, list):
        return tuple(Cell(n, text, n) for n, text in enumerate(typed) if n and isinstance(text, str) and text.strip())
    path = namespace.get("__file__")
    if isinstance(path, str) and Path(path).is_file():
        return (Cell(1, Path(path).read_text(encoding="utf-8", errors="replace")),)
    return tuple(Cell(n, text) for n, text in enumerate(_sources(namespace), 1))


def _sources(namespace: Mapping[str, Any]) -> Iterator[str]:
    for value in list(namespace.values()):
        if getattr(value, "__module__", None) == "__main__" and (inspect.isfunction(value) or inspect.isclass(value)):
            try:
                yield inspect.getsource(value)
            except (OSError, TypeError):  # typed where nothing remembers it
                continue


class LiveWorkspace:
    """The names of a running notebook; as loader.Workspace for one that is loaded."""

    def __init__(self, namespace: Namespace, files: Mapping[str, int]) -> None:
        """`files`: by the name that tracebacks have for a cell, its number."""
        self.namespace = namespace
        self._files = files
        self._places: dict[str, tuple[int, int]] = {}

    def load_cell(self, number: int, source: str, definitions_only: bool = False) -> dict[str, Any]:
        """Note where names stand; nothing runs, since it has run."""
        for node in cells.parse(source).body:
            for name in binds(node):
                self._places[name] = (number, getattr(node, "lineno", 1))
        return {"number": number, "status": "loaded", "problems": []}

    def resolve(self, name: str) -> bool:
        """Nothing waits."""
        return False

    def override(self, source: str, names: Iterable[str]) -> None:
        """As Workspace.override; whoever runs the checks brings the student's own names back.

        Raises:
            Exception: the source fails, or does not define one of the names (the grader's fault).
        """
        room = dict(self.namespace)
        run_text(source, room)
        self.namespace.update({name: room[name] for name in names})

    def inventory(self) -> dict[str, dict[str, Any]]:
        """As Workspace.inventory, of the names that are there now."""
        return {
            name: inventory.entry(inventory.kind(value), self._places.get(name, (0, 0)), inventory.parameters(value))
            for name, value in list(self.namespace.items())
            if not name.startswith("_")
        }

    def cause(self, error: BaseException) -> tuple[str, str]:
        """Why a name is absent is not known."""
        return ("", "")

    def where(self, error: BaseException) -> str:
        """`In [3], line 2`, or `script.py, line 40`: the innermost place of the student's own that it went through."""
        place, trace = "", error.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            if trace.tb_frame.f_globals is self.namespace and code.co_filename != OVERRIDDEN:
                number = self._files.get(code.co_filename)
                name = f"In [{number}]" if number else Path(code.co_filename).name
                place = f"{name}, line {trace.tb_lineno}"
            trace = trace.tb_next
        return place


OVERRIDDEN = "<overridden>"


def run_text(source: str, room: Namespace) -> None:
    """Run a text of the harness in a namespace."""
    exec(compile(ast.parse(source), OVERRIDDEN, "exec", dont_inherit=True), room)
