"""What the text of a class reaches: its methods, what they call, and the module-level names that stand behind it.

Read from the syntax trees alone; nothing here runs. From a class the way goes through its bases, decorators and class
attributes, the methods asked for and all that any of it names: helpers, other classes, module-level values, and
whatever is assigned into what is reached (`GRU.step = f`). Methods are found by their names, whatever they are called
on, so rather too much is reached than too little; comments, docstrings and code that nothing reaches are not.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from autograder.judge.names_read import names_read
from autograder.records import Cell
from autograder.source import syntax_tree, too_hard

MAGIC = re.compile(r"^[ \t]*[%!?][^\n]*", re.MULTILINE)
GIVEN = re.compile(r"(?<![=!<>])=[ \t]*[%!](?!=)[^\n]*")  # `files = !ls`
DEFINES = re.compile(r"^(?:(?:async[ \t]+)?(?:def|class)[ \t]+)?([^\W\d]\w*)", re.MULTILINE)
Function = (ast.FunctionDef, ast.AsyncFunctionDef)


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
    """One thing that stands at module level and binds names, or assigns into something."""

    cell: int
    place: int  # in the order of the hand-in
    node: ast.stmt


@dataclass
class Code:
    """A hand-in's module level: what binds each name, in order, and the dotted names that imports give."""

    lines: dict[int, list[str]] = field(default_factory=dict)
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    patches: dict[str, list[Binding]] = field(default_factory=dict)  # by what they assign into
    imports: dict[str, dict[str, None]] = field(default_factory=dict)  # name -> all that it is imported as, in order:
    # "torch.nn"; also by imports within functions, so that another one of the same name hides nothing
    stars: set[str] = field(default_factory=set)  # modules of `from … import *`
    trees: list[tuple[int, ast.stmt]] = field(default_factory=list)
    unread: dict[str, Spot] = field(default_factory=dict)  # first words of lines that only a machine would write

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
        for block in blocks(source):
            if isinstance(block, str):
                spot = Spot(cell.number, 1 + source[: max(source.find(block), 0)].count("\n"), block[:120].strip())
                code.unread |= {match[1]: spot for match in DEFINES.finditer(block)}
                continue
            for node in block:
                code.trees.append((cell.number, node))
                _note(code, cell.number, node)
    return code


def statements(source: str) -> list[ast.stmt]:
    """The statements of a cell, at their own lines; of a broken one those that can be read."""
    return [node for block in blocks(source) if not isinstance(block, str) for node in block]


def blocks(source: str) -> Iterator[list[ast.stmt] | str]:
    """A cell's statements, all at once or block by block; a block's text where it is too hard to be read."""
    plain = GIVEN.sub("= None", MAGIC.sub("", source))
    for text in (source, plain):
        tree = syntax_tree(text)
        if tree is not None:
            yield tree.body
            return
    lines = plain.split("\n")
    starts = [n for n, line in enumerate(lines) if line[:1].strip() and line[0] not in "#)]}"]
    starts = [n for k, n in enumerate(starts) if not k or not lines[starts[k - 1]].startswith("@")] or [0]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        text = "\n".join(lines[start:end])
        tree = syntax_tree(text)
        if tree is not None:
            yield [ast.increment_lineno(node, start) for node in tree.body]
        elif too_hard(text):
            yield text


def _note(code: Code, cell: int, node: ast.stmt) -> None:
    names, into = bound(node)
    binding = Binding(cell, len(code.trees), node)
    for name in names:
        code.bindings.setdefault(name, []).append(binding)
    for name in into:
        code.patches.setdefault(name, []).append(binding)
    for inner in ast.walk(node):
        if isinstance(inner, ast.Import):
            for alias in inner.names:
                first = alias.name.partition(".")[0]
                code.imports.setdefault(alias.asname or first, {})[alias.name if alias.asname else first] = None
        elif isinstance(inner, ast.ImportFrom):
            module = "." * inner.level + (inner.module or "")
            code.stars |= {module for alias in inner.names if alias.name == "*"}
            for alias in inner.names:
                if alias.name != "*":
                    code.imports.setdefault(alias.asname or alias.name, {})[f"{module}.{alias.name}"] = None


def bound(node: ast.stmt) -> tuple[set[str], set[str]]:
    """The names that a module-level statement binds, and the roots of what it assigns into (`a.b = …`, setattr)."""
    if isinstance(node, (*Function, ast.ClassDef)):
        return {node.name}, set()
    names: set[str] = set()
    into: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, (*Function, ast.ClassDef)):
            names.add(inner.name)
        elif isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            names.add(inner.id)
        elif isinstance(inner, (ast.Attribute, ast.Subscript)) and isinstance(inner.ctx, ast.Store):
            into |= {root(inner)}
        elif isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) and inner.func.id == "setattr":
            into |= {root(argument) for argument in inner.args[:1]}
    return names, into - {""}


