"""What the text of a class reaches: its methods, what they call, and the module-level names that stand behind it.

Read from the syntax trees alone; nothing here runs. From a class the way goes through its bases, decorators and class
attributes, the methods asked for and all that any of it names: helpers, other classes, module-level values, and
whatever is assigned into what is reached (`GRU.step = f`). Methods are found by their names, whatever they are called
on, so rather too much is reached than too little; comments, docstrings, code that nothing reaches, and module-level
values that only share a name with a function's own variable are not.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from autograder.judge.names_read import Function, is_docstring, names_bound, names_read
from autograder.records import Cell

UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)  # what the parser raises
MAGIC = re.compile(r"^[ \t]*[%!?][^\n]*", re.MULTILINE)


@dataclass(frozen=True)
class Spot:
    """A place in a hand-in's code."""

    cell: int
    line: int
    text: str  # the line, stripped

    def __str__(self) -> str:
        return f"cell {self.cell}, line {self.line}: {self.text[:120]}"


@dataclass(eq=False)
class Binding:
    """One thing that stands at module level and binds names, or assigns into something named `into`."""

    cell: int
    place: int  # in the order of the hand-in
    node: ast.stmt
    into: frozenset[str] = frozenset()


@dataclass
class Code:
    """A hand-in's module level: what binds each name, in order, and the dotted names that imports give."""

    lines: dict[int, list[str]] = field(default_factory=dict)
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    patches: list[Binding] = field(default_factory=list)
    imports: dict[str, str] = field(default_factory=dict)  # name -> "torch.nn"; also of imports within functions
    stars: set[str] = field(default_factory=set)  # modules of `from … import *`
    trees: list[tuple[int, ast.stmt]] = field(default_factory=list)

    def spot(self, cell: int, node: ast.AST) -> Spot:
        line = getattr(node, "lineno", 1)
        lines = self.lines.get(cell, [])
        return Spot(cell, line, lines[line - 1].strip() if 0 < line <= len(lines) else "")


def read(cells: Sequence[Cell]) -> Code:
    """Parse what can be parsed; magics are left out, and of a broken cell the definitions that can be read."""
    code = Code()
    for cell in cells:
        source = cell.source.replace("\r\n", "\n").replace("\r", "\n")
        code.lines[cell.number] = source.split("\n")
        for node in statements(source):
            code.trees.append((cell.number, node))
            _note(code, cell.number, node)
    return code


def statements(source: str) -> list[ast.stmt]:
    """The statements of a cell, at their own lines."""
    for text in (source, MAGIC.sub("", source)):
        try:
            return ast.parse(text).body
        except UNREADABLE:
            continue
    found: list[ast.stmt] = []
    lines = MAGIC.sub("", source).split("\n")
    starts = [n for n, line in enumerate(lines) if line[:1].strip() and line[0] not in "#)]}"]
    starts = [n for k, n in enumerate(starts) if not k or not lines[starts[k - 1]].startswith("@")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        try:
            block = ast.parse("\n".join(lines[start:end])).body
        except UNREADABLE:
            continue
        found += [ast.increment_lineno(node, start) for node in block]
    return found


def _note(code: Code, cell: int, node: ast.stmt) -> None:
    names, into = bound(node)
    binding = Binding(cell, len(code.trees), node, frozenset(into))
    for name in names:
        code.bindings.setdefault(name, []).append(binding)
    if into:
        code.patches.append(binding)
    for inner in ast.walk(node):
        if isinstance(inner, ast.Import):
            for alias in inner.names:
                code.imports[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(inner, ast.ImportFrom):
            module = "." * inner.level + (inner.module or "")
            code.stars |= {module for alias in inner.names if alias.name == "*"}
            code.imports |= {a.asname or a.name: f"{module}.{a.name}" for a in inner.names if a.name != "*"}


def bound(node: ast.stmt) -> tuple[set[str], set[str]]:
    """The names that a module-level statement binds, and the roots of what it assigns into (`a.b = …`, setattr)."""
    if isinstance(node, (*Function, ast.ClassDef)):
        return {node.name}, set()
    into: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, (ast.Attribute, ast.Subscript)) and isinstance(inner.ctx, ast.Store):
            into |= {root(inner)}
        elif isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) and inner.func.id == "setattr":
            into |= {root(argument) for argument in inner.args[:1]}
    return names_bound([node]), into - {""}


