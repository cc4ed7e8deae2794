"""Loads a submission's cells statement by statement: definitions win over experiments.

Nothing that a cell does can lose another cell, and nothing that a statement raises gets out of here. What does
not run at load time is kept, and runs when a graded function turns out to need it. Definitions that only come
into being inside `exec` or `globals()` calls are not supported.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable
from typing import Any

from autograder.inside import cells, inventory
from autograder.inside.deferred import Deferred
from autograder.inside.names import COMPOUND, DEFINITIONS, IMPORTS, binds, blocks, reads
from autograder.inside.offline import Nothing, data_folder, prepare
from autograder.inside.running import LAZY_ANNOTATIONS, Cell, Notebook, caught, describe, load_imports
from autograder.inside.statements import Decision, cheap, judge, literal, makes_folder, soften
from autograder.inside.timelimit import StatementTimeout

__all__ = ["Workspace", "data_folder", "prepare"]


class Workspace:
    """One submission's module, with the modules of those of its files that can't share it. Lives in the sandboxed
    process."""

    def __init__(self, module_name: str = "__main__") -> None:
        self._notebook = Notebook(module_name)
        self._deferred = Deferred(self._notebook)
        self.namespace: dict[str, Any] = self._notebook.namespace
        self._others: dict[str, Workspace] = {}

    def load_cell(self, number: int, source: str, definitions_only: bool = False, module: str = "") -> dict[str, Any]:
        """Load one cell; the answer has the fields of records.CellReport as plain data. Raises nothing.

        definitions_only: nothing but imports, definitions and literal constants run. module: the one to load it into,
        where it is not the submission's main one.
        """
        if module:
            return self._other(module).load_cell(number, source, definitions_only)
        cell = Cell(number, source.split("\n"), definitions_only)
        error = caught(lambda: self._load(cell, source))
        if error is not None:  # not even salvage was possible: null bytes, nesting too deep to parse
            cell.status = "failed"
            cell.problem(1, describe(error))
        return {"number": number, "status": cell.status, "problems": cell.problems}

    def _other(self, module: str) -> Workspace:
        """The workspace of a module beside the main one, which `import` finds; made when it is asked for first."""
        if module not in self._others:
            self._others[module] = Workspace(module)
            package, _, own = module.rpartition(".")
            if package in sys.modules:
                setattr(sys.modules[package], own, sys.modules[module])
        return self._others[module]

    def resolve(self, name: str) -> bool:
        """Run the waiting statements that set `name`, with what they need; whether the name now exists.

        A name that another module has alone is the main module's too, as if it were imported.
        """
        resolved = [other.resolve(name) for other in self._others.values()]
        if self._deferred.resolve(name):
            return True
        for other in self._others.values():
            if name in other.namespace:
                self.namespace[name] = other.namespace[name]
        return any(resolved)

    def override(self, source: str, names: Iterable[str]) -> None:
        """Define `names` from the judge's own source, in place of the notebook's.

        The source sees the notebook's names as they are now, but its helpers stay its own. Its text is not kept.

        Raises:
            Exception: the source fails, or does not define one of the names (the grader's fault).
        """
        room = dict(self.namespace)
        exec(compile(source, "<overridden>", "exec", dont_inherit=True), room)
        for name in names:
            for other in self._others.values():
                if name in other.namespace and other.namespace[name] is self.namespace.get(name):
                    other.namespace[name] = room[name]
            self.namespace[name] = room[name]
            self._notebook.scopes.forget(name)
            self._notebook.lost.pop(name, None)
            self._notebook.known.deferred.discard(name)

    def inventory(self) -> dict[str, dict[str, Any]]:
        """All names that the notebook sets at top level: kind (function, class, value or lost), cell, line, parameters.

        A value that waits is a `value`; `lost` is what stands in the text but failed to load.
        """
        found = {name: entry for other in self._others.values() for name, entry in other.inventory().items()}
        for waiting in self._deferred.statements:
            for name in waiting.binds:
                found[name] = inventory.entry("value", (waiting.cell.number, waiting.node.lineno))
        for name, place in self._notebook.lost.items():
            found[name] = inventory.lost(place, self._notebook.cause(name))
        for name, place in self._notebook.places.items():
            if name in self.namespace:
                value = self.namespace[name]
                found[name] = inventory.entry(inventory.kind(value), place, inventory.parameters(value))
        return found

    def cause(self, error: BaseException) -> tuple[str, str]:
        """Why the name is absent that an exception misses ("ImportError: …"), and the place of that; else nothing."""
        name = error.name if isinstance(error, NameError) else str(error) if type(error) is LookupError else None
        found = self._notebook.cause(name) if isinstance(name, str) else None
        told = (other.cause(error) for other in self._others.values())
        return found or next((one for one in told if any(one)), ("", ""))

    def where(self, error: BaseException) -> str:
        """`cell 7, line 3`: the innermost place in the notebook that an exception went through, or nothing."""
        place, trace = "", error.__traceback__
        while trace is not None:
            filename = trace.tb_frame.f_code.co_filename
            if filename.startswith("<cell ") and filename.endswith(">"):
                place = f"{filename[1:-1]}, line {trace.tb_lineno}"
            trace = trace.tb_next
        return place

    # ---- one cell ----------------------------------------------------------------------------------------------
    def _load(self, cell: Cell, source: str) -> None:
        parsed = cells.parse(source)
        if parsed.foreign or not (parsed.body or parsed.error):
            cell.status = "skipped"
            return
        cell.set_text(parsed.text)
        if parsed.error:
            cell.problem(parsed.line, parsed.error, parsed.column)
            for name, line in parsed.lost.items():
                self._notebook.lose(name, cell.number, line)
                self._notebook.blame([name], parsed.error, cell.number, parsed.line)
        for node in parsed.body:
            error = caught(lambda node=node: self._take(cell, node))  # type: ignore[misc]
            if error is not None:  # too deep for us, not for Python
                cell.problem(node.lineno, describe(error))
        self._deferred.retry_definitions()
        if cell.problems:
            cell.status = "failed" if parsed.error and not parsed.body else "partly"

    def _take(self, cell: Cell, node: ast.stmt) -> None:
        self._notebook.scopes.use(node)
        if isinstance(node, IMPORTS):
            self._import(cell, node)
        elif isinstance(node, DEFINITIONS):
            self._define(cell, node)
        elif cell.definitions_only and not literal(node):
            self._put_off(cell, node)
        elif isinstance(node, ast.If):
            self._branch(cell, node)
        elif makes_folder(node, self._notebook.known):
            caught(
                lambda: self._notebook.run(cell, node)
            )  # a place that is not of this machine: whoever writes there says so
        else:
            verdict = judge(node, self._notebook.known)
            if verdict is Decision.RUN:
                self._eager(cell, node)
            elif verdict is Decision.DEFER:
                self._put_off(cell, node)

    def _import(self, cell: Cell, node: ast.Import | ast.ImportFrom) -> None:
        """Alias by alias, so that one missing package loses only its own names. No time limit: imports are slow."""
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            self._notebook.set_future(node)
            return
        errors: dict[str, None] = {}
        for alias in node.names:
            single: ast.Import | ast.ImportFrom = ast.Import([alias])
            package = alias.name
            if isinstance(node, ast.ImportFrom):
                single = ast.ImportFrom(node.module, [alias], node.level)
                package = node.module or ""
            ast.copy_location(single, node)
            error = caught(lambda single=single: self._notebook.run(cell, single, limited=False))  # type: ignore[misc]
            if error is None:
                continue
            errors[describe(error)] = None
            self._notebook.blame(binds(single) or {alias.name}, error, cell.number, node.lineno)
            if package.startswith("google.colab"):  # later calls of drive.mount do nothing
                self.namespace.update(dict.fromkeys(binds(single), Nothing()))
        for text in errors:
            cell.problem(node.lineno, text)

    def _define(self, cell: Cell, node: ast.stmt) -> None:
        error = caught(lambda: self._notebook.run(cell, node))
        if isinstance(error, NameError) and error.name in self._notebook.known.deferred and self.resolve(error.name):
            error = caught(lambda: self._notebook.run(cell, node))  # a default or a base that waited
        if error is None:
            load_imports(node, cell.lines)
            return
        cell.problem(node.lineno, describe(error))
        if not self._define_softly(cell, node):
            self._notebook.blame(binds(node), error, cell.number, node.lineno)
            self._deferred.add_definition(cell, node, error)
            self._notebook.lose(node, cell.number, node.lineno)

    def _define_softly(self, cell: Cell, node: ast.stmt) -> bool:
        """Again without what it can do without: annotations first, then defaults or class attributes that fail."""
        if caught(lambda: self._notebook.run(cell, node, flags=LAZY_ANNOTATIONS)) is None:
            return True
        return caught(lambda: self._notebook.run(cell, soften(node), flags=LAZY_ANNOTATIONS)) is None

    def _branch(self, cell: Cell, node: ast.If) -> None:
        """Follow an `if` whose test is cheap; of any other, and of a main guard, take the definitions."""
        if "__name__" in reads(node.test):
            for child in node.body:
                self._put_off(cell, child)
            return
        if not cheap(node.test, self._notebook.known):
            self._put_off(cell, node)
            return
        chosen: list[ast.stmt] = []
        error = caught(lambda: chosen.extend(node.body if self._notebook.truth(cell, node.test) else node.orelse))
        if error is not None:
            cell.problem(node.lineno, describe(error))
            self._put_off(cell, node)
        for child in chosen:
            self._take(cell, child)

    def _eager(self, cell: Cell, node: ast.stmt) -> None:
        error = caught(lambda: self._notebook.run(cell, node))
        if error is None:
            return
        self._notebook.blame(binds(node), error, cell.number, node.lineno)
        missing = error.name if isinstance(error, NameError) else None
        if not isinstance(error, StatementTimeout) and missing not in self._notebook.known.deferred:
            cell.problem(node.lineno, describe(error))
            if missing is None:  # otherwise it may still come, from a later cell
                self._notebook.lose(node, cell.number, node.lineno)
        self._put_off(cell, node)

    def _put_off(self, cell: Cell, node: ast.stmt) -> None:
        """Keep a statement for later, but take the imports and definitions in it now."""
        if isinstance(node, (*IMPORTS, *DEFINITIONS)):
            self._take(cell, node)
            return
        for child in (child for block in blocks(node) for child in block):
            if isinstance(child, (*IMPORTS, *DEFINITIONS, *COMPOUND)):
                self._put_off(cell, child)
        self._deferred.add(cell, node)
