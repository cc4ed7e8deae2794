"""The statements that did not run at load time, and the running of those that turn out to be needed."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from autograder.inside.names import COMPOUND, binds, changes, reads
from autograder.inside.running import Cell, Notebook, caught
from autograder.inside.statements import Known, cheap
from autograder.inside.timelimit import StatementTimeout, time_limit

RESOLVE_SECONDS = 5.0  # all that one missed name sets off
MAX_DEPTH = 12  # statements that need statements that need …
LOOPS = (ast.For, ast.AsyncFor, ast.While)


@dataclass(eq=False)
class Waiting:
    """A statement that has not run, or has failed."""

    index: int
    cell: Cell
    node: ast.stmt
    binds: set[str]
    changes: set[str]  # names whose objects it changes in place
    done: bool = False


class Deferred:
    """The waiting statements of one notebook, in the order of the cells."""

    def __init__(self, notebook: Notebook) -> None:
        self.notebook = notebook
        self.statements: list[Waiting] = []
        self._hopeless: set[str] = set()  # names that this resolve has tried in vain
        self._lacking: dict[str, list[Waiting]] = {}  # absent name -> definitions that failed for want of it

    def add(self, cell: Cell, node: ast.stmt) -> Waiting:
        """Keep a statement for later."""
        known = self.notebook.known
        alters = changes(node)
        if isinstance(node, COMPOUND) and not cheap(node, Known(known.functions, known.models)):
            alters = set()  # a training loop changes the model, but is not what a function that reads it misses
        waiting = Waiting(len(self.statements), cell, node, binds(node), alters)
        if waiting.binds or waiting.changes:
            self.statements.append(waiting)
            known.deferred |= waiting.binds
        return waiting

    def add_definition(self, cell: Cell, node: ast.stmt, error: BaseException) -> None:
        """Keep a definition that failed; when the name that it lacks comes to exist, it is tried again."""
        waiting = Waiting(len(self.statements), cell, node, binds(node), set())
        self.statements.append(waiting)
        if isinstance(error, NameError) and error.name:
            self._lacking.setdefault(error.name, []).append(waiting)

    def retry_definitions(self) -> None:
        """A class may stand before its base: notebooks need not be written in the order in which they were run."""
        for name in [name for name in self._lacking if name in self.notebook.namespace]:
            for waiting in self._lacking.pop(name):
                self._attempt(waiting, MAX_DEPTH)

    def resolve(self, name: str) -> bool:
        """Run the waiting statements that set `name`, with what they need; whether the name now exists."""

        def run() -> None:
            with time_limit(RESOLVE_SECONDS):
                self._resolve(name, len(self.statements), 0)

        self._hopeless.clear()
        if name not in self.notebook.namespace:
            caught(run)
        return name in self.notebook.namespace

    def _resolve(self, name: str, before: int, depth: int) -> bool:
        """Newest binding first, loops last, as they train; statements from `before` on come too late to count."""
        newest_first = self.statements[:before][::-1]
        for waiting in sorted(newest_first, key=lambda waiting: isinstance(waiting.node, LOOPS)):
            if name in waiting.binds and not waiting.done and self._attempt(waiting, depth):
                for later in self.statements[waiting.index + 1 : before]:
                    if name in later.changes and not later.done:
                        self._attempt(later, depth)
                return True
        return name in self.notebook.namespace

    def _attempt(self, waiting: Waiting, depth: int) -> bool:
        """Run a waiting statement, fetching first what it reads, then whatever else turns out to be missing."""
        if depth > MAX_DEPTH or isinstance(waiting.node, ast.While):
            return False
        waiting.done = True  # also while it runs, so that a circle of needs ends
        for name in sorted((reads(waiting.node) & self.notebook.known.deferred) - self._hopeless):
            self._resolve(name, waiting.index, depth + 1)
        for _ in range(MAX_DEPTH):
            error = caught(lambda: self.notebook.run(waiting.cell, waiting.node))
            if error is None:
                return True
            if isinstance(error, StatementTimeout):
                raise error
            missing = error.name if isinstance(error, NameError) else None
            if not missing or missing in self._hopeless:
                break
            if not self._resolve(missing, len(self.statements), depth + 1):
                self._hopeless.add(missing)
                break
        waiting.done = False
        if error is not None:
            self.notebook.blame(waiting.binds, error, waiting.cell.number, waiting.node.lineno)
        return False
