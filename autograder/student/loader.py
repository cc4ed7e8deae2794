"""The module in which a submission's cells live, loaded statement by statement: definitions win over experiments.

Nothing that a cell does can lose another cell, and nothing that a statement raises gets out of here. What is
not run at load time is kept, and run when a graded function turns out to need it. Definitions that only come
into being inside `exec` or `globals()` calls are not supported.
"""

from __future__ import annotations

import ast
import importlib
import linecache
import sys
import types
from dataclasses import dataclass, field
from typing import Any

from autograder.student import cells, inventory
from autograder.student.csv_fallback import set_csv_fallback
from autograder.student.names import COMPOUND, DEFINITIONS, IMPORTS, binds, blocks, changes, reads
from autograder.student.offline import Nothing, data_folder, prepare
from autograder.student.statements import HEAVY, HEAVY_PREFIXES, Known, Verdict, cheap, judge, literal
from autograder.student.timelimit import StatementTimeout, time_limit

__all__ = ["Workspace", "data_folder", "prepare", "set_csv_fallback"]

FUTURE = importlib.import_module("__future__")
ANNOTATIONS: int = FUTURE.annotations.compiler_flag
EAGER_SECONDS = 2.0  # one statement at load time
RESOLVE_SECONDS = 5.0  # all that one missed name sets off
MAX_DEPTH = 12  # statements that need statements that need …
MAX_TEXT = 300


@dataclass
class Cell:
    """One cell while it is loaded, and later for the statements of it that wait."""

    number: int
    lines: list[str]
    definitions_only: bool = False
    problems: list[dict[str, Any]] = field(default_factory=list)
    status: str = "loaded"

    @property
    def filename(self) -> str:
        return f"<cell {self.number}>"


@dataclass
class Waiting:
    """A statement that has not run, or has failed: it may run when a name that it sets is missed."""

    cell: Cell
    node: ast.stmt
    binds: set[str]
    changes: set[str]
    needs: str = ""  # the name whose absence made a definition fail
    done: bool = False


