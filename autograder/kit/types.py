"""What functions return and modules take: types with named axes, read off what came over the wire.

A type says what is asked for and takes what any driver would take as well: a numpy number for a Python one, an array
for a tensor, a tuple for a list. `read` gives plain Python and numpy values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from autograder.judge.expect import Mismatch
from autograder.judge.models import kind_of
from autograder.kit.comparing import NDArray
from autograder.wire.frames import ANSWER, Array, Scalar, Series

LONGEST = ANSWER.length  # of an array that is read as a list
Sizes = Mapping[str, float]  # of axes and constructor arguments, by name


class Type(Protocol):
    """What a value must be."""

    def read(self, answer: Any, sizes: Sizes, what: str) -> Any:
        """The value as plain data; `what` names it in messages.

        Raises:
            Mismatch: it is something else.
        """
        ...


def plain(answer: Any) -> Any:
    """Without the wrappings that say what a value was: numpy's and torch's numbers as Python's, arrays as numpy's."""
    if isinstance(answer, Scalar):
        return answer.value
    if isinstance(answer, Array):
        return answer.data.item() if answer.data.ndim == 0 else answer.data
    return answer.values if isinstance(answer, Series) else answer


def parts_of(answer: Any) -> Any:
    """A tuple or list as it is, also of a subclass such as a named tuple; of a dict or an object with fields, one of
    which is `logits`, that one and then the others; anything else as it is."""
    body = answer.value if isinstance(answer, Scalar) else answer
    if isinstance(body, dict) and "logits" in body:
        return (body["logits"], *(value for name, value in body.items() if name != "logits"))
    return body if isinstance(body, (list, tuple)) else answer


def as_float(value: float) -> float:
    """A number as a float; infinity where an integer is too large for one."""
    try:
        return float(value)
    except OverflowError:
        return float("inf")


@dataclass(frozen=True)
class Number:
    """A finite number."""

    def read(self, answer: Any, sizes: Sizes, what: str) -> float:
        value = plain(answer)
        value = value.item() if isinstance(value, np.ndarray) and value.size == 1 else value
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise Mismatch(f"{what} must be a number", kind_of(answer), "a number")
        if not np.isfinite(number := as_float(value)):
            raise Mismatch(f"{what} must be finite", f"{value!s:.40}", "a finite number")
        return number


@dataclass(frozen=True)
class Integer:
    """A whole number."""

    def read(self, answer: Any, sizes: Sizes, what: str) -> int:
        value = plain(answer)
        value = value.item() if isinstance(value, np.ndarray) and value.size == 1 else value
        if isinstance(value, bool) or not isinstance(value, int):
            raise Mismatch(f"{what} must be a whole number", kind_of(answer), "an int")
        return value


@dataclass(frozen=True)
class Truth:
    """True or false, or what Python takes for it: None, a match object."""

    def read(self, answer: Any, sizes: Sizes, what: str) -> bool:
        value = plain(answer)
        if isinstance(value, np.ndarray):
            raise Mismatch(f"{what} must be True or False", kind_of(answer), "a bool")
        return bool(value)


@dataclass(frozen=True)
class Text:
    """A str."""

    def read(self, answer: Any, sizes: Sizes, what: str) -> str:
        value = plain(answer)
        if not isinstance(value, str):
            raise Mismatch(f"{what} must be a text", kind_of(answer), "a str")
        return value


@dataclass(frozen=True)
class ListOf:
    """A list, or a tuple or one-dimensional array, of one type of element."""

    element: Type

    def read(self, answer: Any, sizes: Sizes, what: str) -> list[Any]:
        value = plain(answer)
        if isinstance(value, np.ndarray) and value.ndim == 1:
            if value.size > LONGEST:
                raise Mismatch(f"{what} is far too long", f"{value.size:,} elements", f"at most {LONGEST:,}")
            value = value.tolist()
        if not isinstance(value, (list, tuple)):
            raise Mismatch(f"{what} must be a list", kind_of(answer), "a list")
        return [self.element.read(v, sizes, f"element {n} of {what}") for n, v in enumerate(value)]


@dataclass(frozen=True)
class DictOf:
    """A dict from keys of one type to values of one type."""

    key: Type
    value: Type

    def read(self, answer: Any, sizes: Sizes, what: str) -> dict[Any, Any]:
        if type(answer) is not dict:
            raise Mismatch(f"{what} must be a dict", kind_of(answer), "a dict")
        return {
            self.key.read(k, sizes, f"a key of {what}"): self.value.read(v, sizes, f"{what}[{k!r:.40}]")
            for k, v in answer.items()
        }


@dataclass(frozen=True)
class TupleOf:
    """A tuple or list of so many values, each of its own type."""

    parts: tuple[Type, ...]

    def read(self, answer: Any, sizes: Sizes, what: str) -> tuple[Any, ...]:
        answer = parts_of(answer)
        if not isinstance(answer, (tuple, list)) or len(answer) != len(self.parts):
            raise Mismatch(f"{what} must have {len(self.parts)} parts", kind_of(answer), f"{len(self.parts)} values")
        pairs = zip(self.parts, answer, strict=True)
        return tuple(part.read(value, sizes, f"part {n} of {what}") for n, (part, value) in enumerate(pairs, 1))


@dataclass(frozen=True)
class Real:
    """A finite float tensor with these axes, `"batch time d_model"`; read as float64. No axes: of any shape."""

    axes: str = ""

    def read(self, answer: Any, sizes: Sizes, what: str) -> NDArray:
        return fits(real(answer, what), self.axes, sizes, what)


@dataclass(frozen=True)
class Loose(Real):
    """As Real, with axes of size 1 more or less: one check asks for the exact shape, the others need not."""

    def read(self, answer: Any, sizes: Sizes, what: str) -> NDArray:
        array, wanted = real(answer, what), shape_of(self.axes, sizes)
        same = [n for n in array.shape if n != 1] == [n for n in wanted if n != 1]
        return array.reshape(wanted) if same else fits(array, self.axes, sizes, what)


@dataclass(frozen=True)
class Ids:
    """An integer tensor with these axes, each number in [0, sizes[below])."""

    axes: str
    below: str

    def read(self, answer: Any, sizes: Sizes, what: str) -> NDArray:
        if not isinstance(answer, Array) or answer.data.dtype.kind not in "iu":
            shown = f"a tensor of {answer.data.dtype}" if isinstance(answer, Array) else kind_of(answer)
            raise Mismatch(f"{what} must be a tensor of integers", shown, "an int64 tensor")
        found = fits(answer.data.astype(np.int64), self.axes, sizes, what)
        if found.size and not 0 <= found.min() <= found.max() < sizes[self.below]:
            shown, wanted = f"{found.min()} to {found.max()}", f"0 to {sizes[self.below] - 1:g}"
            raise Mismatch(f"{what} holds no ids of the vocabulary", shown, wanted)
        return found


def real(answer: Any, what: str) -> NDArray:
    """A tensor of finite floats, in float64.

    Raises:
        Mismatch: it is something else.
    """
    if not isinstance(answer, Array) or answer.data.dtype.kind != "f":
        shown = f"a tensor of {answer.data.dtype}" if isinstance(answer, Array) else kind_of(answer)
        raise Mismatch(f"{what} must be a float tensor", shown, "a float32 tensor")
    if not np.isfinite(answer.data).all():
        raise Mismatch(f"{what} must be finite", "NaN or infinity")
    return answer.data.astype(np.float64)


def of_shape(array: NDArray, shape: tuple[int, ...], what: str) -> NDArray:
    """The array, if it has this shape.

    Raises:
        Mismatch: it has another one.
    """
    if array.shape != shape:
        raise Mismatch(f"{what} must have the shape {list(shape)}", f"shape {list(array.shape)}", f"{list(shape)}")
    return array


def fits(array: NDArray, axes: str, sizes: Sizes, what: str) -> NDArray:
    """The array, if its shape is that of the axes.

    Raises:
        Mismatch: it has another shape.
    """
    wanted = shape_of(axes, sizes)
    if axes and array.shape != wanted:
        shown = f"[{', '.join(axes.split())}] = {list(wanted)}"
        raise Mismatch(f"{what} must have the shape [{', '.join(axes.split())}]", f"shape {list(array.shape)}", shown)
    return array


def shape_of(axes: str, sizes: Sizes) -> tuple[int, ...]:
    """`"batch time 4"` as numbers."""
    return tuple(int(name) if name.isdigit() else int(sizes[name]) for name in axes.split())
