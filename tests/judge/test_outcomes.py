"""Whose fault it is: only assertions and the student's own errors cost points."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis.errors import Flaky, FlakyFailure, Unsatisfiable

from autograder.errors import (
    ConfigError,
    GraderError,
    MalformedAnswer,
    MissingName,
    SandboxError,
    StudentCrash,
    StudentException,
    StudentTimeout,
    SubmissionError,
)
from autograder.judge.expect import Mismatch, expect, expect_equal, same
from autograder.judge.outcomes import verdict_of
from autograder.judge.render import show, show_call, show_calls
from autograder.records import Counterexample
from autograder.student.proxy import Call
from autograder.student.wire import Array, Opaque, Scalar, Series, WireError

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
        (Array("tensor", np.array([[1, 2]])), "tensor([[1, 2]])"),
        (Array("ndarray", np.zeros((30, 2), np.float32)), "ndarray of shape [30, 2], float32"),
        (np.array([0.5]), "tensor([0.5])"),
        (Scalar("numpy.int64", 3), "numpy.int64(3)"),
        (Series("pandas.Series", ["a"], [4]), "pandas.Series(['a'])"),
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
    assert show_calls(many) == "f0()\n… 3 more calls\nf4()\nf5()\nf6()\nf7()\nf8()"


def test_a_long_vocabulary_shows_what_its_call_needs() -> None:
    vocab = {f"w{n}": n for n in range(40)}
    for reviews in (["w30 w31"], Series("numpy.ndarray", ["w30 w31"], None)):
        shown = show_call(Call("IMDB", "()", (reviews, vocab), {"x": "w35"}))
        assert "{'w30': 30, 'w31': 31, 'w35': 35, 'w0': 0, " in shown and "… 28 more}" in shown
