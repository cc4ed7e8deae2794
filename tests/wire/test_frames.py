"""The wire format: what goes over it comes back exactly, and whatever else arrives is a WireError."""

from __future__ import annotations

import struct
from typing import Any

import msgpack
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.wire import frames, names
from autograder.wire.frames import Array, Handle, Opaque, Scalar, Series, WireError

FORGED = (
    "z=__import__('os').system('x') or 5, y", "f()", "a\nb", "a b", "numpy.load('x')", "a..b", "a[", "a[b()]",
    "1x", "a#",
)  # fmt: skip
safe_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
short = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
integers = st.integers() | st.integers(2**63 - 2, 2**64 + 2) | st.integers(-(2**63) - 2, -(2**63) + 2)
hashable = st.none() | st.booleans() | integers | st.floats(allow_nan=False) | safe_text | st.binary(max_size=8)
kinds = st.sampled_from(["numpy.int64", "Foo", "make.<locals>.Größe", "torch.Tensor[torch.complex64]", ""])
leaves = hashable | st.builds(Opaque, kinds, short) | st.builds(Handle, st.integers(0, 2**32), kinds)
arrays = st.builds(
    Array,
    st.sampled_from(["tensor", "ndarray", "parameter"]),
    hnp.arrays(
        st.sampled_from([np.dtype(name) for name in frames.DTYPES]),
        hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
    ),
)


def containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    few = st.lists(inner, max_size=4)
    return (
        few
        | few.map(tuple)
        | st.sets(hashable, max_size=4)
        | st.dictionaries(safe_text, inner, max_size=4)
        | st.dictionaries(hashable | st.tuples(hashable, hashable), inner, max_size=4)
        | st.builds(Scalar, kinds, inner)
        | few.map(lambda values: Series("pandas.Series", values, list(range(len(values)))))
        | few.map(lambda values: Series("numpy.ndarray", values))
    )


values = st.recursive(leaves | arrays, containers, max_leaves=12)


def assert_same(left: Any, right: Any) -> None:
    """Equal, with equal types all the way down."""
    assert type(left) is type(right), (left, right)
    if isinstance(left, Array):
        assert left.kind == right.kind and left.data.dtype == right.data.dtype and left.data.shape == right.data.shape
        assert left.data.tobytes() == right.data.tobytes()
    elif isinstance(left, Series):
        assert left.type_name == right.type_name
        assert_same(left.values, right.values)
        assert_same(left.index, right.index)
    elif isinstance(left, Scalar):
        assert left.type_name == right.type_name
        assert_same(left.value, right.value)
    elif isinstance(left, (list, tuple)):
        assert len(left) == len(right)
        for one, two in zip(left, right, strict=True):
            assert_same(one, two)
    elif isinstance(left, dict):
        assert [*map(repr, left)] == [*map(repr, right)]  # the order too
        for one, two in zip(left.items(), right.items(), strict=True):
            assert_same(one, two)
    else:
        assert left == right
        assert not isinstance(left, set) or sorted(map(repr, left)) == sorted(map(repr, right))


# ---- what goes comes back --------------------------------------------------------------------------------------------
@settings(max_examples=150)
@given(values)
@example([True, 1, 1.0, "1", None, b"1", (1,), [1], {1}, {1: 2}, {"1": 2}])
@example({True: 1, 2: [], (3, "x"): {4: (5,)}})
@example([10**999, -(10**998), 2**63, 2**64, -(2**63) - 1])
@example([[], (), set(), {}, [()], ([],), {"": {}}])
def test_round_trip(value: Any) -> None:
    assert_same(frames.unpack(frames.pack(value)), value)


@pytest.mark.parametrize(
    "many", [list(range(300)), ["a"] * 300, [0.5] * 300, [None, "x"] * 200, {f"w{i}": i for i in range(300)}]
)
def test_long_flat_values(many: Any) -> None:
    assert_same(frames.unpack(frames.pack(many)), many)


def test_flat_lists_with_an_odd_integer() -> None:
    for odd in (2**64, -(2**63) - 1):
        assert_same(frames.unpack(frames.pack([1, odd, 3])), [1, odd, 3])
        assert_same(frames.unpack(frames.pack({"a": 1, "b": odd})), {"a": 1, "b": odd})


