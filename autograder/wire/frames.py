"""The wire format between judge and student: length-prefixed msgpack, never pickle.

Plain built-ins travel as themselves, told apart exactly (a tuple is not a list, True is not 1). Whatever
else the student's code returns travels as a description of one of the records below. Decoding builds only
these records and built-ins; nothing that arrives can run code.
"""

from __future__ import annotations

import math
import re
import struct
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import msgpack
import numpy as np

from autograder.wire import names

TUPLE, SET, ARRAY, SCALAR, SERIES, OPAQUE, HANDLE, PAIRS, BIGINT = range(1, 10)
KINDS = frozenset(("tensor", "ndarray", "parameter"))
DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64")
_DTYPES = {name: np.dtype(name).newbyteorder("<") for name in DTYPES}  # as they travel
_NAMES = {np.dtype(name): name for name in DTYPES}  # much faster than dtype.name; other byte orders are not in it
MAX_DEPTH = 32
MAX_TEXT = 300
MAX_WIDTH = 2**31  # of an array that holds nothing, in any direction
MAX_DIGITS = 1000
MAX_COLLISIONS = 32  # keys with one hash
MAX_KEYS = 20_000  # of a set or dict, where not all are texts: numbers can be chosen so that each meets all before it
TEXTS = frozenset((str, float, bool, type(None)))  # what needs no second look; integers may be too large


class WireError(ValueError):
    """The bytes are not of the wire format, or the value can't travel."""


@dataclass(frozen=True)
class Most:
    """What one frame may hold at most; beyond it the judge would be busy for long."""

    arrays: int = 2_000
    records: int = 50_000  # tuples, sets, descriptions of objects
    containers: int = 50_000
    length: int = 500_000  # of one list


ANSWER = Most()  # of the student's process


@dataclass(frozen=True, eq=False)
class Array:
    """A torch tensor or a numpy array. `kind`: "tensor" | "ndarray" | "parameter"; `data` owns its memory."""

    kind: str
    data: np.ndarray[Any, Any]


@dataclass(frozen=True)
class Scalar:
    """A value that equals a built-in without being one: numpy.int64, a 0-d subclass, an int subclass."""

    type_name: str
    value: Any


@dataclass(frozen=True, eq=False)
class Series:
    """A one-dimensional container that is neither list nor tuple: pandas Series, object array, pandas array.

    `values` by position; `index` holds a Series' labels (None for containers without labels).
    """

    type_name: str
    values: list[Any]
    index: list[Any] | None = None


@dataclass(frozen=True)
class Opaque:
    """Anything else: its type and the beginning of its repr."""

    type_name: str
    text: str


@dataclass(frozen=True)
class Handle:
    """An object that stays in the student process; `number` names it there."""

    number: int
    type_name: str


def type_name(value: Any) -> str:
    """`numpy.int64`, `int`, `__main__.Foo`: the type as students would write it."""
    cls = type(value)
    module = getattr(cls, "__module__", "")
    name = str(getattr(cls, "__qualname__", "?"))
    return name if module in ("builtins", "__main__") else f"{module}.{name}"


def pack(value: Any) -> bytes:
    """Encode built-ins and the records above.

    Raises:
        WireError: nested deeper than MAX_DEPTH, or of a type that can't travel.
    """
    try:
        return _pack(_plain(value, 0))
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise WireError(str(error)) from error


def _pack(plain: Any) -> bytes:
    return bytes(msgpack.packb(plain, use_bin_type=True, unicode_errors="replace"))  # lone surrogates can't travel


