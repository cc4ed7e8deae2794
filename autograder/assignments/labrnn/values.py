"""Reads what a student's function returned, as the assignment's types; says so when it is something else."""

from __future__ import annotations

from typing import Any

from autograder.judge.expect import expect
from autograder.student.wire import Array, Scalar, Series

PARTS = ("x_train", "x_valid", "x_test", "y_train", "y_valid", "y_test")


def integer(value: Any) -> int | None:
    """A Python or numpy integer as int; None for anything else, booleans and what fits no 64 bits included."""
    if isinstance(value, Scalar) and value.type_name.startswith("numpy."):
        value = value.value
    if isinstance(value, Array) and value.kind == "ndarray" and value.data.ndim == 0 and value.data.dtype.kind in "iu":
        value = int(value.data)
    return value if type(value) is int and -(2**63) <= value < 2**63 else None


def text(value: Any) -> str | None:
    """A string, also of a subclass such as numpy.str_."""
    if isinstance(value, Scalar):
        value = value.value
    return value if type(value) is str else None


def column(value: Any, name: str) -> list[str]:
    """One part of `load_imdb` as a list of strings by position.

    Raises:
        Mismatch: not a sequence of strings.
    """
    items = value.values if isinstance(value, Series) else value
    ok = type(items) in (list, tuple) and all(text(v) is not None for v in items)
    expect(
        ok,
        f"{name} must be a sequence of strings that can be read by position",
        value=value,
        expected="a list of strings",
    )
    return [text(v) or "" for v in items]


def parts(value: Any) -> tuple[list[str], ...]:
    """The six parts of `load_imdb`'s answer, each a list of strings.

    Raises:
        Mismatch: not six of them, or not sequences of strings.
    """
    ok = type(value) in (tuple, list) and len(value) == len(PARTS)
    expect(ok, "load_imdb must return six parts", value=value, expected="(" + ", ".join(PARTS) + ")")
    return tuple(column(v, name) for v, name in zip(value, PARTS, strict=True))


def vocabulary(value: Any) -> dict[str, int]:
    """`build_vocab`'s answer as a plain dict.

    Raises:
        Mismatch: not a dict from words to integers.
    """
    body = value.value if isinstance(value, Scalar) else value
    expect(type(body) is dict, "build_vocab must return a dict", value=value, expected="a dict from words to indices")
    if set(map(type, body)) <= {str} and set(map(type, body.values())) <= {int}:
        return dict(body)
    result: dict[str, int] = {}
    for key, index in body.items():
        word, number = text(key), integer(index)
        expect(word is not None, "the keys of the vocabulary must be words", value=key, expected="a string")
        expect(number is not None, "the values of the vocabulary must be integers", got={key: index}, expected="an int")
        result[word or ""] = number if number is not None else -1
    return result


def tokens(value: Any, name: str = "tokenize") -> list[int]:
    """A list of integers.

    Raises:
        Mismatch: not a list, or something in it is not an integer.
    """
    expect(type(value) is list, f"{name} must give a list", value=value, expected="a list of int")
    numbers = [integer(v) for v in value]
    expect(None not in numbers, f"{name} must give a list of integers", value=value, expected="a list of int")
    return [n for n in numbers if n is not None]
