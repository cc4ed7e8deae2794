"""Calls and values as the short text that students read in a counterexample.

Calls are code that can be pasted into the notebook and run: what is too long for that is built by an expression, or
stands shortened, and then a comment at the end of the line says so. Nothing in them is a text of the student's, but as
`repr` writes it: names are checked ones, and of types only those in MAKERS are called.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from autograder.judge.short_code import array_code, dict_code, list_code, string_code
from autograder.student.proxy import Call, Object
from autograder.wire import names
from autograder.wire.frames import Array, Opaque, Scalar, Series

MAX_ITEMS = 12
MAX_STRING = 80
MAX_TEXT = 600
MAX_CALLS = 6
MAX_CODE = 900  # characters of one argument of a call
LIMITS = (40, 12, 4)  # elements of one container in a call: the most with which the argument is short enough
SHORTENED = "  # shortened: "
NUMBERS = "int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 bool bool_ str_"
MAKERS = frozenset(("numpy.ndarray", "pandas.Series", *(f"numpy.{name}" for name in NUMBERS.split())))
PLAIN = (int, float, bool, bytes, type(None), slice, range)  # what `repr` writes as an expression


@dataclass(frozen=True)
class Written:
    """Python of the grader's own, that stands in a call for an argument too long to print."""

    text: str


def show(value: Any, depth: int = 0) -> str:
    """`value` as Python source would write it, cut in the middle where it is long."""
    return _show(value, depth)[:MAX_TEXT]


def _show(value: Any, depth: int) -> str:
    if isinstance(value, str | bytes):
        return repr(value) if len(value) <= MAX_STRING else f"{value[:MAX_STRING]!r}… ({len(value)} characters)"
    if isinstance(value, (list, tuple, set, dict)):
        return _show_container(value, depth)
    if isinstance(value, (Array, np.ndarray)):
        data, kind = (value.data, value.kind) if isinstance(value, Array) else (_as_sent(value), "tensor")
        if data.size <= 2 * MAX_ITEMS:
            return array_code(data, kind, 2 * MAX_ITEMS, [])
        return f"{kind} of shape {list(data.shape)}, {data.dtype}"
    if isinstance(value, Scalar):
        return f"{_short_name(value.type_name)}({_show(value.value, depth + 1)})"
    if isinstance(value, Series):
        return f"{_short_name(value.type_name)}({_show(value.values, depth)})"
    return _show_rest(value)


