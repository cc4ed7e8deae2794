"""What a notebook defines: kinds and parameters of its names, read off the live objects."""

from __future__ import annotations

import functools
import inspect
import types
from typing import Any

from autograder.inside.running import caught

FUNCTION_TYPES = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, functools.partial)


def entry(kind: str, place: tuple[int, int], names: list[str] | None = None) -> dict[str, Any]:
    """One name's record, plain data."""
    return {"kind": kind, "cell": place[0], "line": place[1], "parameters": names or []}


def lost(place: tuple[int, int], cause: tuple[str, str] | None) -> dict[str, Any]:
    """The record of what failed to load. `cause`: the error ("Kind: text") and its place, where they are known."""
    return entry("lost", place) | ({"cause": cause[0], "cause_where": cause[1]} if cause else {})


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
    target = getattr(value, "__init__") if isinstance(value, type) else value  # noqa: B009
    found: list[inspect.Parameter] = []
    caught(lambda: found.extend(inspect.signature(target).parameters.values()))  # a hostile __signature__
    if isinstance(value, type):
        found = found[1:]
    marks = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}
    return [marks.get(parameter.kind.name, "") + parameter.name for parameter in found]
