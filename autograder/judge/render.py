"""Calls and values as the short text that students read in a counterexample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.student.proxy import Call, Object
from autograder.student.wire import Array, Opaque, Scalar, Series

MAX_ITEMS = 12
MAX_STRING = 80
MAX_TEXT = 600
MAX_CALLS = 6


def show(value: Any, depth: int = 0) -> str:
    """`value` as Python source would write it, cut in the middle where it is long."""
    return _show(value, depth)[:MAX_TEXT]


def _show(value: Any, depth: int) -> str:
    if isinstance(value, str):
        return repr(value) if len(value) <= MAX_STRING else f"{value[:MAX_STRING]!r}… ({len(value)} characters)"
    if isinstance(value, (list, tuple, set, dict)):
        return _show_container(value, depth)
    if isinstance(value, Array):
        return show_array(value.data, value.kind)
    if isinstance(value, np.ndarray):
        return show_array(value, "tensor")
    if isinstance(value, Scalar):
        return f"{value.type_name}({_show(value.value, depth + 1)})"
    if isinstance(value, Series):
        return f"{value.type_name}({_show(value.values, depth)})"
    if isinstance(value, Opaque):
        return value.text or value.type_name
    if isinstance(value, Object):
        return str(value.notes.get("shown", f"<{value.name}>"))
    return repr(value)


def _show_container(value: Any, depth: int) -> str:
    if depth > 3:
        return "…"
    brackets = "[]" if isinstance(value, list) else "()" if isinstance(value, tuple) else "{}"
    if isinstance(value, dict):
        parts = [f"{_show(k, depth + 1)}: {_show(v, depth + 1)}" for k, v in list(value.items())[:MAX_ITEMS]]
    else:
        parts = [_show(v, depth + 1) for v in list(value)[:MAX_ITEMS]]
    if len(value) > MAX_ITEMS:
        parts.append(f"… {len(value) - MAX_ITEMS} more")
    comma = "," if isinstance(value, tuple) and len(value) == 1 else ""
    if isinstance(value, set) and not value:
        return "set()"
    return brackets[0] + ", ".join(parts) + comma + brackets[1]


def show_array(data: np.ndarray[Any, Any], kind: str) -> str:
    """Small arrays with their numbers, others by shape and type."""
    if data.size <= 2 * MAX_ITEMS:
        with np.printoptions(precision=5, suppress=True):
            numbers = np.array2string(data, separator=", ").replace("\n", "")
        return f"{kind}({' '.join(numbers.split())})"
    return f"{kind} of shape {list(data.shape)}, {data.dtype}"


def show_call(call: Call) -> str:
    """`tokenize({'a': 2}, 'a b')`."""
    words = {word for value in (*call.args, *call.kwargs.values()) for word in _words(value)}
    args = [show(_telling(a, words)) for a in call.args]
    args += [f"{k}={show(_telling(v, words))}" for k, v in call.kwargs.items()]
    if call.method == "()":
        return f"{call.target}({', '.join(args)})"
    if call.method == "[]":
        return f"{call.target}[{', '.join(args)}]"
    if call.method == "len()":
        return f"len({call.target})"
    return f"{call.target}.{call.method}({', '.join(args)})"


def _words(value: Any) -> set[str]:
    """The words of texts, also of those in lists: what a long vocabulary is looked up for."""
    if isinstance(value, str):
        return set(value.split())
    if isinstance(value, Series):
        return _words(value.values)
    return {word for one in value for word in _words(one)} if isinstance(value, (list, tuple)) else set()


def _telling(value: Any, words: set[str]) -> Any:
    """A long dict with the entries first that the call's own words need."""
    if not isinstance(value, dict) or len(value) <= MAX_ITEMS:
        return value
    return dict(sorted(value.items(), key=lambda entry: entry[0] not in words if isinstance(entry[0], str) else True))


def show_calls(calls: Sequence[Call]) -> str:
    """The calls, one a line; of many the first, which may build what the others use, and the last few."""
    if len(calls) <= MAX_CALLS:
        return "\n".join(map(show_call, calls))
    left_out = f"… {len(calls) - MAX_CALLS} more calls"
    return "\n".join([show_call(calls[0]), left_out, *map(show_call, calls[1 - MAX_CALLS :])])
