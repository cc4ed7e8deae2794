"""Plain constants that code assigns to settings, and whether two settings are the same."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

LARGEST = 10**12  # larger numbers have no place in a notebook's settings, and Python can't print the largest


def constants(tree: ast.AST) -> dict[str, Any]:
    """What `assigned` finds, by name; the last value counts."""
    return {name: value for name, value, _ in assigned(tree)}


def assigned(tree: ast.AST, *, of_objects: bool = False) -> Iterator[tuple[str, Any, ast.stmt]]:
    """Upper-case names and attributes (`of_objects`: these alone) that are assigned plain constants, and where."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign | ast.AnnAssign) or (value := constant(node.value)) is None:
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            name = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")
            if name.isupper() and (isinstance(target, ast.Attribute) or not of_objects):
                yield name, value, node


def constant(node: ast.AST | None) -> bool | int | float | str | None:
    """The number, truth value or text that an expression is; None if it is none, or a number beyond all reason."""
    try:
        value = ast.literal_eval(node) if node is not None else None
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    if isinstance(value, int | float) and not -LARGEST < value < LARGEST:  # NaN too
        return None
    return value if isinstance(value, bool | int | float | str) else None


def same(one: Any, other: Any) -> bool:
    """Equal numbers, truth values or names of optimizers."""
    if isinstance(one, str) and isinstance(other, str):
        return one.strip().lower() == other.strip().lower()
    if isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other) <= 1e-9 * max(1.0, abs(one))
    return bool(one == other)