def _plain(value: Any, depth: int) -> Any:
    """Rebuild a value from what msgpack knows; exact types only, so that subclasses can't slip through."""
    cls = type(value)
    if value is None or cls in (str, bool, float, bytes):
        return value
    if cls is int:
        return value if -(2**63) <= value < 2**64 else _ext(BIGINT, _digits(value), depth)
    if depth >= MAX_DEPTH:
        raise WireError(f"nested more than {MAX_DEPTH} levels deep")
    if cls is list:
        if _flat(value):
            return value
        return [_plain(v, depth + 1) for v in value]
    if cls is dict:
        if all(type(k) is str for k in value):
            if _flat(value.values()):
                return value
            return {k: _plain(v, depth + 1) for k, v in value.items()}
        return _ext(PAIRS, [[_plain(k, depth + 1), _plain(v, depth + 1)] for k, v in value.items()], depth)
    if cls is tuple:
        return _ext(TUPLE, [_plain(v, depth + 1) for v in value], depth)
    if cls in (set, frozenset):
        return _ext(SET, [_plain(v, depth + 1) for v in value], depth)
    return _record(value, depth)


def _flat(values: Collection[Any]) -> bool:
    """Whether msgpack can take all of them as they are: the way that long answers go."""
    kinds = set(map(type, values))
    if kinds == {int}:
        return bool(min(values) >= -(2**63) and max(values) < 2**64)
    return kinds <= TEXTS


def _digits(value: int) -> str:
    digits = str(value)
    if len(digits) > MAX_DIGITS:
        raise WireError(f"an integer of more than {MAX_DIGITS} digits can't travel")
    return digits


def _record(value: Any, depth: int) -> msgpack.ExtType:
    if isinstance(value, Array):
        name = _NAMES.get(value.data.dtype) or value.data.dtype.name
        if name not in _DTYPES:
            raise WireError(f"arrays of {value.data.dtype} can't travel")
        data = value.data.astype(_DTYPES[name], copy=False)
        return _ext(ARRAY, [value.kind, name, list(data.shape), data.tobytes()], depth)
    if isinstance(value, Scalar):
        return _ext(SCALAR, [value.type_name[:MAX_TEXT], _plain(value.value, depth + 1)], depth)
    if isinstance(value, Series):
        return _ext(
            SERIES, [value.type_name[:MAX_TEXT], _plain(value.values, depth + 1), _plain(value.index, depth + 1)], depth
        )
    if isinstance(value, Opaque):
        return _ext(OPAQUE, [_plain(value.type_name[:MAX_TEXT], 0), _plain(value.text[:MAX_TEXT], 0)], depth)
    if isinstance(value, Handle):
        return _ext(HANDLE, [value.number, value.type_name[:MAX_TEXT]], depth)
    raise WireError(f"{type_name(value)} can't travel")


def _ext(code: int, payload: Any, depth: int) -> msgpack.ExtType:
    if depth >= MAX_DEPTH:
        raise WireError(f"nested more than {MAX_DEPTH} levels deep")
    return msgpack.ExtType(code, _pack(payload))


def unpack(frame: bytes, most: Most | None = None) -> Any:
    """Decode one frame; `most` bounds what comes from the untrusted side.

    Raises:
        WireError: not of the wire format: unknown codes, wrong sizes, hostile nesting, unhashable keys; or too much.
    """
    try:
        value = _Decoder(most).unpack(frame, 0)
        _check_depth(value, most)
        return value
    except WireError:
        raise
    except Exception as error:  # msgpack raises a zoo of types on hostile bytes; all mean the same
        raise WireError(f"not a valid answer ({type(error).__name__})") from error