def root(node: ast.AST) -> str:
    """`torch` of `torch.nn.GRU`, `f` of `f(x)[0].y`; empty where no name stands there."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call, ast.Starred)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


@dataclass(eq=False)
class Reach:
    """The parts of the code that a class reaches: `parts` are (cell, node), functions, statements and expressions."""

    code: Code
    parts: list[tuple[int, ast.AST]] = field(default_factory=list)
    loaded: set[str] = field(default_factory=set)  # attributes that are read somewhere in it
    _classes: list[tuple[int, ast.ClassDef]] = field(default_factory=list)
    _wanted: set[str] = field(default_factory=set)  # names of methods
    _done: set[int] = field(default_factory=set)
    _named: set[str] = field(default_factory=set)

    def nodes(self) -> Iterator[tuple[int, ast.AST]]:
        """Every node once, docstrings left out."""
        for cell, part in self.parts:
            for node in _walk(part):
                yield cell, node

    def add(self, cell: int, node: ast.AST, before: int | None = None) -> None:
        """Take in a part and all that it names. `before`: of a statement that runs at once, its own place."""
        if id(node) in self._done:
            return
        self._done.add(id(node))
        if isinstance(node, ast.ClassDef):
            self._add_class(cell, node, before)
            return
        self.parts.append((cell, node))
        if isinstance(node, Function):  # runs later
            before = None
        for inner in list(_walk(node)):
            if isinstance(inner, ast.Attribute):
                if isinstance(inner.ctx, ast.Load):
                    self.loaded.add(inner.attr)
                self._want(inner.attr)
        for name in list(names_read(node)):
            self.name(name.id, before)

    def _add_class(self, cell: int, node: ast.ClassDef, before: int | None) -> None:
        self._classes.append((cell, node))
        for part in (*node.bases, *(k.value for k in node.keywords), *node.decorator_list):
            self.add(cell, part, before)
        for statement in node.body:
            wanted = not isinstance(statement, Function) or statement.name in self._wanted or _is_dunder(statement.name)
            if wanted and not is_docstring(statement):
                self.add(cell, statement)

    def _want(self, method: str) -> None:
        if method in self._wanted:
            return
        self._wanted.add(method)
        for cell, node in list(self._classes):
            for statement in node.body:
                if isinstance(statement, Function) and statement.name == method:
                    self.add(cell, statement)

    def name(self, name: str, before: int | None = None) -> None:
        """Follow a name to what binds it last, or last before a place, and to what is assigned into it."""
        found = self.code.bindings.get(name, [])
        earlier = [binding for binding in found if before is not None and binding.place < before]
        for binding in (earlier or found)[-1:]:
            self.add(binding.cell, binding.node, binding.place)
        if name in self._named:
            return
        self._named.add(name)
        for patch in self.code.patches:
            if name in patch.into:
                self.add(patch.cell, patch.node, patch.place)


def reached(code: Code, name: str, methods: Sequence[str], modules: Sequence[str] = ("torch",)) -> Reach:
    """What the class (or function) `name` reaches when these methods are called, and what is patched into `modules`."""
    reach = Reach(code)
    for method in methods:
        reach._want(method)
    reach.name(name)
    for patch in code.patches:
        if any(code.imports.get(target, "").partition(".")[0] in modules for target in patch.into):
            reach.add(patch.cell, patch.node, patch.place)
    return reach


def parameters(code: Code, name: str, method: str) -> tuple[str, ...]:
    """The positional parameters of a method of the last class of that name, without self; empty if there is none."""
    for binding in reversed(code.bindings.get(name, [])):
        if isinstance(binding.node, ast.ClassDef):
            for statement in binding.node.body:
                if isinstance(statement, Function) and statement.name == method:
                    arguments = statement.args
                    return tuple(a.arg for a in (*arguments.posonlyargs, *arguments.args))[1:]
    return ()


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """As ast.walk, without docstrings."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting += [child for child in ast.iter_child_nodes(current) if not is_docstring(child)]


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")
