"""What a hand-in of gru_attention is sent and what came back: arrays of the types and shapes that the judge needs.

A deviation of type that a course's own driver would take (a list of layers, ids as floats, an axis more or less in the
usual place) is put right here and asked for in one small check; everything else is judged on the converted value.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.judge.expect import Mismatch
from autograder.judge.models import kind_of
from autograder.kit.comparing import NDArray
from autograder.kit.types import of_shape
from autograder.wire.frames import Array, Scalar, Series


def tokens(ids: NDArray) -> Array:
    return Array("tensor", np.asarray(ids, np.int64))


def floats(values: NDArray) -> Array:
    return Array("tensor", np.asarray(values, np.float32))


def everything(query: NDArray, key: NDArray) -> NDArray:
    """The mask [B, Tq, Tk] that allows all."""
    return np.ones((len(query), query.shape[1], key.shape[1]), bool)


def first_of(answer: Any) -> Any:
    """The output where more came back: one check asks for one value, the others take the first."""
    return answer[0] if isinstance(answer, (tuple, list)) and answer else answer


def one_array(answer: Any) -> Any:
    """Tensors of one shape in a list or tuple as one tensor; anything else as it is."""
    parts = answer.values if isinstance(answer, Series) else answer
    if isinstance(parts, (list, tuple)) and parts:
        inner = [one_array(part) for part in parts]
        if all(isinstance(part, Array) for part in inner) and len({part.data.shape for part in inner}) == 1:
            return Array("tensor", np.stack([part.data for part in inner]))
    return answer


def token_ids(answer: Any, first: NDArray, length: int, vocab: int) -> NDArray:
    """What generate returned as int64 [length, B], `first` [B] being the tokens that it was given.

    Taken: a tensor or an array, lists of tensors or of numbers, ids as whole floats, [B, length], [length, B, 1] and
    one row more, the given tokens in front or one at the end.

    Raises:
        Mismatch: not so many whole numbers in one of these shapes, or not tokens of the vocabulary.
    """
    array = numbers(one_array(answer))
    if array is None or array.dtype.kind not in "iuf":
        shown = f"{array.dtype}" if array is not None else kind_of(answer)
        raise Mismatch("generate must return one tensor of token ids", shown, "a tensor of int64")
    if array.dtype.kind == "f" and not (np.isfinite(array).all() and (array == np.round(array)).all()):
        raise Mismatch("generate must return token ids", "numbers that are not whole", "a tensor of int64")
    rows = len(first)
    if array.ndim == 3 and array.shape[-1] == 1:
        array = array[..., 0]
    elif array.ndim == 3 and array.shape[1] == 1:
        array = array[:, 0]
    for shape in ((length, rows), (length + 1, rows)):
        if array.shape == shape[::-1] and shape[0] != shape[1]:
            array = array.T
    if array.shape == (length + 1, rows):
        array = array[1:] if (array[0] == first).all() else array[:-1]
    of_shape(array, (length, rows), "the tokens")
    if ((array < 0) | (array >= vocab)).any():
        raise Mismatch("generate must return tokens of the vocabulary", f"up to {array.max():g}")
    return array.astype(np.int64)


def numbers(answer: Any) -> NDArray | None:
    """An array, or lists of whole numbers of equal lengths as one; None for anything else."""
    if isinstance(answer, Array):
        return answer.data
    plain = _plain(answer)
    if not isinstance(plain, list) or not plain or not _only_numbers(plain):
        return None
    try:
        array = np.array(plain)
    except (ValueError, OverflowError):
        return None
    return array if array.dtype.kind in "iuf" else None


def _only_numbers(plain: list[Any]) -> bool:
    """Whether numpy makes no array of texts of it, in which each takes as much room as the longest."""
    return all(_only_numbers(part) if isinstance(part, list) else isinstance(part, (int, float)) for part in plain)


def _plain(answer: Any) -> Any:
    if isinstance(answer, Scalar):
        return answer.value
    if isinstance(answer, Array) and answer.data.ndim <= 1:
        return answer.data.tolist()
    if isinstance(answer, (list, tuple)):
        return [_plain(part) for part in answer]
    return answer
