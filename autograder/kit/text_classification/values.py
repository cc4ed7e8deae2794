"""Reads what a student's function returned, as the assignment's types; says so when it is something else.

A value of another type that stands for the right one (a tensor of ids, 1.0 for 1) is read as what it stands for: the
type itself is the business of one check in each item, everything else is judged on the value.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.judge.expect import expect
from autograder.wire.frames import ANSWER, Array, Scalar, Series

MOST_DIGITS = 18


# ---- single values ---------------------------------------------------------------------------------------------------
def integer(value: Any) -> int | None:
    """A Python or numpy integer as int; None for anything else, booleans and what fits no 64 bits included."""
    if isinstance(value, Scalar) and value.type_name.startswith("numpy."):
        value = value.value
    if isinstance(value, Array) and value.kind == "ndarray" and value.data.ndim == 0 and value.data.dtype.kind in "iu":
        value = int(value.data)
    return value if type(value) is int and -(2**63) <= value < 2**63 else None


def number(value: Any) -> int | None:
    """The whole number that a value stands for, as torch.tensor would read it: True, 1.0, a tensor of one element."""
    if isinstance(value, Scalar):
        value = value.value
    if isinstance(value, Array) and value.data.ndim <= 1 and value.data.size == 1:
        value = value.data.reshape(()).item()
    if type(value) is float and value.is_integer():
        value = int(value)
    return integer(int(value) if type(value) is bool else value)


def written_number(value: Any) -> int | None:
    """As `number`; also one that is written as text."""
    found = text(value)
    if found is None:
        return number(value)
    digits = found.strip().removeprefix("-")
    return int(found) if len(digits) <= MOST_DIGITS and digits.isascii() and digits.isdigit() else None


def text(value: Any) -> str | None:
    """A string, also of a subclass such as numpy.str_."""
    if isinstance(value, Scalar):
        value = value.value
    return value if type(value) is str else None


def mapping(value: Any) -> dict[Any, Any] | None:
    """A dict, also of a subclass such as OrderedDict, or a Series by its labels; None for anything else."""
    body = value.value if isinstance(value, Scalar) else value
    if isinstance(value, Series) and value.index is not None and all(text(label) is not None for label in value.index):
        body = {text(label): entry for label, entry in zip(value.index, value.values, strict=True)}
    return dict(body) if type(body) is dict else None


def sequence(value: Any) -> list[Any] | None:
    """The elements of a list, tuple, Series or one-dimensional array; None for anything else, and for far too many.

    A second dimension of size one (a table of one column, a batch of one) is taken off.
    """
    body = value.value if isinstance(value, Scalar) else value.values if isinstance(value, Series) else value
    if isinstance(body, Array) and body.data.ndim in (1, 2) and (body.data.ndim == 1 or 1 in body.data.shape):
        if body.data.size > ANSWER.length:
            return None
        return list(body.data.reshape(-1).tolist())
    if type(body) not in (list, tuple):
        return None
    return [v[0] if type(v) in (list, tuple) and len(v) == 1 else v for v in body]


# ---- answers ---------------------------------------------------------------------------------------------------------
def vocabulary(value: Any) -> dict[str, int]:
    """`build_vocab`'s answer as a plain dict.

    Raises:
        Mismatch: not a dict from words to integers, nor anything that stands for one.
    """
    body = mapping(value)
    expect(body is not None, "build_vocab must return a dict", value=value, expected="a dict from words to indices")
    assert body is not None
    if set(map(type, body)) <= {str} and set(map(type, body.values())) <= {int}:
        return body
    result: dict[str, int] = {}
    for key, index in body.items():
        word, found = text(key), written_number(index)
        expect(word is not None, "the keys of the vocabulary must be words", value=key, expected="a string")
        expect(found is not None, "the values of the vocabulary must be integers", got={key: index}, expected="an int")
        result[word or ""] = found if found is not None else -1
    return result


def plain_vocabulary(value: Any) -> bool:
    """Whether it is a dict from strings to integers, subclasses and numpy's own included."""
    body = value.value if isinstance(value, Scalar) else value
    return type(body) is dict and all(text(k) is not None and integer(v) is not None for k, v in body.items())


def tokens(value: Any, name: str = "tokenize") -> list[int]:
    """The indices that a list, tuple, array or tensor holds.

    Raises:
        Mismatch: nothing of that kind, or something in it is not a number.
    """
    items = sequence(value)
    if items is not None and len(items) == 1 and sequence(items[0]) is not None and not isinstance(items[0], Array):
        items = sequence(items[0])  # a batch of one
    expect(items is not None, f"{name} must give a list", value=value, expected="a list of int")
    numbers = [written_number(v) for v in items or ()]
    expect(None not in numbers, f"{name} must give a list of integers", value=value, expected="a list of int")
    return [n for n in numbers if n is not None]


def plain_tokens(value: Any) -> bool:
    """Whether it is a list of Python integers."""
    return type(value) is list and all(type(v) is int for v in value)


def loadable(value: Any) -> bool:
    """Whether torch.LongTensor takes it as the ids of one review: a flat sequence of numbers."""
    body = value.value if isinstance(value, Scalar) else value.values if isinstance(value, Series) else value
    if isinstance(body, Array):
        return body.data.ndim == 1 and body.data.dtype != np.bool_
    return type(body) in (list, tuple) and all(number(v) is not None for v in body)
