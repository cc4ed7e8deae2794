"""What students return, as records of exactly what it is; and what the judge sends, as real objects."""

from __future__ import annotations

import collections
import enum
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from autograder.inside.encode import MAX_DEPTH, describe, revive, safe_repr
from autograder.wire import frames
from autograder.wire.frames import Array, Handle, Opaque, Scalar, Series


def sent(value: Any) -> Any:
    """What the judge sees of a value."""
    return frames.unpack(frames.pack(describe(value)))


class LyingInt(int):
    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0

    def __index__(self) -> int:
        return 1

    def __int__(self) -> int:
        return 1

    def __add__(self, other: object) -> int:
        return 1

    def __repr__(self) -> str:
        raise ValueError


class LyingText(str):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = str.__hash__

    def __str__(self) -> str:
        return "positive"

    def encode(self, *args: Any) -> bytes:
        return b"positive"


class LyingFloat(float):
    def __float__(self) -> float:
        return 1.0


class LyingList(list):  # type: ignore[type-arg]
    def __iter__(self) -> Any:
        return iter([1, 2, 3])

    def __len__(self) -> int:
        return 3

    def __getitem__(self, key: Any) -> Any:
        return 1


class LyingDict(dict):  # type: ignore[type-arg]
    def items(self) -> Any:
        return [("all", "right")]

    def __iter__(self) -> Any:
        return iter(["all"])


class Raising:
    def __repr__(self) -> str:
        raise SystemExit("no")

    def __getattr__(self, name: str) -> Any:
        raise KeyboardInterrupt


Pair = collections.namedtuple("Pair", "a b")


class Colour(enum.IntEnum):
    RED = 3


# ---- built-ins -------------------------------------------------------------------------------------------------------
def test_built_ins_go_exactly() -> None:
    value = [1, True, 1.0, "1", b"1", None, (1, [2]), {3}, {"k": (4,)}, {5: "x", (6, "y"): None}]
    got = sent(value)
    assert repr(got) == repr(value)
    assert sent(frozenset({1})) == {1}


def test_flat_containers_go_whole() -> None:
    words = {f"w{i}": i for i in range(1000)}
    assert sent(words) == words and sent(list(words)) == list(words)
    assert type(sent((1, 2))) is tuple and type(sent({1, 2})) is set


# ---- subclasses that lie ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (LyingInt(7), 7),
        (LyingText("negative"), "negative"),
        (LyingFloat(0.25), 0.25),
        (LyingList([9]), [9]),
        (LyingDict(a=1), {"a": 1}),
        (Colour.RED, 3),
        (Pair(1, 2), [1, 2]),
        (collections.Counter("aab"), {"a": 2, "b": 1}),
    ],
    ids=["int", "str", "float", "list", "dict", "enum", "namedtuple", "Counter"],
)
def test_subclasses_say_their_type_and_true_value(value: Any, plain: Any) -> None:
    got = sent(value)
    assert type(got) is Scalar and type(got.value) is type(plain) and got.value == plain
    assert got.type_name.endswith(type(value).__name__)


def test_subclasses_inside_containers() -> None:
    got = sent({"ids": [LyingInt(7), 3], "label": LyingText("x")})
    assert type(got["ids"][0]) is Scalar and got["ids"][0].value == 7 and got["ids"][1] == 3
    assert type(got["label"]) is Scalar
    key = next(iter(sent({LyingText("word"): 1})))
    assert type(key) is Scalar and key.value == "word"


def test_objects_that_raise() -> None:
    got = sent(Raising())
    assert type(got) is Opaque and got.text == "<repr raised SystemExit>" and "Raising" in got.type_name
    assert [type(v) for v in sent([Raising(), object(), sent, type])] == [Opaque] * 4
    assert type(next(iter(sent({Colour: 1})))) is Opaque
    assert safe_repr(Raising()).startswith("<repr raised")
    assert len(safe_repr("x" * 5000)) == frames.MAX_TEXT


# ---- numpy -----------------------------------------------------------------------------------------------------------
def test_numpy_arrays() -> None:
    for data in (
        np.arange(6).reshape(2, 3)[:, ::2],
        np.array(2.5),
        np.zeros((0, 3), np.float32),
        np.array([True]),
        np.arange(3, dtype=">i8"),
    ):
        got = sent(data)
        assert type(got) is Array and got.kind == "ndarray"
        assert got.data.shape == data.shape and got.data.tolist() == data.tolist()


def test_numpy_scalars() -> None:
    for value, name in (
        (np.int64(3), "numpy.int64"),
        (np.float32(0.5), "numpy.float32"),
        (np.str_("x"), "numpy.str_"),
        (np.bool_(True), "bool"),
    ):
        got = sent(value)
        assert type(got) is Scalar and name in got.type_name and got.value == value.item()
        assert type(got.value) is type(value.item())
    assert sent([np.int64(3)]) == [Scalar("numpy.int64", 3)]
    assert type(sent(np.longdouble(1))) is Scalar and type(sent(np.datetime64("2024-01-01"))) is Scalar


def test_object_and_text_arrays_go_by_position() -> None:
    assert sent(np.array(["a", "bc"], dtype=object)).values == ["a", "bc"]
    assert sent(np.array(["a", "bc"])).values == ["a", "bc"]
    assert sent(np.array([["a"], ["b"]])).values == [["a"], ["b"]]
    got = sent(np.array([None, 1, object()], dtype=object))
    assert got.index is None and got.values[:2] == [None, 1] and type(got.values[2]) is Opaque