class Workspace:
    """One submission's namespace. Not thread-safe; lives in the sandboxed process."""

    def __init__(self, module_name: str = "__main__") -> None:
        self.module = types.ModuleType(module_name)
        sys.modules[module_name] = self.module  # pickle looks there for the classes of a saved model
        self.namespace: dict[str, Any] = self.module.__dict__
        self.namespace["get_ipython"] = Nothing()
        self.namespace["display"] = Nothing()
        self._known = Known()
        self._flags = 0
        self._waiting: list[Waiting] = []
        self._places: dict[str, tuple[int, int]] = {}  # name -> cell and line of what it is bound to
        self._lost: dict[str, tuple[int, int]] = {}

    # ---- loading -----------------------------------------------------------------------------------------------
    def load_cell(self, number: int, source: str, definitions_only: bool = False) -> dict[str, Any]:
        """Load one cell; the answer has the fields of records.CellReport as plain data. Raises nothing."""
        cell = Cell(number, source.splitlines() or [""], definitions_only)
        try:
            self._load(cell, source)
        except BaseException as error:  # whatever a submission raises, also SystemExit and RecursionError
            cell.status = "failed"
            cell.problems.append({"line": 1, "statement": cell.lines[0][:100], "error": describe(error)})
        return {"number": number, "status": cell.status, "problems": cell.problems}

    def _load(self, cell: Cell, source: str) -> None:
        parsed = cells.parse(source)
        if parsed.foreign or not (parsed.body or parsed.error):
            cell.status = "skipped"
            return
        cell.lines = parsed.text.splitlines() or [""]
        kept = [line + "\n" for line in cell.lines]
        linecache.cache[cell.filename] = (len(parsed.text), None, kept, cell.filename)
        if parsed.error:
            self._problem(cell, parsed.line, parsed.error)
            for name, line in parsed.lost.items():
                self._lose(name, cell.number, line)
        for node in parsed.body:
            self._take(cell, node)
        self._retry_definitions()
        if cell.problems:
            cell.status = "failed" if parsed.error and not parsed.body else "partly"

    def _take(self, cell: Cell, node: ast.stmt) -> None:
        if isinstance(node, IMPORTS):
            self._import(cell, node)
        elif isinstance(node, DEFINITIONS):
            self._define(cell, node)
        elif cell.definitions_only and not literal(node):
            self._put_off(cell, node)
        elif isinstance(node, ast.If):
            self._branch(cell, node)
        else:
            verdict = judge(node, self._known)
            if verdict is Verdict.RUN:
                self._eager(cell, node)
            elif verdict is Verdict.DEFER:
                self._put_off(cell, node)

    def _import(self, cell: Cell, node: ast.Import | ast.ImportFrom) -> None:
        """Alias by alias, so that one missing package loses only its own names. No time limit: imports are slow."""
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            for alias in node.names:
                self._flags |= getattr(getattr(FUTURE, alias.name, None), "compiler_flag", 0)
            return
        errors: dict[str, None] = {}
        for alias in node.names:
            single: ast.stmt = ast.Import([alias]) if isinstance(node, ast.Import) else ast.ImportFrom(
                node.module, [alias], node.level
            )
            try:
                self._execute(cell, ast.copy_location(single, node), seconds=None)
            except BaseException as error:
                errors[describe(error)] = None
                text = node.module if isinstance(node, ast.ImportFrom) else alias.name
                if (text or "").startswith("google.colab"):  # later calls of drive.mount do nothing
                    self.namespace[alias.asname or alias.name.split(".")[0]] = Nothing()
        for text in errors:
            self._problem(cell, node.lineno, text)

    def _define(self, cell: Cell, node: ast.stmt) -> None:
        try:
            self._execute_needing(cell, node)
        except BaseException as error:
            if self._define_softly(cell, node):
                self._problem(cell, node.lineno, describe(error))
                return
            self._problem(cell, node.lineno, describe(error))
            missing = str(error.name) if isinstance(error, NameError) and error.name else ""
            self._waiting.append(Waiting(cell, node, binds(node), set(), missing))
            for name in binds(node):
                self._lose(name, cell.number, node.lineno)

    def _define_softly(self, cell: Cell, node: ast.stmt) -> bool:
        """Again without what a definition can do without: evaluated annotations, then defaults that don't exist."""
        try:
            self._execute(cell, node, flags=ANNOTATIONS)
            return True
        except BaseException:
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                return False
        arguments = node.args
        for values in (arguments.defaults, arguments.kw_defaults):
            for place, value in enumerate(values):
                if value is not None and not isinstance(value, ast.Constant):
                    values[place] = ast.copy_location(ast.Constant(None), value)
        try:
            self._execute(cell, node, flags=ANNOTATIONS)
            return True
        except BaseException:
            return False

    def _branch(self, cell: Cell, node: ast.If) -> None:
        """Follow an `if` whose test is cheap; of any other, and of a main guard, take the definitions."""
        if "__name__" in reads(node.test) or not cheap(node.test, self._known):
            self._put_off(cell, node)
            return
        try:
            code = compile(ast.Expression(node.test), cell.filename, "eval", self._flags, dont_inherit=True)
            with time_limit(EAGER_SECONDS):
                chosen = node.body if eval(code, self.namespace) else node.orelse
        except BaseException as error:
            self._problem(cell, node.lineno, describe(error))
            self._put_off(cell, node)
            return
        for child in chosen:
            self._take(cell, child)

    def _eager(self, cell: Cell, node: ast.stmt) -> None:
        try:
            self._execute(cell, node)
        except StatementTimeout:
            self._put_off(cell, node)
        except BaseException as error:
            if not (isinstance(error, NameError) and error.name in self._known.deferred):
                self._problem(cell, node.lineno, describe(error))
                for name in binds(node):
                    self._lose(name, cell.number, node.lineno)
            self._put_off(cell, node)

    def _put_off(self, cell: Cell, node: ast.stmt) -> None:
        """Keep a statement for later, but take the imports and definitions inside it now."""
        if isinstance(node, COMPOUND):
            for block in blocks(node):
                for child in block:
                    if isinstance(child, (*IMPORTS, *DEFINITIONS)):
                        self._take(cell, child)
                    elif isinstance(child, COMPOUND):
                        self._put_off(cell, child)
        waiting = Waiting(cell, node, binds(node), changes(node))
        if waiting.binds or waiting.changes:
            self._waiting.append(waiting)
            self._known.deferred |= waiting.binds

    def _retry_definitions(self) -> None:
        """A class whose base stands in a later cell: notebooks need not be written in the order they were run."""
        for waiting in self._waiting:
            if waiting.needs and not waiting.done and waiting.needs in self.namespace:
                waiting.needs = ""
                self._attempt(waiting, MAX_DEPTH)

    # ---- running -----------------------------------------------------------------------------------------------
    def _execute(
        self, cell: Cell, node: ast.stmt, seconds: float | None = EAGER_SECONDS, flags: int = 0
    ) -> None:
        """Run one statement in the namespace and note what it has bound."""
        code = compile(
            ast.Module([node], []), cell.filename, "exec", self._flags | flags, dont_inherit=True, optimize=0
        )
        if seconds is None:
            exec(code, self.namespace)
        else:
            with time_limit(seconds):
                exec(code, self.namespace)
        if not isinstance(node, IMPORTS):
            self._note(cell, node)

    def _execute_needing(self, cell: Cell, node: ast.stmt) -> None:
        """Run a definition; a default or a base that waits is fetched first."""
        try:
            self._execute(cell, node)
        except NameError as error:
            if not error.name or error.name not in self._known.deferred or not self.resolve(error.name):
                raise
            self._execute(cell, node)

    def _note(self, cell: Cell, node: ast.stmt) -> None:
        for name in binds(node):
            if name not in self.namespace:
                continue
            value = self.namespace[name]
            self._places[name] = (cell.number, node.lineno)
            self._lost.pop(name, None)
            for group in (self._known.functions, self._known.models, self._known.deferred, self._known.values):
                group.discard(name)
            if isinstance(value, types.FunctionType):
                self._known.functions.add(name)
            elif isinstance(value, type):
                if _is_model(value) or (isinstance(node, ast.ClassDef) and _heavy_constructor(node)):
                    self._known.models.add(name)
            elif not isinstance(value, types.ModuleType):
                self._known.values.add(name)

    def resolve(self, name: str) -> bool:
        """Run the waiting statements that set `name`, with what they need; whether the name now exists."""
        try:
            with time_limit(RESOLVE_SECONDS):
                self._resolve(name, len(self._waiting), 0)
        except BaseException:
            pass
        return name in self.namespace

    def _resolve(self, name: str, before: int, depth: int) -> bool:
        """Newest binding first; statements from `before` on are too late to count."""
        for index in range(before - 1, -1, -1):
            waiting = self._waiting[index]
            if name in waiting.binds and not waiting.done and self._attempt(waiting, depth):
                for later in self._waiting[index + 1 : before]:
                    if name in later.changes and not later.done:
                        self._attempt(later, depth)
                return True
        return name in self.namespace

    def _attempt(self, waiting: Waiting, depth: int) -> bool:
        """Run a waiting statement once, fetching the names it lacks."""
        if depth > MAX_DEPTH or isinstance(waiting.node, ast.While):
            return False
        waiting.done = True  # also while it runs, so that a circle of needs ends
        before = self._waiting.index(waiting)
        for name in sorted(reads(waiting.node) & self._known.deferred):
            self._resolve(name, before, depth + 1)
        for _ in range(MAX_DEPTH):
            try:
                self._execute(waiting.cell, waiting.node)
                return True
            except StatementTimeout:
                raise
            except NameError as error:
                if not error.name or not self._resolve(error.name, len(self._waiting), depth + 1):
                    break
            except BaseException:
                break
        waiting.done = False
        return False

    def supply(self, source: str, names: list[str]) -> None:
        """Define `names` from the judge's own source, in place of the notebook's.

        The source sees the notebook's names, but its helpers stay its own. Its text is not kept.

        Raises:
            Exception: the source fails, or does not define one of the names (the grader's fault).
        """
        room = dict(self.namespace)
        exec(compile(source, "<supplied>", "exec", dont_inherit=True), room)
        for name in names:
            self.namespace[name] = room[name]
            self._lost.pop(name, None)
            self._known.deferred.discard(name)

    # ---- answers -----------------------------------------------------------------------------------------------
    def inventory(self) -> dict[str, dict[str, Any]]:
        """All names that the notebook binds at top level: kind, cell, line, parameters."""
        found: dict[str, dict[str, Any]] = {}
        for name, (number, line) in self._lost.items():
            found[name] = {"kind": "lost", "cell": number, "line": line, "parameters": []}
        for waiting in self._waiting:
            for name in waiting.binds - self._lost.keys():
                place = {"cell": waiting.cell.number, "line": waiting.node.lineno}
                found[name] = {"kind": "value", **place, "parameters": []}
        for name, (number, line) in self._places.items():
            if name in self.namespace:
                value = self.namespace[name]
                found[name] = {"kind": inventory.kind(value), "cell": number, "line": line}
                found[name]["parameters"] = inventory.parameters(value)
        return found

    def where(self, error: BaseException) -> str:
        """`cell 7, line 3`: the innermost place in the notebook that an exception went through."""
        place = ""
        trace = error.__traceback__
        while trace is not None:
            filename = trace.tb_frame.f_code.co_filename
            if filename.startswith("<cell ") and filename.endswith(">"):
                place = f"{filename[1:-1]}, line {trace.tb_lineno}"
            trace = trace.tb_next
        return place

    def set_csv_fallback(self, path: str | None) -> None:
        """Serve missing CSV files from `path`; None ends it."""
        set_csv_fallback(path)

    def _problem(self, cell: Cell, line: int, error: str) -> None:
        text = cell.lines[line - 1].strip() if 0 < line <= len(cell.lines) else ""
        cell.problems.append({"line": line, "statement": text[:100], "error": error})

    def _lose(self, name: str, number: int, line: int) -> None:
        """A definition that failed is lost, unless an earlier one of the name stands."""
        if name not in self._places:
            self._lost[name] = (number, line)


def describe(error: BaseException) -> str:
    """`TypeError: text`, cut; for exceptions that can't even be printed just the type."""
    kind = type(error).__name__
    try:
        text = str(error.args[0] if isinstance(error, SyntaxError) and error.args else error)
        if isinstance(error, SyntaxError) and error.lineno:
            text += f" (line {error.lineno})"
    except BaseException:
        text = ""
    return (f"{kind}: {text}" if text else kind)[:MAX_TEXT]


def _is_model(value: type) -> bool:
    module = getattr(sys.modules.get("torch.nn"), "Module", None)
    return module is not None and module in type.mro(value)


def _heavy_constructor(node: ast.ClassDef) -> bool:
    """Whether `__init__` of a class reads files or trains, so that constructing it is an experiment."""
    for item in node.body:
        if isinstance(item, ast.FunctionDef) and item.name == "__init__":
            calls = [child.func for child in ast.walk(item) if isinstance(child, ast.Call)]
            lasts = [f.attr if isinstance(f, ast.Attribute) else getattr(f, "id", "") for f in calls]
            return any(last in HEAVY or last.startswith(HEAVY_PREFIXES) for last in lasts)
    return False
