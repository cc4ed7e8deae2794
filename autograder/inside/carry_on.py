"""Carries on in a notebook's kernel where Jupyter would leave the rest of a cell out.

A line at the head of a cell that fails here and not at home (an absent package, a magic, a renamed style, a question to
a GPU) must not cost what stands below it. So after a statement that failed, the next ones of its cell run, unless it
stops a training: then the cell ends, as it does in Jupyter. What fails later only for want of a name that an earlier
statement did not bring is told with that statement's error, or inside the same cell not at all.

The notebook shares this process and may undo all of it: it serves the notebook's own run, never a verdict.
"""

from __future__ import annotations

import ast
import builtins
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from autograder.inside import cells
from autograder.inside.names import IMPORTS, binds, dotted
from autograder.inside.running import describe

MISSING = re.compile(r"NameError: name '(\w{1,100})' is not defined")
EXITS = ("exit", "quit", "sys.exit", "os._exit", "SystemExit")
_CAUSE = 160  # characters of a cause that are told


class CarryOn:
    """Takes the place of the shell's own way through the statements of a cell."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._namespace: dict[str, Any] = shell.user_ns
        self._run_nodes: Callable[..., Any] = shell.run_ast_nodes
        self._show: Callable[..., Any] = shell.showtraceback
        self._causes: dict[str, str] = {}  # name that a failed statement should have bound -> what it failed with
        self._open: set[Any] = set()  # trainings that were begun and not ended
        self._told = 0  # events about trainings so far
        self._failed = 0  # statements of the running cells that failed
        self._depth = 0  # cells inside of cells, as `%%capture` makes them
        shell.run_ast_nodes = self.run_nodes
        shell.showtraceback = self.show
        shell.events.register("post_run_cell", self._salvage)

    def finish(self) -> None:
        """Called when all other hooks are registered: from now on a cell with a failed statement counts as failed."""
        self._shell.events.register("post_run_cell", _put_back)

    def emitting(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        """Take note of an event of the assignment's hook; the same with the cause of its error."""
        kind, number = event.get("event"), event.get("id")
        if kind in ("training", "end"):
            self._told += 1
            (self._open.add if kind == "training" else self._open.discard)(number)
        error = event.get("error")
        return {**event, "error": self.explained(error)} if type(error) is str and error else event

    def explained(self, text: str) -> str:
        """`NameError: name 'np' is not defined`, with what should have brought `np`."""
        match = MISSING.match(text)
        cause = self._causes.get(match[1]) if match else None
        return text if cause is None or cause in text else f"{text} ({cause})"

    # ---- one cell ----------------------------------------------------------------------------------------------------
    async def run_nodes(
        self,
        nodes: list[ast.stmt],
        cell_name: str,
        interactivity: str = "last_expr",
        compiler: Any = compile,
        result: Any = None,
    ) -> bool:
        """As IPython's own, one statement after the other; whether one has failed."""
        if self._depth == 0:
            self._failed = 0
            self._open.clear()
        self._depth += 1
        try:
            for node in (statements := list(_single(nodes))):
                shown = interactivity if node is statements[-1] or interactivity == "all" else "none"
                told = self._told
                if not await self._run_nodes([node], cell_name, shown, compiler, result):
                    continue
                self._failed += 1
                error = None if result is None else result.error_before_exec or result.error_in_exec
                if error is None or not self._goes_on(node, error, told):
                    return True
                self._note(node, error)
                self._bring_what_is_there(node)
                if node is not statements[-1]:
                    _set_aside(result, error)
            return False
        finally:
            self._depth -= 1

    def _goes_on(self, node: ast.stmt, error: BaseException, told: int) -> bool:
        """Not after an interrupt, not in the middle of a training nor after one that failed, not past a plain exit."""
        if self._open or self._told != told or not isinstance(error, (Exception, SystemExit)):
            return False
        return not (isinstance(error, SystemExit) and _is_exit(node))

    def _note(self, node: ast.stmt, error: BaseException) -> None:
        """For each name that the statement did not bring, why."""
        cause = self.explained(describe(error))
        if isinstance(error, NameError) and error.name in self._causes:
            cause = self._causes[error.name]
        else:
            cause = f"`{_first_line(node)}` failed: {cause}"[:_CAUSE]
        for name in binds(node):
            if name not in self._namespace:
                self._causes[name] = cause

    def _bring_what_is_there(self, node: ast.stmt) -> None:
        """Of `from package import a, b` that failed, those names that can be imported."""
        if not isinstance(node, ast.ImportFrom) or len(node.names) == 1:
            return
        for alias in node.names:
            single = ast.copy_location(ast.ImportFrom(node.module, [alias], node.level), node)
            self._quietly(single)

    def _quietly(self, node: ast.stmt) -> BaseException | None:
        try:
            exec(compile(ast.Module([node], []), "<cell>", "exec", dont_inherit=True), self._namespace)
        except Exception as error:  # the student's; it was shown, or belongs to what was
            return error
        return None

    # ---- what the student sees ---------------------------------------------------------------------------------------
    def show(self, *args: Any, **kwargs: Any) -> None:
        """A traceback; of a mere consequence with its cause, and inside the cell of the cause not at all."""
        error = sys.exc_info()[1]
        if isinstance(error, NameError) and error.name in self._causes and not hasattr(builtins, error.name or ""):
            if self._failed:
                return
            text = self.explained(f"NameError: {error}").removeprefix("NameError: ")
            error.args = (text,)
        self._show(*args, **kwargs)

    def _salvage(self, result: Any) -> None:
        """Of a cell that is not Python as a whole, run the definitions, imports and constants that can be read."""
        error = getattr(result, "error_before_exec", None)
        source = getattr(getattr(result, "info", None), "raw_cell", None)
        if not isinstance(error, SyntaxError) or type(source) is not str:
            return
        parsed = cells.parse(source)
        if not parsed.error:
            return
        cause = f"its cell can't be read: {describe(error)}"[:_CAUSE]
        self._causes.update({name: cause for name in parsed.lost if name not in self._namespace})
        for node in self._shell.transform_ast(ast.Module(parsed.body, [])).body:
            failure = self._quietly(node)
            if failure is not None:
                self._note(node, failure)


def _single(nodes: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements, with `import a, b` as two."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (ast.copy_location(ast.Import([alias]), node) for alias in node.names)
        else:
            yield node


def _set_aside(result: Any, error: BaseException) -> None:
    """Hooks would take the error for that of the statements which follow."""
    result.error_before_exec = result.error_in_exec = None
    if getattr(result, "set_aside", None) is None:
        result.set_aside = error


def _put_back(result: Any) -> None:
    error = getattr(result, "set_aside", None)
    if error is not None:
        result.error_in_exec = error


def _is_exit(node: ast.stmt) -> bool:
    """`exit()`, `sys.exit()`, `raise SystemExit`: on its own, not under a condition."""
    if isinstance(node, ast.Raise):
        return node.exc is not None and dotted(node.exc) in EXITS
    return isinstance(node, ast.Expr) and dotted(node.value) in EXITS


def _first_line(node: ast.stmt) -> str:
    if isinstance(node, IMPORTS) or not hasattr(node, "body"):
        return ast.unparse(node).partition("\n")[0][:80]
    return ast.unparse(node).partition(":\n")[0][:80]
