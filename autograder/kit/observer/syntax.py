"""The submission's code as syntax trees: read, never run; and normal forms in which only what code does matters."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from autograder.records import Submission
from autograder.source import syntax_tree

_MOST_CHARS = 200_000  # of one cell; longer ones hold data, not code
_SHOWN = 100  # characters of a line
_PLACES = 2
_TOO_HARD = (SyntaxError, ValueError, RecursionError, MemoryError)


@dataclass(frozen=True)
class Piece:
    """One cell's code."""

    cell: int
    tree: ast.Module
    lines: tuple[str, ...] = ()

    def where(self, node: ast.AST) -> str:
        """`cell 12, line 3: SEED = 7`: the place, and what stands there."""
        return self.place(getattr(node, "lineno", 1))

    def place(self, number: int) -> str:
        text = self.lines[number - 1].strip() if number <= len(self.lines) else ""
        return f"cell {self.cell}, line {number}" + (f": {text:.{_SHOWN}}" if text else "")


def pieces(submission: Submission, words: Collection[str]) -> tuple[Piece, ...]:
    """The cells that are Python and hold one of the words, top to bottom; lines with magics and shell commands are
    blanked. Trees of the others would only take memory."""
    found = []
    for cell in submission.cells:
        if not any(word in cell.source for word in words):
            continue
        tree = parse(cell.source) or parse(_without_magics(cell.source))
        if tree is not None:
            found.append(Piece(cell.number, tree, tuple(cell.source.splitlines())))
    return tuple(found)


def naming(code: tuple[Piece, ...], cell: int, names: Collection[str]) -> str:
    """The first lines of a cell that have one of these words, of other cells if it has none; empty if none has."""
    words = re.compile(rf"\b(?:{'|'.join(map(re.escape, names))})\b")
    own = [piece for piece in code if piece.cell == cell]
    for some in (own, code):
        found = [
            piece.place(n)
            for piece in some
            for n, line in enumerate(piece.lines, 1)
            if words.search(line[:1000]) and not line.lstrip().startswith("#")
        ]
        if found:
            return "; ".join(found[:_PLACES])
    return ""


def parse(source: str) -> ast.Module | None:
    """The syntax tree; None for what is no Python, or more than a person wrote."""
    return syntax_tree(source, _MOST_CHARS)


def _without_magics(source: str) -> str:
    lines = ["pass" if line.lstrip()[:1] in ("%", "!", "?") else line for line in source.splitlines()]
    indents = [line[: len(line) - len(line.lstrip())] for line in source.splitlines()]
    return "\n".join(indent + line if line == "pass" else line for indent, line in zip(indents, lines, strict=True))


def definitions(code: tuple[Piece, ...], name: str) -> Iterator[tuple[Piece, ast.FunctionDef | ast.ClassDef]]:
    """The definitions of a name at a cell's top level, in order."""
    for piece in code:
        for node in piece.tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
                yield piece, node


def normal_form(node: ast.AST) -> str:
    """Text that is equal for code that differs in layout, comments, docstrings, annotations, prints, and names of
    variables only; an empty text for code that is too deep."""
    try:
        copy = ast.parse(ast.unparse(node))
        _Bare().visit(copy)
        _Renamed(copy).visit(copy)
        return ast.unparse(ast.fix_missing_locations(copy))
    except _TOO_HARD:
        return ""


class _Bare(ast.NodeTransformer):
    """Without docstrings, annotations and prints."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        call = node.value.func if isinstance(node.value, ast.Call) else None
        gone = text or (isinstance(call, ast.Name) and call.id == "print")
        return ast.Pass() if gone else self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        self.generic_visit(node)
        return _shortened(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self.generic_visit(node)
        return _shortened(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is None:
            return ast.Pass()
        self.generic_visit(node)
        return ast.Assign([node.target], node.value)


def _shortened(node: ast.FunctionDef | ast.ClassDef) -> ast.AST:
    node.body = [line for line in node.body if not isinstance(line, ast.Pass)] or [ast.Pass()]
    return node


class _Renamed(ast.NodeTransformer):
    """Arguments and local variables numbered in the order of their first appearance."""

    def __init__(self, tree: ast.AST) -> None:
        local = [node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)]
        local += [n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
        self._names = {name: f"v{number}" for number, name in enumerate(dict.fromkeys(local)) if name != "self"}

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.arg = self._names.get(node.arg, node.arg)
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._names.get(node.id, node.id)
        return node