def _as_sent(value: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The judge's own numbers in the type that students' tensors have: it computes in float64."""
    return value.astype(np.float32) if value.dtype == np.float64 else value


def _show_rest(value: Any) -> str:
    if isinstance(value, np.generic):
        return repr(value.item())
    if isinstance(value, Opaque):
        return value.text or value.type_name
    if isinstance(value, Written):
        return value.text
    if isinstance(value, Object):
        return str(value.notes.get("shown", f"<{value.name}>"))
    return repr(value)


def _show_container(value: Any, depth: int) -> str:
    if depth > 3:
        return "…"
    brackets = "[]" if isinstance(value, list) else "()" if isinstance(value, tuple) else "{}"
    if isinstance(value, dict):
        texts = (f"{_show(k, depth + 1)}: {_show(v, depth + 1)}" for k, v in islice(value.items(), MAX_ITEMS))
    else:
        texts = (_show(v, depth + 1) for v in islice(value, MAX_ITEMS))
    parts = list(_enough(texts))
    if len(value) > MAX_ITEMS:
        parts.append(f"… {len(value) - MAX_ITEMS} more")
    comma = "," if isinstance(value, tuple) and len(value) == 1 else ""
    if isinstance(value, set) and not value:
        return "set()"
    return brackets[0] + ", ".join(parts) + comma + brackets[1]


def _enough(texts: Iterable[str]) -> Iterator[str]:
    """As many as will be shown: of lists in lists, most lies behind the cut."""
    length = 0
    for text in texts:
        yield text
        length += len(text)
        if length > MAX_TEXT:
            return


def _short_name(type_name: str) -> str:
    """`np.int64`, `pd.Series`; an array of texts is made by `np.array`."""
    name = re.sub(r"^numpy\.", "np.", re.sub(r"^pandas\.", "pd.", type_name))
    return "np.array" if name == "np.ndarray" else name


# ---- calls -----------------------------------------------------------------------------------------------------------
def show_call(call: Call) -> str:
    """`tokenize({'a': 2}, 'a b')`, with a comment behind it if something in it is shortened."""
    return _show_call(call, call.target)


def _show_call(call: Call, target: str) -> str:
    target, _, note = target.partition(SHORTENED)
    words = {word for value in (*call.args, *call.kwargs.values()) for word in _words(value)}
    notes = [note] if note else []
    args = [_code(_telling(a, words), notes) for a in call.args]
    args += [_keyword(k, _code(_telling(v, words), notes)) for k, v in call.kwargs.items()]
    if call.method == "()":
        text = f"{target}({', '.join(args)})"
    elif call.method == "[]":
        text = f"{target}[{', '.join(args)}]"
    elif call.method == "len()":
        text = f"len({target})"
    else:
        text = f"{target}.{call.method}({', '.join(args)})"
    return text + (SHORTENED + "; ".join(dict.fromkeys(notes)) if notes else "")


def _keyword(name: str, text: str) -> str:
    """`k=1`; `**{'no name': 1}` where it can't be written so."""
    return f"{name}={text}" if names.identifier(name) else f"**{{{_without_marks(repr(name))}: {text}}}"


def _code(value: Any, notes: list[str]) -> str:
    """One argument as an expression, as complete as there is room."""
    text, own = "", list[str]()
    for limit in LIMITS:
        own = []
        text = code(value, limit, own)
        if len(text) <= MAX_CODE:
            break
    notes += own
    return text


def code(value: Any, limit: int, notes: list[str], depth: int = 0) -> str:
    """`value` as an expression that makes it, or a shorter one like it: then that is added to `notes`."""
    if isinstance(value, str):
        return _without_marks(string_code(value, 8 * limit, notes))
    if isinstance(value, (list, tuple, set)):
        if depth > 4:
            notes.append("what is nested deeper")
            return "..."
        return list_code(value, limit, notes, lambda one: code(one, limit, notes, depth + 1))
    if isinstance(value, dict):
        return dict_code(value, limit, notes, lambda one: code(one, limit, notes, depth + 1))
    if isinstance(value, Array):
        return array_code(value.data, value.kind, 2 * limit, notes)
    if isinstance(value, np.ndarray):
        return array_code(value, "tensor", 2 * limit, notes)
    if isinstance(value, Scalar):
        inside = code(value.value, limit, notes, depth + 1)
        return f"{_short_name(value.type_name)}({inside})" if value.type_name in MAKERS else inside
    if isinstance(value, Series):
        return _series(value, limit, notes, depth)
    if isinstance(value, (Object, Written)):
        text, _, note = _show_rest(value).partition(SHORTENED)
        notes += [note] if note else []
        return text
    if isinstance(value, np.generic) or type(value) in PLAIN:
        return _without_marks(_show_rest(value))
    notes.append("an object")
    return "..."


def _without_marks(literals: str) -> str:
    """The same, where no text in it looks like the comment behind a call."""
    return literals.replace("  # ", "  \\x23 ")


def _series(value: Series, limit: int, notes: list[str], depth: int) -> str:
    """`pd.Series([...], index=[...])`, `np.array([...], dtype=object)`."""
    inside = code(value.values, limit, notes, depth)
    if value.type_name not in MAKERS:
        return inside
    if value.index is not None:
        inside += f", index={code(value.index, limit, notes, depth)}"
    elif value.type_name == "numpy.ndarray":
        inside += ", dtype=object"
    return f"{_short_name(value.type_name)}({inside})"


def _words(value: Any) -> set[str]:
    """The words of texts, also of those in lists: what a long vocabulary is looked up for."""
    if isinstance(value, str):
        return set(value.split())
    if isinstance(value, Series):
        return _words(value.values)
    return {word for one in value for word in _words(one)} if isinstance(value, (list, tuple)) else set()


def _telling(value: Any, words: set[str]) -> Any:
    """A long dict with the entries first that the call's own words need, and special ones as `<unk>`."""
    if not isinstance(value, dict) or len(value) <= MAX_ITEMS:
        return value
    return dict(sorted(value.items(), key=lambda entry: not _needed(entry[0], words)))


def _needed(key: Any, words: set[str]) -> bool:
    return isinstance(key, str) and (key in words or (key.startswith("<") and key.endswith(">")))


def show_calls(calls: Sequence[Call]) -> str:
    """The calls, one a line, objects under names of their own; of many the first and the last few, and all objects."""
    names = _names(calls)
    lines, known = list[str](), set[str]()
    for call in calls:
        own = show_call(call)
        if call.target in names and call.target not in known:
            known.add(call.target)
            lines.append(f"{names[call.target]} = {call.target}")
        if own in names:
            if own not in known:
                known.add(own)
                lines.append(f"{names[own]} = {own}")
        else:
            lines.append(_show_call(call, names.get(call.target, call.target)))
    if len(lines) <= MAX_CALLS:
        return "\n".join(lines)
    last = len(lines) - MAX_CALLS + 1
    made = [line for line in lines[1:last] if line.partition(" = ")[0] in names.values()]
    left_out = last - 1 - len(made)
    told = [f"# … {left_out} more calls"] if left_out else []
    return "\n".join([lines[0], *made, *told, *lines[last:]])


def _names(calls: Sequence[Call]) -> dict[str, str]:
    """Names for the objects that are called, by the text that makes each: `lstm`, `lstm2`."""
    names: dict[str, str] = {}
    for call in calls:
        base = call.target.partition("(")[0].lower()
        if "(" in call.target and call.target not in names and base.isidentifier():
            count = sum(name.rstrip("0123456789") == base for name in names.values())
            names[call.target] = f"{base}{count + 1}" if count else base
    return names
