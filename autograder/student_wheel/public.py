"""Which checks students may see, and the files of checks without the others."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from autograder.errors import ConfigError, GraderError
from autograder.folder import Folder
from autograder.judge.plugin import Judge
from autograder.judge.session import with_checks
from autograder.rubric import Rubric
from autograder.student_wheel.modules import Definition


@dataclass(frozen=True)
class Known:
    """One check: the module and the function that it is, and what students read of it."""

    module: str
    function: str
    item: str
    name: str
    sentence: str


@dataclass(frozen=True)
class Suite:
    """An assignment's checks of functions. `hidden`: all that students must not get, those of later steps included."""

    public: tuple[Known, ...]
    hidden: tuple[Known, ...]

    def modules(self) -> list[str]:
        """The files of checks of which something is public."""
        return sorted({check.module for check in self.public})


def read_suite(folder: Folder, rubric: Rubric) -> Suite:
    """Collect the assignment's checks.

    Raises:
        GraderError: they can't be collected.
        ConfigError: none is public.
    """
    found: list[tuple[bool, Known]] = []
    wanted = {item.id for item in rubric.items if item.step == "functions" and item.marking == "automatic"}

    def body(judge: Judge) -> None:
        for check in judge.checks:
            known = Known(check.node.module.__name__, check.node.originalname, check.item, check.name, check.sentence)
            found.append((check.visibility == "public" and check.item in wanted, known))

    with_checks(folder.checks, body, package=folder.package)
    if not found:
        raise GraderError(f"no checks were found in {folder.checks}")
    suite = Suite(tuple(k for shown, k in found if shown), tuple(k for shown, k in found if not shown))
    if not suite.public:
        raise ConfigError(
            f"{folder.checks}: no check of a function is public, so there is nothing to give to students."
        )
    return suite


def public_body(body: list[ast.stmt], functions: set[str]) -> list[ast.stmt]:
    """The statements of a file of checks without the functions that are checks and not among these, and without the
    properties that are declared as hidden."""
    kept = [node for node in body if not (isinstance(node, Definition) and _is_check(node.name, functions))]
    return [_WithoutHidden().visit(node) for node in kept]


def _is_check(name: str, functions: set[str]) -> bool:
    return name.startswith("test_") and name not in functions


class _WithoutHidden(ast.NodeTransformer):
    """Takes `EQUATIONS(visibility="hidden")` out of lists and tuples."""

    def visit_Tuple(self, node: ast.Tuple) -> ast.AST:
        return self._without(node)

    def visit_List(self, node: ast.List) -> ast.AST:
        return self._without(node)

    def _without(self, node: ast.Tuple | ast.List) -> ast.AST:
        node.elts = [self.visit(part) for part in node.elts if not _is_hidden(part)]
        return node


def _is_hidden(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and any(
        word.arg == "visibility" and isinstance(word.value, ast.Constant) and word.value.value == "hidden"
        for word in node.keywords
    )


def sentences(node: ast.AST) -> Iterator[str]:
    """All texts that stand in a piece of code."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            yield inner.value
