"""A notebook that runs, in place of one that is loaded: its names are used as they stand."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from autograder.inside import cells, inventory
from autograder.inside.names import binds

OVERRIDDEN = "<overridden>"


class LiveWorkspace:
    """The names of a running notebook; as loader.Workspace for one that is loaded."""

    def __init__(self, namespace: dict[str, Any], files: Mapping[str, int]) -> None:
        """`files`: by the name that tracebacks have for a cell, its number."""
        self.namespace = namespace
        self._files = files
        self._places: dict[str, tuple[int, int]] = {}

    def load_cell(self, number: int, source: str, definitions_only: bool = False, module: str = "") -> dict[str, Any]:
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
        exec(compile(ast.parse(source), OVERRIDDEN, "exec", dont_inherit=True), room)
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