def test_nan_and_infinities() -> None:
    got = frames.unpack(frames.pack([float("nan"), float("inf"), -0.0]))
    assert got[0] != got[0] and got[1] == float("inf") and str(got[2]) == "-0.0"


def test_lone_surrogates_become_marks() -> None:
    assert frames.unpack(frames.pack(["a\ud800b", {"\udfff": "\ud800"}])) == ["a?b", {"?": "?"}]
    assert frames.unpack(frames.pack(Opaque("x\ud800", "y\udfff"))) == Opaque("?", "y?")


def test_a_frozenset_arrives_as_a_set() -> None:
    assert_same(frames.unpack(frames.pack(frozenset({1, 2}))), {1, 2})


def test_arrays_of_any_layout() -> None:
    base = np.arange(12, dtype=np.int32).reshape(3, 4)
    for data in (base.T, base[::-1, ::2], base.astype(">i4"), np.asfortranarray(base), base[1, 1].reshape(())):
        got = frames.unpack(frames.pack(Array("ndarray", data))).data
        assert got.shape == data.shape and got.tolist() == data.tolist()
        got.flat[0] = 99  # its memory is its own
    assert base[0, 0] == 0


def test_long_texts_of_records_are_cut() -> None:
    got = frames.unpack(frames.pack(Opaque("t" * 999, "x" * 999)))
    assert len(got.type_name) == len(got.text) == frames.MAX_TEXT


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_name_of_a_type_is_left_out(name: str) -> None:
    sent = [Scalar(name, 1), Series(name, [1]), Opaque(name, "x"), Handle(1, name)]
    assert {one.type_name for one in frames.unpack(frames.pack(sent))} == {names.NO_NAME}


@pytest.mark.parametrize("name", [*FORGED, "class", "", "a.b", "x" * 301, 1, "***a", "**", None])
def test_what_is_no_identifier_is_no_parameter(name: object) -> None:
    assert not names.parameter(name) and not names.identifier(name)


def test_identifiers_are_parameters() -> None:
    assert all(map(names.parameter, ("x", "größe", "_x1", "*args", "**kwargs")))
    assert not names.identifier("*args")


@pytest.mark.parametrize("kind", ["__import__('os')", "list", ""])
def test_an_array_is_of_a_known_kind(kind: str) -> None:
    with pytest.raises(WireError, match="malformed array"):
        frames.unpack(frames.pack(Array(kind, np.zeros(2))))


# ---- what can't go ---------------------------------------------------------------------------------------------------
class Text(str):
    pass


@pytest.mark.parametrize(
    "value",
    [
        object(),
        1j,
        Text("x"),
        [Text("x")],
        {"k": Text("x")},
        {Text("k"): 1},
        np.int64(1),
        np.arange(2),
        range(3),
        type,
        10**1000,
        Array("ndarray", np.array(["x"])),
        Array("tensor", np.zeros(2, complex)),
        {"a": 1, "b": Text("x")},
    ],
)
def test_other_types_cannot_go(value: Any) -> None:
    with pytest.raises(WireError):
        frames.pack(value)


def nested(levels: int, kind: type = list) -> Any:
    value: Any = kind()
    for _ in range(levels):
        value = kind([value]) if kind is not dict else {"k": value}
    return value


@pytest.mark.parametrize("kind", [list, tuple, dict])
def test_nesting_has_an_end(kind: type) -> None:
    assert_same(frames.unpack(frames.pack(nested(20, kind))), nested(20, kind))
    with pytest.raises(WireError):
        frames.pack(nested(frames.MAX_DEPTH + 1, kind))


def test_a_cycle_cannot_go() -> None:
    cycle: list[Any] = []
    cycle.append(cycle)
    with pytest.raises(WireError):
        frames.pack(cycle)


# ---- what must not come ----------------------------------------------------------------------------------------------
def ext(code: int, body: Any) -> bytes:
    return bytes(msgpack.packb(msgpack.ExtType(code, msgpack.packb(body, use_bin_type=True))))


