"""Between the student's objects and the wire, inside the student process."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.wire import frames

BASES: tuple[type, ...] = (bool, int, float, str, bytes, list, tuple, dict, set, frozenset)
MAX_DEPTH = 24
PLAIN = frozenset((bool, int, float, str, bytes, type(None)))


def describe(value: Any, depth: int = 0) -> Any:
    """What the student's code returned, as wire values: built-ins exactly, all else as a record of its type."""
    cls = type(value)
    if value is None or cls in (bool, int, float, str, bytes):
        return value
    if depth >= MAX_DEPTH:
        return frames.Opaque(frames.type_name(value), "nested too deeply")
    if cls in (list, tuple, set, frozenset):
        if PLAIN.issuperset(map(type, value)):
            return value
        return cls(describe(v, depth + 1) for v in value)
    if cls is dict:
        if PLAIN.issuperset(map(type, value)) and PLAIN.issuperset(map(type, value.values())):
            return value
        return {describe_key(k): describe(v, depth + 1) for k, v in value.items()}
    return _describe_other(value, depth)


def describe_key(key: Any) -> Any:
    """A dict key: hashable built-ins as they are, numpy scalars as Scalar."""
    if key is None or type(key) in (bool, int, float, str, bytes):
        return key
    if isinstance(key, tuple):
        return tuple(describe_key(k) for k in key)
    if isinstance(key, (np.generic, *BASES)):
        return frames.Scalar(frames.type_name(key), _base_value(key, MAX_DEPTH - 1))
    return frames.Opaque(frames.type_name(key), safe_repr(key))


def _describe_other(value: Any, depth: int) -> Any:
    import torch

    name = frames.type_name(value)
    if isinstance(value, torch.Tensor):
        kind = "parameter" if isinstance(value, torch.nn.Parameter) else "tensor"
        return _array(kind, value.detach().cpu())
    if isinstance(value, np.ndarray):
        if value.dtype.name in frames.DTYPES:
            return frames.Array("ndarray", value)
        if value.ndim == 0:
            return frames.Scalar(name, describe(value.item(), depth + 1))
        return frames.Series(name, [describe(v, depth + 1) for v in value.tolist()])
    if isinstance(value, np.generic):
        return frames.Scalar(name, describe(value.item(), depth + 1))
    module = getattr(type(value), "__module__", "") or ""
    if module.partition(".")[0] == "pandas":
        return _pandas(value, name, depth)
    if isinstance(value, BASES):
        return frames.Scalar(name, _base_value(value, depth))
    if isinstance(value, (collections.deque, range, torch.Size)) or name in (
        "dict_keys",
        "dict_values",
        "map",
        "filter",
    ):
        return frames.Series(name, [describe(v, depth + 1) for v in list(value)[:100_000]])
    fields = _fields(value, depth)
    return frames.Opaque(name, safe_repr(value)) if fields is None else frames.Scalar(name, fields)


def _fields(value: Any, depth: int) -> dict[str, Any] | None:
    """What a dataclass holds by the names of its fields, if a tensor is among it; None for anything else."""
    import torch

    try:
        found = fields_of(value)
        if not any(isinstance(part, torch.Tensor) for part in found.values()):
            return None
        return {name: describe(part, depth + 1) for name, part in found.items()}
    except Exception:  # a field may be a property that raises
        return None


def fields_of(value: Any) -> dict[str, Any]:
    """The fields of an object of a dataclass; none of anything else."""
    if isinstance(value, type) or not dataclasses.is_dataclass(value):
        return {}
    return {str(one.name): getattr(value, one.name) for one in dataclasses.fields(value)}


def _array(kind: str, tensor: Any) -> frames.Array | frames.Opaque:
    import torch

    if tensor.dtype is torch.bfloat16:
        tensor = tensor.float()
    if tensor.is_sparse or str(tensor.dtype).removeprefix("torch.") not in frames.DTYPES:
        return frames.Opaque(f"torch.Tensor[{tensor.dtype}]", safe_repr(tensor))
    return frames.Array(kind, tensor.contiguous().numpy())


def _pandas(value: Any, name: str, depth: int) -> Any:
    """A Series or pandas array by position, with its labels."""
    if hasattr(value, "columns") or not hasattr(value, "__len__"):  # a DataFrame; NA or a Timestamp
        return frames.Opaque(name, safe_repr(value))
    index = getattr(value, "index", None)
    labels = None if index is None else [describe(v, depth + 1) for v in list(index)]
    values = [describe(v, depth + 1) for v in list(getattr(value, "array", value))]
    return frames.Series(name, values, labels)


def _base_value(value: Any, depth: int) -> Any:
    """A subclass instance as its plain base type, by the base's own methods (the subclass may lie)."""
    for base in (bool, int, float, str, bytes):
        if isinstance(value, base):
            return value if type(value) is bool else describe(_exact(base, value), depth + 1)
    if isinstance(value, dict):
        return {describe_key(k): describe(v, depth + 1) for k, v in dict.items(value)}
    iterator = next(base for base in (list, tuple, set, frozenset) if isinstance(value, base)).__iter__(value)
    return [describe(v, depth + 1) for v in iterator]


def _exact(base: type, value: Any) -> Any:
    if base is str:
        return str.__str__(value) if type(str.__str__(value)) is str else "".join(str.__iter__(value))
    if base is bytes:
        return bytes.__getitem__(value, slice(None))
    return base.__add__(value, base(0))  # type: ignore[operator]


def safe_repr(value: Any) -> str:
    """repr, cut, whatever it does."""
    try:
        return repr(value)[: frames.MAX_TEXT]
    except BaseException as error:  # a hostile __repr__ may raise anything
        return f"<repr raised {type(error).__name__}>"


def copied(value: Any) -> Any:
    """The judge's arguments once more: what becomes of the copy does not touch them."""
    if isinstance(value, frames.Array):
        return frames.Array(value.kind, value.data.copy())
    if isinstance(value, frames.Series):
        return frames.Series(value.type_name, copied(value.values), copied(value.index))
    if isinstance(value, (list, tuple, set)):
        return type(value)(map(copied, value))
    if isinstance(value, dict):
        return {k: copied(v) for k, v in value.items()}
    return value


def revive(value: Any, handles: Callable[[int], Any]) -> Any:
    """The judge's arguments as the objects that the student's code gets."""
    if type(value) in PLAIN or (type(value) in (list, tuple, set) and PLAIN.issuperset(map(type, value))):
        return value
    if isinstance(value, frames.Array):
        return _revive_array(value)
    if isinstance(value, frames.Handle):
        return handles(value.number)
    if isinstance(value, frames.Series):
        return _revive_series(value)
    if isinstance(value, (list, tuple, set)):
        return type(value)(revive(v, handles) for v in value)
    if isinstance(value, dict):
        return {k: revive(v, handles) for k, v in value.items()}
    return value


def _revive_array(value: frames.Array) -> Any:
    if value.kind == "ndarray":
        return value.data
    import torch

    return torch.from_numpy(value.data)


def _revive_series(value: frames.Series) -> Any:
    """`pandas.Series` with its index; `numpy.ndarray` as an object array."""
    if value.type_name == "pandas.Series":
        import pandas

        return pandas.Series(value.values, index=value.index)
    array = np.empty(len(value.values), dtype=object)
    array[:] = value.values
    return array
