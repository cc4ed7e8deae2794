"""Long values as short Python expressions: exact where a pattern allows it, else like them, with a note."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

LONGEST_PATTERN = 20_000  # characters of a text that patterns are looked for in
_NUMBERED = re.compile(r"([^\W\d]{1,40})([0-9]{1,9})")

Shower = Callable[[Any], str]


def string_code(text: str, longest: int, notes: list[str]) -> str:
    """`'a b'`; `('kabab ' * 300).rstrip()`; `' '.join(f'w{i}' for i in range(300))`."""
    if len(text) <= longest:
        return repr(text)
    if len(text) <= LONGEST_PATTERN:
        for whole, end in ((text, ""), (text + " ", ".rstrip()")):
            period = (whole + whole).find(whole, 1)
            if period <= min(len(whole) // 2, longest):
                repeated = f"{whole[:period]!r} * {len(whole) // period}"
                return f"({repeated}){end}" if end else repeated
        numbered = _numbered(text.split(" "))
        if numbered:
            return f"' '.join({numbered})"
    notes.append(f"a text of {len(text):,} characters")
    return repr(text[:longest])


def _numbered(words: Sequence[Any]) -> str:
    """`f'w{i}' for i in range(3, 300)` if that is what the words are."""
    first = _NUMBERED.fullmatch(words[0]) if words and isinstance(words[0], str) else None
    if first is None or len(words) < 4:
        return ""
    prefix, start = first[1], int(first[2])
    if any(word != f"{prefix}{start + place}" for place, word in enumerate(words)):
        return ""
    return f"f'{prefix}{{i}}' for i in range({f'{start}, ' if start else ''}{start + len(words)})"


def list_code(value: Sequence[Any] | set[Any], limit: int, notes: list[str], one: Shower) -> str:
    """A list, tuple or set."""
    kind, parts = type(value), list(value)
    if kind is set and not parts:
        return "set()"
    pattern = _pattern(parts, one) if len(parts) > limit else ""
    if pattern:
        return pattern if kind is list else f"{kind.__name__}({pattern})"
    if len(parts) > limit:
        notes.append(f"a {kind.__name__} of {len(parts):,}")
    inside = ", ".join(map(one, parts[:limit]))
    if kind is tuple:
        return f"({inside}{',' if len(parts) == 1 or limit == 1 else ''})"
    return f"[{inside}]" if kind is list else f"{{{inside}}}"


def _pattern(parts: list[Any], one: Shower) -> str:
    """An expression for a list of equal elements, of whole numbers in a row, or of numbered words."""
    if all(type(part) is type(parts[0]) and part is parts[0] for part in parts) or (
        isinstance(parts[0], (str, int, float)) and all(type(p) is type(parts[0]) and p == parts[0] for p in parts)
    ):
        return f"[{one(parts[0])}] * {len(parts)}"
    if all(type(part) is int for part in parts) and parts == list(range(parts[0], parts[0] + len(parts))):
        return f"list(range({f'{parts[0]}, ' if parts[0] else ''}{parts[-1] + 1}))"
    numbered = _numbered(parts)
    return f"[{numbered}]" if numbered else ""


def dict_code(value: dict[Any, Any], limit: int, notes: list[str], one: Shower) -> str:
    """A dict; of a long one the first entries."""
    if len(value) > limit:
        notes.append(f"a dict of {len(value):,}")
    return "{" + ", ".join(f"{one(key)}: {one(entry)}" for key, entry in list(value.items())[:limit]) + "}"


def array_code(data: np.ndarray[Any, Any], kind: str, most: int, notes: list[str]) -> str:
    """`torch.tensor([[1, 2]])`, `np.zeros((30, 2), dtype=np.float32)`; long random ones by their shape and range."""
    library = "np" if kind == "ndarray" else "torch"
    shape, flat = tuple(data.shape), data.reshape(-1)
    if data.size > most or not data.size:
        exact = _regular(flat, shape, library)
        if exact:
            return exact
        notes.append(f"{'an array' if library == 'np' else 'a tensor'} of shape {list(shape)}, here with other numbers")
        return _random(flat, shape, library)
    with np.printoptions(precision=5, suppress=True, threshold=10**9, linewidth=10**9):
        numbers = " ".join(np.array2string(data, separator=", ").split())
    numbers = re.sub(r"\b(nan|inf)\b", rf"{library}.\1", numbers)
    maker = "array" if library == "np" else "tensor"
    return f"{library}.{maker}({numbers}{_dtype(data, library, 'literal')})"


def _dtype(data: np.ndarray[Any, Any], library: str, made_by: str) -> str:
    """`, dtype=torch.float64` unless what makes it gives that anyhow."""
    usual = {
        "literal": ("bool", "int64", "float64" if library == "np" else "float32"),
        "zeros": ("float64" if library == "np" else "float32",),
        "arange": ("int64",),
    }[made_by]
    name = data.dtype.name
    told = "bool_" if library == "np" and name == "bool" else name
    return "" if name in usual else f", dtype={library}.{told}"


def _regular(flat: np.ndarray[Any, Any], shape: tuple[int, ...], library: str) -> str:
    """An exact expression for equal numbers, or whole ones in a row."""
    if not flat.size or not flat.any():
        return f"{library}.zeros({shape}{_dtype(flat, library, 'zeros')})"
    if (flat == flat[0]).all():
        return f"{library}.full({shape}, {flat[0].item()}{_dtype(flat, library, 'literal')})"
    if flat.dtype.kind in "iu" and (np.diff(flat.astype(np.int64)) == 1).all():
        start = int(flat[0])
        row = f"{library}.arange({f'{start}, ' if start else ''}{int(flat[-1]) + 1}{_dtype(flat, library, 'arange')})"
        return row if len(shape) == 1 else f"{row}.reshape({shape})"
    return ""


def _random(flat: np.ndarray[Any, Any], shape: tuple[int, ...], library: str) -> str:
    """Random numbers of the same shape and type, whole ones also of the same range."""
    cast = f".astype(np.{flat.dtype.name})" if library == "np" else f".to(torch.{flat.dtype.name})"
    if flat.dtype.kind == "b":
        return f"np.random.rand(*{shape}) < 0.5" if library == "np" else f"torch.rand({shape}) < 0.5"
    if flat.dtype.kind in "iu":
        maker = f"{'np.random' if library == 'np' else 'torch'}.randint({flat.min()}, {int(flat.max()) + 1}, {shape})"
        return maker + ("" if flat.dtype.name == "int64" else cast)
    if library == "np":
        return f"np.random.randn(*{shape})" + ("" if flat.dtype.name == "float64" else cast)
    return f"torch.randn({shape})" + ("" if flat.dtype.name == "float32" else cast)