def deep_ext(levels: int) -> bytes:
    frame = b"\x90"
    for _ in range(levels):
        frame = msgpack.packb(msgpack.ExtType(frames.TUPLE, frame))
    return frame


MALFORMED = {
    "nothing": b"",
    "two values": b"\x01\x02",
    "cut short": frames.pack(["abc", 1.5])[:-1],
    "text that is not UTF-8": b"\xa2\xff\xfe",
    "unknown code": ext(77, [1]),
    "code 0": ext(0, [1]),
    "reserved timestamp": bytes(msgpack.packb(msgpack.ExtType(5, b""))),
    "tuple of no list": ext(frames.TUPLE, 1),
    "set with a list in it": ext(frames.SET, [[1]]),
    "set with a dict in it": ext(frames.SET, [{}]),
    "pair of three": ext(frames.PAIRS, [[1, 2, 3]]),
    "pair of nothing": ext(frames.PAIRS, [7]),
    "list as a key": ext(frames.PAIRS, [[[1], 2]]),
    "number as a key of a plain map": b"\x81\x01\x02",
    "integer in words": ext(frames.BIGINT, "ten"),
    "integer of too many digits": ext(frames.BIGINT, "9" * 1002),
    "integer of no text": ext(frames.BIGINT, 10),
    "array of a wild type": ext(frames.ARRAY, ["tensor", "object", [1], b"12345678"]),
    "array of no type": ext(frames.ARRAY, ["tensor", None, [1], b"12345678"]),
    "array of a list type": ext(frames.ARRAY, ["tensor", ["int64"], [1], b"12345678"]),
    "array of too few bytes": ext(frames.ARRAY, ["tensor", "int64", [2], b"12345678"]),
    "array of too many bytes": ext(frames.ARRAY, ["tensor", "int8", [2], b"12345678"]),
    "array of negative size": ext(frames.ARRAY, ["tensor", "int64", [-1, -1], b"12345678"]),
    "array with a boolean size": ext(frames.ARRAY, ["tensor", "int8", [True], b"1"]),
    "array with a float size": ext(frames.ARRAY, ["tensor", "int8", [1.0], b"1"]),
    "array of nine dimensions": ext(frames.ARRAY, ["tensor", "int8", [1] * 9, b"1"]),
    "array of vast empty dimensions": ext(frames.ARRAY, ["tensor", "int8", [2**62, 2**62, 0], b""]),
    "array of three parts": ext(frames.ARRAY, ["tensor", "int64", [1]]),
    "array of unnamed kind": ext(frames.ARRAY, [3, "int8", [1], b"1"]),
    "scalar of one part": ext(frames.SCALAR, ["x"]),
    "scalar of a type that is no text": ext(frames.SCALAR, [1, 2]),
    "series with a short index": ext(frames.SERIES, ["s", [1, 2], [1]]),
    "series of no list": ext(frames.SERIES, ["s", "ab", None]),
    "opaque of numbers": ext(frames.OPAQUE, [1, 2]),
    "handle of text": ext(frames.HANDLE, ["1", "x"]),
    "handle of a boolean": ext(frames.HANDLE, [True, "x"]),
    "records within records": deep_ext(frames.MAX_DEPTH + 2),
    "lists within lists": b"\x91" * 900 + b"\xc0",
    "maps within maps": b"\x81\xa1k" * 900 + b"\xc0",
    "lists within lists, more than msgpack takes": b"\x91" * 100_000 + b"\xc0",
}


@pytest.mark.parametrize("frame", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed(frame: bytes) -> None:
    with pytest.raises(WireError):
        frames.unpack(frame)


def only_wire_errors(frame: bytes) -> None:
    try:
        value = frames.unpack(frame)
    except WireError:
        return
    repr(value)  # whatever was let through can be shown


@settings(max_examples=300)
@given(st.binary(max_size=80))
def test_random_bytes(frame: bytes) -> None:
    only_wire_errors(frame)


@settings(max_examples=200)
@given(values, st.data())
def test_mutated_frames(value: Any, data: st.DataObject) -> None:
    frame = bytearray(frames.pack(value))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(frame) - 1))
        frame[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(frame)))
    only_wire_errors(bytes(frame))
    only_wire_errors(bytes(frame[:cut]))