class _Decoder:
    """Decodes one frame and counts what is in it."""

    def __init__(self, most: Most | None) -> None:
        self._most = most
        self._arrays = self._records = 0
        self._lengths = {} if most is None else {"max_array_len": most.length, "max_map_len": most.length}

    def unpack(self, frame: bytes, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise WireError(f"nested more than {MAX_DEPTH} levels deep")

        def hook(code: int, data: bytes) -> Any:
            self._count(code)
            return _revive(code, self.unpack(data, depth + 1))

        try:
            return msgpack.unpackb(frame, ext_hook=hook, raw=False, strict_map_key=True, **self._lengths)
        except ValueError as error:
            if self._most is not None and re.search(r"exceeds max_(?:array|map)_len", str(error)):
                raise WireError(f"a list or dict has more than {self._most.length:,} entries") from error
            raise

    def _count(self, code: int) -> None:
        self._arrays += code == ARRAY
        self._records += code != ARRAY
        if self._most is None:
            return
        if self._arrays > self._most.arrays:
            raise WireError(f"the answer holds more than {self._most.arrays:,} arrays")
        if self._records > self._most.records:
            raise WireError(f"the answer holds more than {self._most.records:,} tuples, sets or objects")


def _check_depth(value: Any, most: Most | None) -> None:
    """msgpack itself accepts a thousand levels; comparing or printing those would end in a RecursionError."""
    level, depth, count = [value], 0, 0
    while level:
        count += len(level)
        if depth > 2 * MAX_DEPTH:
            raise WireError("nested too deeply")
        if most is not None and count > most.containers:
            raise WireError(f"the answer holds more than {most.containers:,} lists, dicts or tuples")
        level, depth = [part for parent in level for part in _parts(parent)], depth + 1


def _parts(value: Any) -> list[Any]:
    """The containers and records directly inside a value."""
    inside: Any = ()
    if type(value) is dict:
        inside = [*value, *value.values()]
    elif type(value) in (list, tuple, set):
        inside = value
    elif type(value) is Scalar:
        inside = (value.value,)
    elif type(value) is Series:
        inside = (value.values, value.index)
    if _NESTING.isdisjoint(map(type, inside)):
        return []
    return [part for part in inside if type(part) in _NESTING]


_NESTING = frozenset((list, tuple, set, dict, Scalar, Series))


def _revive(code: int, body: Any) -> Any:
    if code == BIGINT and type(body) is str and len(body) <= MAX_DIGITS + 1:
        return int(body)
    if type(body) is not list:
        raise WireError("malformed record")
    if code == TUPLE:
        return tuple(body)
    if code == SET:
        return set(_spread(body))
    if code == PAIRS:
        pairs = [_pair(p) for p in body]
        _spread([key for key, _ in pairs])
        return dict(pairs)
    if code == ARRAY:
        return _array(*body)
    if code == SCALAR and len(body) == 2 and type(body[0]) is str:
        return Scalar(names.type_name(body[0]), body[1])
    if code == SERIES and len(body) == 3 and type(body[0]) is str and type(body[1]) is list:
        if body[2] is None or (type(body[2]) is list and len(body[2]) == len(body[1])):
            return Series(names.type_name(body[0]), body[1], body[2])
    if code == OPAQUE and len(body) == 2 and all(type(part) is str for part in body):
        return Opaque(names.type_name(body[0]), body[1][:MAX_TEXT])
    if code == HANDLE and len(body) == 2 and type(body[0]) is int and type(body[1]) is str:
        return Handle(body[0], names.type_name(body[1]))
    raise WireError(f"malformed record {code}")


def _spread(keys: list[Any]) -> list[Any]:
    """The keys, unless many were made to collide: a set of those takes quadratic time."""
    if len(keys) > MAX_COLLISIONS and max(Counter(map(hash, keys)).values()) > MAX_COLLISIONS:
        raise WireError("keys with equal hashes")
    if len(keys) > MAX_KEYS and set(map(type, keys)) != {str}:
        raise WireError(f"a set or dict has more than {MAX_KEYS:,} keys that are not all texts")
    return keys


def _pair(pair: Any) -> tuple[Any, Any]:
    if type(pair) is not list or len(pair) != 2:
        raise WireError("malformed pair")
    key, value = pair
    return key, value


def _array(kind: Any, dtype: Any, shape: Any, raw: Any) -> Array:
    known = _DTYPES.get(dtype) if type(dtype) is str else None
    if known is None or type(kind) is not str or kind not in KINDS or type(raw) is not bytes:
        raise WireError("malformed array")
    if type(shape) is not list or len(shape) > 8 or any(type(n) is not int or not 0 <= n <= MAX_WIDTH for n in shape):
        raise WireError("malformed array shape")
    if math.prod(shape) * known.itemsize != len(raw):
        raise WireError("array size and shape disagree")
    return Array(kind, np.frombuffer(raw, known).reshape(shape).copy())


def prefix(frame: bytes) -> bytes:
    """The frame with its length in front: four bytes, little-endian."""
    return struct.pack("<I", len(frame)) + frame
