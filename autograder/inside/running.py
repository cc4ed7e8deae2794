"""Runs single statements in the notebook's module and keeps book of the names that they bind."""

from __future__ import annotations

import ast
import importlib
import linecache
import sys
import types
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.inside.names import IMPORTS, binds
from autograder.inside.offline import Nothing
from autograder.inside.scopes import Layer, Scopes
from autograder.inside.statements import Known, heavy_constructor, may_patch, patches
from autograder.inside.timelimit import time_limit

FUTURE = importlib.import_module("__future__")
LAZY_ANNOTATIONS: int = FUTURE.annotations.compiler_flag
EAGER_SECONDS = 2.0  # one statement at load time
MAX_TEXT = 300


@dataclass
class Cell:
    """One cell while it is loaded, and later for the statements of it that wait."""

    number: int
    lines: list[str]
    definitions_only: bool = False
    status: str = "loaded"
    problems: list[dict[str, Any]] = field(default_factory=list)

    @property
    def filename(self) -> str:
        """What tracebacks and inspect.getsource call it."""
        return f"<cell {self.number}>"

    def set_text(self, text: str) -> None:
        """The text that really runs, with magics translated, becomes readable for tracebacks."""
        self.lines = text.split("\n")  # not splitlines: Python does not count form feeds as line ends
        linecache.cache[self.filename] = (len(text), None, [line + "\n" for line in self.lines], self.filename)

    def problem(self, line: int, error: str, column: int = 0) -> None:
        """Note a statement that failed."""
        text = self.lines[line - 1].strip() if 0 < line <= len(self.lines) else ""
        told = {"line": line, "statement": text[:100], "error": error}
        self.problems.append(told | ({"column": column} if column else {}))


class Notebook:
    """The module in which the cells live."""

    def __init__(self, module_name: str) -> None:
        self.module = types.ModuleType(module_name)
        sys.modules[module_name] = self.module  # pickle looks there for the classes of a saved model
        self.namespace: dict[str, Any] = self.module.__dict__
        self.scopes = Scopes(self.namespace)
        self.namespace.update(get_ipython=Nothing(), display=Nothing())
        self.known = Known()
        self.places: dict[str, tuple[int, int]] = {}  # name -> cell and line of what it is bound to
        self.lost: dict[str, tuple[int, int]] = {}  # the same for definitions that failed
        self.causes: dict[str, tuple[str, str]] = {}  # name -> why it is absent ("Kind: text") and where that is
        self.flags = 0  # `from __future__` holds for all later cells, as in Jupyter

    def run(self, cell: Cell, node: ast.stmt, limited: bool = True, flags: int = 0) -> None:
        """Run one statement and note what it has bound. Raises whatever the statement raises."""
        tree = ast.Module([node], [])
        code = compile(tree, cell.filename, "exec", self.flags | flags, dont_inherit=True, optimize=0)
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            room = Layer(self.scopes.top)
            exec(code, room)
            self.scopes.take_all(room)
            return
        self.scopes.before(node)
        try:
            with time_limit(EAGER_SECONDS if limited else None):
                exec(code, self.scopes.top)
        finally:
            changed = self.scopes.after(node, code)
        if isinstance(node, IMPORTS):
            self.known.deferred -= binds(node)
        else:
            self._note(cell, node, code, changed)

    def truth(self, cell: Cell, test: ast.expr) -> bool:
        """Evaluate the test of an `if`."""
        code = compile(ast.Expression(test), cell.filename, "eval", self.flags, dont_inherit=True)
        with time_limit(EAGER_SECONDS):
            return bool(eval(code, self.scopes.top))

    def set_future(self, node: ast.ImportFrom) -> None:
        """`from __future__ import …`, allowed in any cell."""
        for alias in node.names:
            self.flags |= getattr(getattr(FUTURE, alias.name, None), "compiler_flag", 0)

    def blame(self, names: Iterable[str], error: BaseException | str, number: int, line: int) -> None:
        """Note why names are absent: the error, or what made the name absent that it misses."""
        missing = error.name if isinstance(error, NameError) else None
        cause = self.cause(missing) if missing else None
        text = error if isinstance(error, str) else describe(error)
        for name in names:
            self.causes.setdefault(name, cause or (text, f"cell {number}, line {line}"))

    def cause(self, name: str) -> tuple[str, str] | None:
        """Why a name is absent and where that is; `import *` that failed may have been to bring it."""
        return self.causes.get(name) or self.causes.get("*")

    def lose(self, node_or_name: ast.stmt | str, number: int, line: int) -> None:
        """A definition failed: its name is lost, unless an earlier definition stands."""
        for name in {node_or_name} if isinstance(node_or_name, str) else binds(node_or_name):
            if name not in self.places:
                self.lost[name] = (number, line)

    def _note(self, cell: Cell, node: ast.stmt, code: types.CodeType, changed: set[str]) -> None:
        """`code`: the statement's. `changed`: the bound names that functions above see in their new meaning."""
        known = self.known
        for name in binds(node) - changed:
            known.deferred.discard(name)
            if name not in known.functions | known.models:
                known.values.add(name)
        for name in changed:
            if name not in self.namespace:
                continue
            value = self.namespace[name]
            self.places[name] = (cell.number, node.lineno)
            self.lost.pop(name, None)
            for group in (known.functions, known.models, known.deferred, known.values, known.patchers):
                group.discard(name)
            if isinstance(value, types.FunctionType):
                known.functions.add(name)
                if may_patch(code) and patches(node):
                    known.patchers.add(name)
            elif not isinstance(value, types.ModuleType):
                known.values.add(name)
                if isinstance(value, type) and (_is_model(value) or heavy_constructor(node)):
                    known.models.add(name)


def caught(action: Callable[[], object]) -> BaseException | None:
    """Run something of the student's: whatever it raises, also SystemExit or RecursionError, is an answer."""
    try:
        action()
    except BaseException as error:
        return error
    return None


def load_imports(node: ast.stmt, text: Sequence[str]) -> None:
    """Load the libraries that a definition imports when it is called: calls have little time, a cell has enough.

    `text`: the lines of its cell, which tell whether there is anything to look for.
    """
    if not any("import" in line for line in text[node.lineno - 1 : node.end_lineno]):
        return
    for child in ast.walk(node):
        names = [alias.name for alias in child.names] if isinstance(child, ast.Import) else []
        if isinstance(child, ast.ImportFrom) and child.module and not child.level:
            names = [child.module]
        for name in names:
            if name not in sys.modules and not name.startswith("google"):
                caught(lambda name=name: importlib.import_module(name))  # type: ignore[misc]


def describe(error: BaseException) -> str:
    """`TypeError: text`, cut; for exceptions that can't even be printed just the type."""
    kind, text = type(error).__name__, ""

    def read() -> None:
        nonlocal text
        text = str(error)
        if isinstance(error, SyntaxError):
            text = f"{error.msg} (line {error.lineno})" if error.lineno else str(error.msg)

    caught(read)
    return (f"{kind}: {text}" if text else kind)[:MAX_TEXT]


def _is_model(value: type) -> bool:
    module = getattr(sys.modules.get("torch.nn"), "Module", None)
    return module is not None and module in type.mro(value)