@settings(max_examples=100)
@given(st.integers(1, 12), st.recursive(hashable, lambda inner: st.lists(inner, max_size=5), max_leaves=8))
def test_records_of_anything(code: int, body: Any) -> None:
    try:
        frame = ext(code, body)
    except (OverflowError, ValueError):  # an integer beyond msgpack
        return
    only_wire_errors(frame)


# ---- amplification ---------------------------------------------------------------------------------------------------
def test_a_promise_of_many_elements_allocates_nothing(memory: Any) -> None:
    size = 1 << 20
    head = b"\xdd" + (size - 1).to_bytes(4, "big")
    with memory(below_mb=64), pytest.raises(WireError):
        frames.unpack(head * 500 + b"\xc0" * (size - 2500))
    with memory(below_mb=64), pytest.raises(WireError):
        frames.unpack(b"\xdd\xff\xff\xff\xff")
    with memory(below_mb=64), pytest.raises(WireError):
        frames.unpack(b"\xc6\xff\xff\xff\xff")


def test_small_records_stay_small(memory: Any) -> None:
    size = 1 << 18
    with memory(below_mb=160):
        assert len(frames.unpack(b"\xdd" + size.to_bytes(4, "big") + b"\x80" * size)) == size


def test_keys_made_to_collide() -> None:
    """A set of 100,000 of them would take minutes."""
    collide = [(2**61 - 1) * 8 * i for i in range(1, 40)]
    digits = [msgpack.ExtType(frames.BIGINT, msgpack.packb(str(n))) for n in collide]
    assert len({hash(n) for n in collide}) == 1
    with pytest.raises(WireError):
        frames.unpack(ext(frames.SET, digits))
    with pytest.raises(WireError):
        frames.unpack(ext(frames.PAIRS, [[n, 1] for n in digits]))


def test_prefix() -> None:
    assert frames.prefix(b"abc") == struct.pack("<I", 3) + b"abc" == b"\x03\x00\x00\x00abc"


# ---- how much one answer may hold ------------------------------------------------------------------------------------
def record(code: int, *fields: object) -> msgpack.ExtType:
    return msgpack.ExtType(code, msgpack.packb(list(fields)))


EMPTY = record(frames.ARRAY, "tensor", "float32", [0], b"")


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ([EMPTY] * 2_001, "the answer holds more than 2,000 arrays"),
        ([record(frames.TUPLE)] * 50_001, "more than 50,000 tuples, sets or objects"),
        ([[]] * 50_001, "more than 50,000 lists, dicts or tuples"),
        ([[[]] * 300] * 300, "more than 50,000 lists, dicts or tuples"),
        ([None] * 500_001, "more than 500,000 entries"),
        (record(frames.SET, *range(20_001)), "more than 20,000 keys that are not all texts"),
        (record(frames.PAIRS, *([n, 1] for n in range(20_001))), "more than 20,000 keys that are not all texts"),
    ],
)
def test_answers_of_too_many_parts(value: object, sentence: str) -> None:
    frame = msgpack.packb(value)
    with pytest.raises(frames.WireError, match=sentence):
        frames.unpack(frame, frames.ANSWER)


@pytest.mark.parametrize(
    "value", [[EMPTY] * 2_000, [[1, 2]] * 40_000, list(range(400_000)), {str(n): n for n in range(100_000)}]
)
def test_large_answers_pass(value: object) -> None:
    assert len(frames.unpack(msgpack.packb(value), frames.ANSWER)) == len(value)  # type: ignore[arg-type]


def test_what_the_judge_sends_is_not_counted() -> None:
    assert len(frames.unpack(msgpack.packb([EMPTY] * 3_000))) == 3_000


def test_descriptions_are_cut() -> None:
    for code in (frames.OPAQUE, frames.SCALAR):
        value = frames.unpack(msgpack.packb(record(code, "T" * 9_000, "v" * 9_000)))
        assert len(value.type_name) == frames.MAX_TEXT
