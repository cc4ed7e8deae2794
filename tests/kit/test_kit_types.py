"""Types take what any driver would take as well, and refuse everything else with a sentence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograder.judge.expect import Mismatch
from autograder.kit import types as t
from autograder.wire.frames import Array, Opaque, Scalar, Series

SIZES = {"batch": 2, "width": 3, "vocab": 5}
HALF = Array("tensor", np.full((2, 3), 0.5, np.float32))
IDS = Array("tensor", np.array([[0, 4, 2], [1, 1, 3]]))


def tensor(value: Any, kind: str = "tensor") -> Array:
    return Array(kind, np.asarray(value))


@pytest.mark.parametrize(
    ("kind", "answer", "wanted"),
    [
        (t.Number(), 2, 2.0),
        (t.Number(), tensor(2.5), 2.5),
        (t.Number(), tensor([2.5]), 2.5),
        (t.Number(), Scalar("float64", 1.5), 1.5),
        (t.Integer(), tensor(3), 3),
        (t.Integer(), Scalar("int64", 3), 3),
        (t.Truth(), None, False),
        (t.Truth(), True, True),
        (t.Text(), "abc", "abc"),
        (t.ListOf(t.Integer()), (1, 2), [1, 2]),
        (t.ListOf(t.Integer()), tensor([1, 2], "ndarray"), [1, 2]),
        (t.ListOf(t.Text()), [], []),
        (t.DictOf(t.Text(), t.Integer()), {"a": 1}, {"a": 1}),
        (t.TupleOf((t.Integer(), t.Text())), [1, "a"], (1, "a")),
    ],
)  # fmt: skip
def test_takes(kind: t.Type, answer: Any, wanted: Any) -> None:
    found = kind.read(answer, SIZES, "the answer")
    assert found == wanted and type(found) is type(wanted)


@pytest.mark.parametrize(
    ("kind", "answer", "words"),
    [
        (t.Number(), True, "must be a number"),
        (t.Number(), "2", "must be a number"),
        (t.Number(), tensor([1.0, 2.0]), "must be a number"),
        (t.Number(), float("nan"), "must be finite"),
        (t.Number(), -(10**400), "must be finite"),
        (t.Integer(), 2.0, "must be a whole number"),
        (t.Integer(), True, "must be a whole number"),
        (t.Truth(), tensor([True, False]), "must be True or False"),
        (t.Text(), b"abc", "must be a text"),
        (t.ListOf(t.Integer()), "12", "must be a list"),
        (t.ListOf(t.Integer()), [1, "2"], "element 1 of the answer must be a whole number"),
        (t.ListOf(t.Integer()), tensor([[1], [2]]), "must be a list"),
        (t.ListOf(t.Integer()), tensor(np.zeros(t.LONGEST + 1, np.int8)), "is far too long"),
        (t.DictOf(t.Text(), t.Integer()), [("a", 1)], "must be a dict"),
        (t.DictOf(t.Text(), t.Integer()), {"a": "b"}, "must be a whole number"),
        (t.DictOf(t.Text(), t.Integer()), {1: 1}, "a key of the answer must be a text"),
        (t.TupleOf((t.Integer(), t.Text())), (1,), "must have 2 parts"),
        (t.TupleOf((t.Integer(), t.Text())), (1, 2), "part 2 of the answer must be a text"),
        (t.Real("batch width"), [[0.5] * 3] * 2, "must be a float tensor"),
        (t.Real("batch width"), IDS, "must be a float tensor"),
        (t.Real("width batch"), HALF, "must have the shape [width, batch]"),
        (t.Real(), tensor(np.float32([np.inf])), "must be finite"),
        (t.Ids("batch width", "vocab"), HALF, "must be a tensor of integers"),
        (t.Ids("batch width", "batch"), IDS, "no ids of the vocabulary"),
        (t.Ids("batch batch", "vocab"), IDS, "must have the shape"),
        (t.Number(), Opaque("function", "<function>"), "must be a number"),
    ],
)  # fmt: skip
def test_refuses(kind: t.Type, answer: Any, words: str) -> None:
    with pytest.raises(Mismatch) as caught:
        kind.read(answer, SIZES, "the answer")
    assert words in caught.value.message and caught.value.message.startswith(("the answer", "element", "a key", "part"))


def test_tensors_are_read_in_double_precision() -> None:
    assert t.Real("batch width").read(HALF, SIZES, "it").dtype == np.float64
    assert t.Real("2 width").read(HALF, SIZES, "it").shape == (2, 3)
    assert t.Ids("batch width", "vocab").read(IDS, SIZES, "it").tolist() == IDS.data.tolist()


def test_without_its_wrapping() -> None:
    assert t.plain(Series("Series", [1, 2])) == [1, 2] and t.plain(tensor(2)) == 2 and t.plain("a") == "a"