def root(node: ast.AST) -> str:
    """`torch` of `torch.nn.GRU`, `f` of `f(x)[0].y`; empty where no name stands there."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call, ast.Starred)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


@dataclass(eq=False)
class Reach:
    """The parts of the code that a class reaches: `parts` are (cell, node), functions, statements and expressions.

    Chains of names may be as long as the code, so what is found waits in a list: nothing here nests, and each method
    and each binding is looked at once.
    """

    code: Code
    start: str = ""  # the class's name
    parts: list[tuple[int, ast.AST]] = field(default_factory=list)
    loaded: set[str] = field(default_factory=set)  # attributes that are read somewhere in it
    bodies: set[int] = field(default_factory=set)  # ids of the statements that stand in a class's body
    unread: list[Spot] = field(default_factory=list)  # where a name is bound that leads on, and can't be read
    _methods: dict[str, list[tuple[int, ast.stmt]]] = field(default_factory=dict)  # not wanted so far
    _wanted: set[str] = field(default_factory=set)  # names of methods
    _done: set[int] = field(default_factory=set)
    _named: set[str] = field(default_factory=set)
    _waiting: list[tuple[int, ast.AST, int | None]] = field(default_factory=list)

    def nodes(self) -> Iterator[tuple[int, ast.AST]]:
        """Every node once, docstrings left out."""
        for cell, part in self.parts:
            for node in walk(part):
                yield cell, node

    def add(self, cell: int, node: ast.AST, before: int | None = None) -> None:
        """Take in a part and all that it names. `before`: of a statement that runs at once, its own place."""
        self._later(cell, node, before)
        self._drain()

    def _drain(self) -> None:
        while self._waiting:
            cell, node, before = self._waiting.pop()
            if isinstance(node, ast.ClassDef):
                self._add_class(cell, node, before)
            else:
                self._add_part(cell, node, before)

    def _later(self, cell: int, node: ast.AST, before: int | None = None) -> None:
        if id(node) not in self._done:
            self._done.add(id(node))
            self._waiting.append((cell, node, before))

    def _add_part(self, cell: int, node: ast.AST, before: int | None) -> None:
        self.parts.append((cell, node))
        if isinstance(node, Function):  # runs later
            before = None
        for inner in walk(node):
            if isinstance(inner, ast.Attribute):
                if isinstance(inner.ctx, ast.Load):
                    self.loaded.add(inner.attr)
                self.want(inner.attr)
        for name in names_read(node):  # a test cell's `hidden` is not a method's parameter `hidden`
            self._follow(name.id, before)

    def _add_class(self, cell: int, node: ast.ClassDef, before: int | None) -> None:
        for part in (*node.bases, *(k.value for k in node.keywords), *node.decorator_list):
            self._later(cell, part, before)
        for statement in node.body:
            if isinstance(statement, Function) and not _is_dunder(statement.name):
                if statement.name not in self._wanted:
                    self._methods.setdefault(statement.name, []).append((cell, statement))
                    continue
            if not _is_docstring(statement):
                self.bodies.add(id(statement))
                self._later(cell, statement)

    def want(self, method: str) -> None:
        """Take in the methods of that name, of whatever class that is reached."""
        self._wanted.add(method)
        for cell, statement in self._methods.pop(method, ()):
            self._later(cell, statement)

    def name(self, name: str, before: int | None = None) -> None:
        """Follow a name to what binds it last, or last before a place, and to what is assigned into it."""
        self._follow(name, before)
        self._drain()

    def _follow(self, name: str, before: int | None) -> None:
        found = self.code.bindings.get(name, [])
        end = len(found) if before is None else bisect_left(found, before, key=lambda binding: binding.place)
        for binding in found[end - 1 : end] or found[-1:]:
            self._later(binding.cell, binding.node, binding.place)
        if name not in self._named:
            self._named.add(name)
            self.unread += [self.code.unread[name]] if name in self.code.unread else []
            for patch in self.code.patches.get(name, ()):
                self._later(patch.cell, patch.node, patch.place)


def reached(code: Code, name: str, methods: Sequence[str], modules: Sequence[str] = ("torch",)) -> Reach:
    """What the class (or function) `name` reaches when these methods are called, and what is patched into `modules`."""
    reach = Reach(code, name)
    for method in methods:
        reach.want(method)
    reach.name(name)
    elsewhere = any(star.partition(".")[0] not in modules for star in code.stars)
    brought = elsewhere or name in code.bindings or name in code.imports
    if not brought and not reach.unread:
        reach.unread.append(Spot(0, 0, ""))
    for target, patches in code.patches.items():
        if any(path.partition(".")[0] in modules for path in code.imports.get(target, ())):
            for patch in patches:
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


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """As ast.walk, without docstrings."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting += [child for child in ast.iter_child_nodes(current) if not _is_docstring(child)]


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")
