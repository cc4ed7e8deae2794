"""Batches of whole numbers as a function of the submission's makes them, read off what came over the wire.

A deviation of type that a training loop would take all the same (numpy arrays, lists, labels as whole floats, a
generator) is put right here; one small check asks for it, everything else is judged on the converted value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.errors import StudentException
from autograder.judge.expect import Mismatch
from autograder.judge.models import kind_of
from autograder.kit.comparing import NDArray
from autograder.kit.lab import Lab
from autograder.kit.types import Sizes, parts_of
from autograder.student.proxy import Object
from autograder.wire.frames import Array, Opaque, Scalar, Series

MOST = 400  # batches that are taken from a generator
Pair = tuple[NDArray, NDArray]


@dataclass(frozen=True)
class Batches:
    """A list of pairs of whole numbers; `axes`: how many axes each of the two has."""

    axes: tuple[int, int] = (2, 1)

    def read(self, answer: Any, sizes: Sizes, what: str) -> list[Pair]:
        """The pairs as int64.

        Raises:
            Mismatch: it is something else.
        """
        batches = parts_of(answer.values if isinstance(answer, Series) else answer)
        if not isinstance(batches, (list, tuple)):
            raise Mismatch(f"{what} must return a list of batches", kind_of(answer), "a list of pairs of tensors")
        return [self._pair(batch, f"batch {n}") for n, batch in enumerate(batches)]

    def _pair(self, batch: Any, what: str) -> Pair:
        batch = parts_of(batch)
        if not isinstance(batch, (list, tuple)) or len(batch) != 2:
            raise Mismatch(f"{what} must be a pair of tensors", kind_of(batch), "(tensor, tensor)")
        first, second = (whole(part, axes, what) for part, axes in zip(batch, self.axes, strict=True))
        return first, second


def whole(part: Any, axes: int, what: str) -> NDArray:
    """Whole numbers as int64 with so many axes.

    Raises:
        Mismatch: they are something else.
    """
    array = part.data if isinstance(part, Array) else _of_lists(part)
    if array is None or array.dtype.kind not in "iufb" or not _is_whole(array):
        raise Mismatch(f"{what} must hold tensors of whole numbers", kind_of(part), "int64 tensors")
    if array.ndim == axes + 1 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.ndim != axes:
        raise Mismatch(f"a tensor of {what} has another shape", f"{list(array.shape)}", f"{axes} axes")
    return np.asarray(array, np.int64)


def _is_whole(array: NDArray) -> bool:
    return array.dtype.kind != "f" or bool(np.isfinite(array).all() and (array == np.round(array)).all())


def _of_lists(part: Any) -> NDArray | None:
    """Numbers, or lists of equally many of them, or of tensors of one shape."""
    part = parts_of(part)
    if isinstance(part, (list, tuple)):
        inner = [row.data if isinstance(row, Array) else _of_lists(row) for row in part]
        if all(row is not None for row in inner) and len({row.shape for row in inner if row is not None}) == 1:
            return np.stack([row for row in inner if row is not None])
        return None
    number = part.value if isinstance(part, Scalar) else part
    return np.asarray(number) if type(number) in (int, float, bool) and abs(number) < 2**53 else None


def mixed(numbers: Mapping[str, int], rng: np.random.Generator) -> dict[str, int]:
    """Numbers of tokens with the keys in random order, none of them where its number says: a dict promises no order."""
    tokens = sorted(numbers, key=lambda token: numbers[token])
    order = rng.permutation(len(tokens))
    while (order == np.arange(len(tokens))).any():
        order = rng.permutation(len(tokens))
    return {tokens[place]: numbers[tokens[place]] for place in order}


def batches(lab: Lab, name: str, *args: Any, **named: Any) -> list[Pair]:
    """What a function of batches returns, also where it yields them one by one.

    Raises:
        StudentError: the function fails, or can't be had.
        Mismatch: it returns something else than was asked for.
    """
    function = lab.asked(name)
    lab.expect_there(name)
    answer = lab.raw(name, *args, named=named)
    if isinstance(answer, Opaque):
        lab.student.calls.pop()
        taken = one_by_one(lab.raw(name, *args, named=named, keep=True))
        answer = answer if taken is None else taken
    found: list[Pair] = function.returns.read(answer, {}, name)  # type: ignore[union-attr]
    return found


def one_by_one(made: Object) -> Sequence[Any] | None:
    """What an object that is no list gives when it is iterated over; None where it can't be."""
    calls = list(made.student.calls)
    try:
        iterator = made.call("__iter__", keep=True)
    except StudentException:
        made.student.calls[:] = calls
        return None
    found: list[Any] = []
    while len(found) < MOST:
        try:
            found.append(iterator.call("__next__"))
        except StudentException as error:
            if error.kind != "StopIteration":
                raise
            break
        finally:
            made.student.calls[:] = calls
    return found
