"""Whose fault it is: only assertions and the student's own errors cost points."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis.errors import Flaky, FlakyFailure, Unsatisfiable

from autograder.errors import (
    ConfigError,
    GraderError,
    LostName,
    MalformedAnswer,
    MissingName,
    SandboxError,
    StudentCrash,
    StudentError,
    StudentException,
    StudentTimeout,
    SubmissionError,
)
from autograder.judge.expect import Mismatch, expect, expect_equal, same
from autograder.judge.outcomes import verdict_of
from autograder.judge.render import Written, show, show_call, show_calls
from autograder.kit.text_classification.values import tokens
from autograder.records import Counterexample
from autograder.student.proxy import Call
from autograder.wire.frames import Array, Opaque, Scalar, Series, WireError

CALLS = (Call("tokenize", "()", ({"a": 2}, "a b"), {}),)


def with_calls(error: BaseException) -> BaseException:
    error.calls = CALLS  # type: ignore[attr-defined]
    return error


def raised_from(error: BaseException, cause: BaseException) -> BaseException:
    error.__cause__ = cause
    return error


# ---- the student's -----------------------------------------------------------------------------------------------
def test_a_mismatch() -> None:
    verdict = verdict_of(with_calls(Mismatch("wrong indices", "[1]", "[2]")))
    assert verdict.status == "failed" and verdict.message == "wrong indices"
    assert verdict.counterexample == Counterexample("tokenize({'a': 2}, 'a b')", "[1]", "[2]")
    assert verdict_of(Mismatch("no calls, nothing got")).counterexample is None


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (AssertionError("plain"), "plain"),
        (AssertionError(), "the property does not hold"),
        (StudentException("ValueError", "bad", "cell 3, line 2"), "raised ValueError: bad (cell 3, line 2)"),
        (StudentException("ValueError", ""), "raised ValueError"),
        (StudentTimeout("did not answer within 10 s"), "did not answer within 10 s"),
        (StudentCrash("its process ended"), "its process ended"),
        (MalformedAnswer("too long"), "what came back can't be read: too long"),
        (MissingName("the notebook does not define `f`"), "the notebook does not define `f`"),
    ],
)
def test_what_costs_points(error: BaseException, message: str) -> None:
    verdict = verdict_of(with_calls(error))
    assert (verdict.status, verdict.message) == ("failed", message)
    if isinstance(error, MissingName):
        assert verdict.counterexample is None
    else:
        assert verdict.counterexample is not None and verdict.counterexample.call.startswith("tokenize(")


# ---- the grader's --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "error",
    [
        KeyError("x"),
        TypeError("x"),
        ValueError("x"),
        IndexError(),
        AttributeError(),
        RecursionError(),
        MemoryError(),
        OSError(),
        WireError("x"),
        GraderError("x"),
        SandboxError("x"),
        ConfigError("x"),
        SubmissionError("x"),
        Unsatisfiable("x"),
        KeyboardInterrupt(),
        SystemExit(1),
        pytest.fail.Exception("x"),
        ExceptionGroup("two", [KeyError("a"), TypeError("b")]),
        FlakyFailure("flaky", [KeyError("a")]),
        Flaky("no cause"),
        raised_from(TypeError("while looking"), AssertionError("x")),
    ],
    ids=lambda e: type(e).__name__,
)
def test_what_is_the_graders_own_fault(error: BaseException) -> None:
    verdict = verdict_of(error)
    assert verdict.status == "error" and type(error).__name__ in verdict.message and verdict.counterexample is None


# ---- the rest --------------------------------------------------------------------------------------------------------
def test_skips() -> None:
    verdict = verdict_of(pytest.skip.Exception("not in this edition"))
    assert (verdict.status, verdict.message) == ("skipped", "not in this edition")


@pytest.mark.parametrize(
    "error",
    [
        FlakyFailure("flaky", [with_calls(Mismatch("was 3", "4", "3"))]),  # type: ignore[list-item]
        ExceptionGroup("g", [ExceptionGroup("inner", [with_calls(Mismatch("was 3", "4", "3"))])]),  # type: ignore[list-item]
        raised_from(Flaky("replayed"), with_calls(Mismatch("was 3", "4", "3"))),
    ],
)
def test_answers_that_change(error: BaseException) -> None:
    verdict = verdict_of(error)
    assert verdict.status == "failed" and verdict.message == "the answer changes from one call to the next: was 3"
    assert verdict.counterexample == Counterexample("tokenize({'a': 2}, 'a b')", "4", "3")


def test_a_cycle_of_causes_ends() -> None:
    one, two = Flaky("one"), ValueError("two")
    one.__cause__, two.__context__ = two, one
    assert verdict_of(one).status == "error"


# ---- saying so -------------------------------------------------------------------------------------------------------
def test_expect() -> None:
    expect(True, "never said")
    with pytest.raises(Mismatch) as caught:
        expect(False, "said", got=[1], expected="as it is")
    assert (caught.value.message, caught.value.got, caught.value.expected) == ("said", "[1]", "as it is")
    with pytest.raises(Mismatch) as caught:
        expect(False, "said", got=None, expected=["a"])
    assert (caught.value.got, caught.value.expected) == ("None", "['a']")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (1, True),
        (1, 1.0),
        ((1,), [1]),
        ([1], [True]),
        ({"a": 1}, {"a": 1.0}),
        ({"a": 1}, {"b": 1}),
        ([1], [1, 2]),
        ("1", 1),
        ([[(1,)]], [[[1]]]),
        (Scalar("int", 1), 1),
    ],
)
def test_different(left: Any, right: Any) -> None:
    assert not same(left, right) and not same(right, left)
    with pytest.raises(Mismatch):
        expect_equal(left, right, "different")


@pytest.mark.parametrize("value", [1, "x", None, [1, (2, {"a": [True]})], {"k": {1, 2}}, Scalar("int", 3)])
def test_same(value: Any) -> None:
    expect_equal(value, value, "never said")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("it's", '"it\'s"'),
        ((1,), "(1,)"),
        ((), "()"),
        (set(), "set()"),
        ({}, "{}"),
        ({"a": [1, None]}, "{'a': [1, None]}"),
        ([[[[[1]]]]], "[[[[…]]]]"),
        (list(range(14)), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, … 2 more]"),
        ("x" * 100, "'" + "x" * 80 + "'… (100 characters)"),
        (Array("tensor", np.array([[1, 2]])), "torch.tensor([[1, 2]])"),
        (Array("ndarray", np.zeros((30, 2), np.float32)), "ndarray of shape [30, 2], float32"),
        (np.array([0.5], np.float32), "torch.tensor([0.5])"),
        (Scalar("numpy.int64", 3), "np.int64(3)"),
        (Series("pandas.Series", ["a"], [4]), "pd.Series(['a'])"),
        (Opaque("Foo", "<Foo 1>"), "<Foo 1>"),
        (Opaque("Foo", ""), "Foo"),
    ],
)
def test_show(value: Any, text: str) -> None:
    assert show(value) == text


def test_show_is_never_long() -> None:
    assert len(show([["y" * 79] * 12] * 12)) <= 600


def test_show_calls() -> None:
    assert show_call(Call("IMDB", "[]", (3,), {})) == "IMDB[3]"
    assert show_call(Call("IMDB", "len()", (), {})) == "len(IMDB)"
    assert show_call(Call("LSTM", "forward", ([1],), {"k": "v"})) == "LSTM.forward([1], k='v')"
    many = [Call(f"f{n}", "()", (), {}) for n in range(9)]
    assert show_calls(many[:6]) == "f0()\nf1()\nf2()\nf3()\nf4()\nf5()"
    assert show_calls(many) == "f0()\n# … 3 more calls\nf4()\nf5()\nf6()\nf7()\nf8()"


EVIL = "__import__('os').system('x')"


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (Call("f", "()", (), {f"z={EVIL} or 5, y": 2}), f"f(**{{{f'z={EVIL} or 5, y'!r}: 2}})"),
        (Call("f", "()", (), {"class": 2}), "f(**{'class': 2})"),
        (Call("f", "()", (Scalar(f"{EVIL} or numpy.int64", 3),), {}), "f(3)"),
        (Call("f", "()", (Scalar("eval", EVIL),), {}), f"f({EVIL!r})"),
        (Call("f", "()", (Scalar("numpy.load", "x"), Scalar("numpy.int64", 3)), {}), "f('x', np.int64(3))"),
        (Call("f", "()", (Series("exec", [EVIL]),), {}), f"f([{EVIL!r}])"),
        (Call("f", "()", (Opaque("A", EVIL), [Opaque(EVIL, "")]), {}), "f(..., [...])  # shortened: an object"),
        (Call("f", "()", ("a  # shortened: b",), {}), "f('a  \\x23 shortened: b')"),
        (Call("f", "()", (Written("['a'] * 9"),), {}), "f(['a'] * 9)"),
    ],
)
def test_no_text_of_the_students_stands_as_code(call: Call, text: str) -> None:
    assert show_call(call) == text


def test_a_long_vocabulary_shows_what_its_call_needs() -> None:
    vocab = {f"word{n}": n for n in range(400)}
    for reviews in (["word30 word31"], Series("numpy.ndarray", ["word30 word31"], None)):
        shown = show_call(Call("IMDB", "()", (reviews, vocab), {"x": "word35"}))
        assert "{'word30': 30, 'word31': 31, 'word35': 35, 'word0': 0, " in shown
        assert shown.endswith("  # shortened: a dict of 400")


# ---- causes ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (LostName("`f` stands in cell 3"), "load"),
        (MissingName("no `f`"), "missing"),
        (StudentTimeout("no answer within 10 seconds"), "time-out"),
        (StudentCrash("it ended"), "crash"),
        (StudentException("KeyError", "1", "cell 3, line 2"), "raised"),
        (MalformedAnswer("not plain"), "type"),
        (Mismatch("wrong"), ""),
        (AssertionError("wrong"), ""),
    ],
)
def test_the_kind_of_a_failure(error: Exception, cause: str) -> None:
    verdict = verdict_of(error)
    assert (verdict.status, verdict.cause) == ("failed", cause)
    assert verdict.origin == ("KeyError in cell 3, line 2" if cause == "raised" else "")


def test_what_the_access_to_a_hand_in_refuses_is_of_another_type() -> None:
    with pytest.raises(Mismatch) as refused:
        tokens("no list")
    assert verdict_of(refused.value).cause == "type"


SLOW = StudentTimeout("no answer within 10 seconds")


def handled() -> Exception:
    """What a check raises while it handles a time-out."""
    try:
        try:
            raise SLOW
        except StudentError:
            raise Mismatch("an empty text must give an empty list") from None
    except Mismatch as error:
        return error


@pytest.mark.parametrize(
    ("error", "fatal"),
    [(SLOW, None), (SLOW, SLOW), (handled(), None), (Mismatch("wrong"), SLOW), (ExceptionGroup("flaky", [SLOW]), None)],
)
def test_a_time_out_is_told_as_one_whatever_the_check_made_of_it(error: Exception, fatal: StudentError | None) -> None:
    verdict = verdict_of(error, fatal)
    assert (verdict.status, verdict.cause, verdict.message) == ("failed", "time-out", "no answer within 10 seconds")


def test_a_crash_is_no_time_out() -> None:
    assert verdict_of(Mismatch("wrong"), StudentCrash("it ended")).cause == ""


# ---- calls that can be pasted and run --------------------------------------------------------------------------------
LONG = "words of no pattern: " + "".join(chr(97 + n * n % 26) for n in range(700))
EXACT = [
    "it's",
    "kabab " * 300,
    " ".join(["dobak"] * 400),
    " ".join(f"w{n}" for n in range(300)),
    "x" * 5000,
    [1, 2],
    (),
    (1,),
    set(),
    {3, 4},
    {"a": [1, None]},
    {f"w{n}": n for n in range(30)},
    [0] * 300,
    list(range(5, 300)),
    [f"w{n}" for n in range(7, 99)],
    ["a"] * 90,
    [[1, 2], [3]],
    True,
    -2.5,
    None,
    Array("tensor", np.arange(12).reshape(3, 4)),
    Array("tensor", np.arange(300).reshape(3, 100)),
    Array("tensor", np.zeros((40, 5), np.float32)),
    Array("tensor", np.full((40, 5), 2.5)),
    Array("tensor", np.array([True, False])),
    Array("tensor", np.array(3)),
    Array("tensor", np.zeros((2, 0), np.int64)),
    Array("tensor", np.array([np.nan, np.inf, -np.inf, 0.5], np.float32)),
    Array("tensor", np.array([1, 2], np.int32)),
    Array("ndarray", np.arange(3)),
    Array("ndarray", np.array([0.5], np.float32)),
    Array("ndarray", np.ones((9, 9), bool)),
    Series("pandas.Series", ["a", "b"], [4, 3]),
    Series("numpy.ndarray", ["a", "b"]),
    Scalar("numpy.int64", 3),
]
SHORT = [
    LONG,
    [LONG, LONG + "?"],
    [n * n for n in range(300)],
    {n: n * n for n in range(300)},
    tuple(n % 7 for n in range(99)),
    Array("tensor", np.sin(np.arange(300, dtype=np.float32)).reshape(3, 100)),
    Array("tensor", np.sin(np.arange(300.0))),
    Array("tensor", np.arange(300) % 7),
    Array("tensor", np.arange(300) % 2 == 0),
    Array("tensor", np.arange(300, dtype=np.int32) % 7),
    Array("ndarray", np.sin(np.arange(300.0))),
    Array("ndarray", np.arange(300) % 7),
    Array("ndarray", np.arange(300) % 2 == 0),
]


def made(value: Any) -> tuple[Any, str]:
    """What the shown call hands over when it is run, and the comment behind it."""
    import pandas as pd
    import torch

    got: list[Any] = []
    shown = show_call(Call("f", "()", (value,), {}))
    exec(shown, {"f": got.append, "torch": torch, "np": np, "pd": pd})
    return got[0], shown.partition("  # ")[2]


def plain(value: Any) -> tuple[str, Any]:
    """A library's object or the wire's as its kind and numbers."""
    if isinstance(value, Array):
        return value.kind, value.data
    if isinstance(value, Series):
        return value.type_name, value.values
    if isinstance(value, Scalar):
        return value.type_name, value.value
    kind = {"Tensor": "tensor", "Series": "pandas.Series"}.get(type(value).__name__, type(value).__name__)
    return kind, value.numpy() if kind == "tensor" else value


@pytest.mark.parametrize("value", EXACT, ids=lambda value: repr(value)[:30])
def test_a_shown_value_is_made_again(value: Any) -> None:
    got, note = made(value)
    (kind, wanted), (made_kind, found) = plain(value), plain(got)
    assert note == "" and kind.rpartition(".")[2] == made_kind.rpartition(".")[2]
    if isinstance(value, Array):
        assert found.dtype == wanted.dtype and found.shape == wanted.shape
        np.testing.assert_array_equal(found, wanted)
    else:
        assert list(found) == wanted if isinstance(value, Series) else found == wanted


@pytest.mark.parametrize("value", SHORT, ids=lambda value: repr(value)[:30])
def test_what_is_too_long_is_like_it_and_says_so(value: Any) -> None:
    got, note = made(value)
    assert note.startswith("shortened: ") and type(plain(got)[1]) is type(plain(value)[1])
    if isinstance(value, Array):
        found, wanted = plain(got)[1], value.data
        assert found.dtype == wanted.dtype and found.shape == wanted.shape
        if wanted.dtype.kind == "i":
            assert wanted.min() <= found.min() and found.max() <= wanted.max()


def test_objects_have_names_and_calls_of_them_run() -> None:
    calls = [
        Call("Net", "()", (3,), {}),
        *(Call("Net(3)", "()", (n,), {}) for n in range(9)),
        Call("Net(4)", "[]", (1,), {}),
    ]
    shown = show_calls(calls)
    assert shown.startswith("net = Net(3)\n# … ") and shown.endswith("net2 = Net(4)\nnet2[1]")

    built: list[int] = []

    class Net:
        def __init__(self, size: int) -> None:
            built.append(size)

        def __call__(self, number: int) -> int:
            return number

        def __getitem__(self, number: int) -> int:
            return number

    exec(shown, {"Net": Net})
    assert built == [3, 4]


def test_a_shortened_object_keeps_its_comment_at_the_end() -> None:
    maker = show_call(Call("IMDB", "()", ([n * n for n in range(300)],), {}))
    shown = show_calls([Call(maker, "[]", (0,), {})])
    assert shown.splitlines()[1] == "imdb[0]" and "# shortened: a list of 300" in shown.splitlines()[0]
