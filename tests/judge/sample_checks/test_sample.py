"""A small suite of checks, one for each thing that a check can do. Run by tests/judge, never by pytest itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.errors import StudentError
from autograder.judge.expect import expect, expect_equal
from autograder.judge.marks import item
from autograder.student.proxy import Student


@item("s.a", weight=2, required=True)
def test_doubles(student: Student) -> None:
    """double(x) is 2 x.

    This second paragraph is not for students.
    """
    student.call("double", 1)
    got = student.call("double", 21)
    expect_equal(got, 42, "double(21)")


@item("s.a", visibility="hidden")
def test_hidden(student: Student) -> None:
    """double works for
    negative numbers.
    """
    expect(student.call("double", -1) == -2, "double(-1)")


@item("s.b")
@settings(max_examples=40)
@given(st.integers(0, 1000), st.integers(0, 3))
def test_smallest(student: Student, number: int, other: int) -> None:
    """double(x) is 2 x for every x."""
    student.call("double", other)
    got = student.call("double", number)
    expect(got == 2 * number, "not the double", got=got, expected=2 * number)


@item("s.c.one", "s.c.two", weight=3)
def test_two_items(student: Student, item_id: str, context: dict[str, Any]) -> None:
    """One property of two functions."""
    context.setdefault("seen", []).append(item_id)
    number = 1 if item_id == "s.c.one" else 40
    expect_equal(student.call("double", number), 2 * number, "not the double")


@item("s.c.one", "s.c.two")
@settings(max_examples=5)
@given(st.integers(0, 10**6))
def test_two_items_drawn(student: Student, item_id: str, number: int) -> None:
    """One drawn property of two functions."""
    student.call("double", number)


@item("s.d")
def test_draws(rng: np.random.Generator, context: dict[str, Any]) -> None:
    """Draws numbers from rng."""
    context.setdefault("drawn", []).append(rng.integers(0, 10**9, 4).tolist())


@item("s.d")
@settings(max_examples=8)
@given(st.integers(0, 10**9))
def test_draws_with_hypothesis(context: dict[str, Any], number: int) -> None:
    """Draws numbers with hypothesis."""
    context.setdefault("examples", []).append(number)


@item("s.e")
def test_type_error(student: Student) -> None:
    """A mistake of the check's author."""
    student.call("double", 1)
    len(7)  # type: ignore[arg-type]


@item("s.e")
def test_after_the_error(student: Student) -> None:
    """The checks after a broken one still run."""
    student.call("double", 1)


@item("s.f")
def test_skips() -> None:
    """Does not apply."""
    pytest.skip("not in this edition")


@item("s.g")
def test_dies(student: Student) -> None:
    """A call that ends the process."""
    student.call("double", 1)
    student.call("die", 2)


@item("s.g")
def test_after_death(student: Student) -> None:
    """The next check has a process of its own."""
    expect_equal(student.call("double", 3), 6, "double(3)")


@item("s.h")
def test_missing(student: Student) -> None:
    """Needs a function that may be missing."""
    student.call("triple", 2)


@item("s.h")
def test_catches(student: Student) -> None:
    """A check may catch what the student's code raises."""
    try:
        student.call("triple", 2)
    except StudentError:
        return


@item("s.i")
@settings(max_examples=30)
@given(st.integers(0, 50))
def test_flaky(student: Student, number: int) -> None:
    """The same call gives the same answer."""
    expect(student.call("moody", number) == number, "moody")


@item("s.j")
@settings(max_examples=30)
@given(st.integers(0, 1000))
def test_key_error_in_an_example(student: Student, number: int) -> None:
    """A mistake of the check's author that only some examples meet."""
    {n: n for n in range(20)}[number]


@pytest.fixture
def broken_fixture(student: Student) -> int:
    return {}["no such key"]  # type: ignore[no-any-return]


@item("s.k")
def test_with_a_broken_fixture(broken_fixture: int) -> None:
    """A fixture that fails."""