@pytest.mark.parametrize("inner", ["abc", {"a": 1}, None, 5])
def test_text_and_object_arrays_without_dimensions(inner: Any) -> None:
    got = sent(np.array(inner, dtype=object))
    assert type(got) is Scalar and got.value == inner
    assert sent(np.array("abc")) == Scalar("numpy.ndarray", "abc")


def test_complex_arrays_are_shown_only() -> None:
    assert type(sent(np.zeros(2, complex))) is Series  # element by element, as text
    assert type(sent(np.ma.masked_array([1, 2], [True, False]))) is Array


# ---- pandas ----------------------------------------------------------------------------------------------------------
def test_series_go_by_position_with_their_labels() -> None:
    series = pd.Series(["a", "b", "c"], index=[7, 3, 5])
    got = sent(series)
    assert got.type_name == "pandas.Series" or got.type_name.endswith(".Series")
    assert got.values == ["a", "b", "c"] and got.index == [7, 3, 5]
    assert sent(series.sort_index()).values == ["b", "c", "a"]


def test_pandas_arrays_have_no_labels() -> None:
    got = sent(pd.Series(["a", "b"]).array)
    assert type(got) is Series and got.values == ["a", "b"] and got.index is None
    assert sent(pd.Index(["b", "a"])).values == ["b", "a"]


def test_series_of_numbers_and_gaps() -> None:
    got = sent(pd.Series([1, 2], dtype="int64"))
    assert [getattr(v, "value", v) for v in got.values] == [1, 2]
    gap = sent(pd.Series(["a", None], dtype="object"))
    assert gap.values[0] == "a" and gap.values[1] is None
    missing = sent(pd.Series([1, pd.NA], dtype="Int64"))
    assert type(missing.values[1]) is Opaque


def test_other_things_of_pandas_are_shown() -> None:
    for value in (pd.DataFrame({"review": ["a"]}), pd.NA, pd.Timestamp("2024-01-01")):
        assert type(sent(value)) is Opaque


# ---- torch -----------------------------------------------------------------------------------------------------------
def test_tensors() -> None:
    for tensor in (
        torch.arange(6).reshape(2, 3).t(),
        torch.tensor(1.5),
        torch.zeros(0, 2),
        torch.rand(2, requires_grad=True) * 2,
        torch.rand(3)[::2],
    ):
        got = sent(tensor)
        assert type(got) is Array and got.kind == "tensor"
        assert got.data.shape == tuple(tensor.shape) and got.data.tolist() == tensor.tolist()


def test_kinds_and_types_of_tensors() -> None:
    assert sent(torch.nn.Parameter(torch.zeros(2))).kind == "parameter"
    assert sent(torch.zeros(2, dtype=torch.float64)).data.dtype == np.float64
    assert sent(torch.zeros(2, dtype=torch.float16)).data.dtype == np.float16
    half = sent(torch.tensor([1.5, -2.0], dtype=torch.bfloat16))
    assert half.data.dtype == np.float32 and half.data.tolist() == [1.5, -2.0]


def test_tensors_that_numpy_does_not_know() -> None:
    sparse = torch.sparse_coo_tensor([[0, 1]], [1.0, 2.0], (2,), check_invariants=True)
    for tensor in (sparse, torch.zeros(2, dtype=torch.complex64)):
        got = sent(tensor)
        assert type(got) is Opaque and "torch.Tensor" in got.type_name


def test_modules_and_sizes() -> None:
    assert type(sent(torch.nn.Linear(1, 1))) is Opaque
    assert sent(torch.zeros(2, 3).shape).value == [2, 3]


# ---- containers of other kinds, cycles -------------------------------------------------------------------------------
def test_other_containers() -> None:
    assert sent(collections.deque([1, 2])).values == [1, 2]
    assert sent(range(3)).values == [0, 1, 2]
    assert sent({"a": 1}.keys()).values == ["a"]
    assert sent(map(str, [1, 2])).values == ["1", "2"]
    assert type(sent(n for n in range(3))) is Opaque
    assert sent(collections.OrderedDict(a=1)) == Scalar("collections.OrderedDict", {"a": 1})


def test_cycles_end() -> None:
    cycle: list[Any] = [1]
    cycle.append(cycle)
    ring: dict[str, Any] = {}
    ring["self"] = ring
    for value in (cycle, ring):
        got, depth = sent(value), 0
        while not isinstance(got, Opaque):
            got, depth = (got[1] if isinstance(got, list) else got["self"]), depth + 1
        assert depth == MAX_DEPTH and got.text == "nested too deeply"


# ---- the judge's arguments -------------------------------------------------------------------------------------------
def revived(value: Any) -> Any:
    return revive(frames.unpack(frames.pack(value)), {7: "the object"}.__getitem__)


def test_arguments_become_real_objects() -> None:
    tensor = revived(Array("tensor", np.array([[1, 2]], np.int64)))
    assert isinstance(tensor, torch.Tensor) and tensor.dtype == torch.int64 and tensor.tolist() == [[1, 2]]
    tensor[0, 0] = 5  # may be written to
    array = revived(Array("ndarray", np.array([1.5], np.float32)))
    assert isinstance(array, np.ndarray) and array.dtype == np.float32
    assert revived([Handle(7, "x"), {"k": (Handle(7, "x"),)}]) == ["the object", {"k": ("the object",)}]
    with pytest.raises(KeyError):
        revived(Handle(8, "x"))


def test_series_become_real_series() -> None:
    series = revived(Series("pandas.Series", ["a", "b"], [5, 2]))
    assert isinstance(series, pd.Series) and series[2] == "b" and list(series.index) == [5, 2]
    array = revived(Series("numpy.ndarray", ["a", "b"]))
    assert isinstance(array, np.ndarray) and array.dtype == object and array.tolist() == ["a", "b"]
