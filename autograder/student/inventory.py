"""What a notebook defines: kinds and parameters of its names, read off the live objects."""

from __future__ import annotations

import functools
import inspect
import types
from typing import Any

FUNCTION_TYPES = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, functools.partial)


def kind(value: Any) -> str:
    """`function`, `class` or `value`."""
    if isinstance(value, type):
        return "class"
    wrapped = isinstance(getattr(type(value), "__wrapped__", None), property) or type(value).__name__ in (
        "_lru_cache_wrapper",
        "ScriptFunction",
    )
    return "function" if isinstance(value, FUNCTION_TYPES) or wrapped else "value"


def parameters(value: Any) -> list[str]:
    """The parameters of a function, or of a class's `__init__` without self; empty when they can't be told."""
    if kind(value) == "value":
        return []
    try:
        target = getattr(value, "__init__") if isinstance(value, type) else value  # noqa: B009
        found = list(inspect.signature(target).parameters.values())
    except BaseException:  # a submission's metaclass or __signature__ may raise anything
        return []
    if isinstance(value, type):
        found = found[1:]
    marks = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}
    return [marks.get(parameter.kind.name, "") + parameter.name for parameter in found]
