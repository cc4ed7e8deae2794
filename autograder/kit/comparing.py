"""When two arrays of numbers are the same, and when they are others."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.judge.expect import Mismatch, expect
from autograder.judge.render import show

NDArray = np.ndarray[Any, Any]
RTOL, ATOL = 1e-3, 1e-4  # float32 sums of a few dozen terms, in any order
MOST_SHOWN = 24  # numbers
LEAST = 1e-6  # a change that is smaller may be rounding
MOVED = 1e-3  # of the largest number


def close(one: NDArray, two: NDArray) -> bool:
    """Whether they are of one shape and equal up to the rounding of float32."""
    return one.shape == two.shape and np.allclose(one, two, rtol=RTOL, atol=ATOL)


def expect_close(got: NDArray, wanted: NDArray, message: str) -> None:
    """Fail unless what came back is what is known to be right; of much, the place where they differ most is shown."""
    if got.shape == wanted.shape and got.size > MOST_SHOWN:
        place = np.unravel_index(np.abs(got - wanted).argmax(), got.shape)
        where = f"at {[int(n) for n in place]} of a tensor {list(got.shape)}"
        expect(close(got, wanted), message, got=f"{got[place]:.6g} {where}", expected=f"{wanted[place]:.6g} there")
    expect(close(got, wanted), message, got=got, expected=wanted)


def expect_agree(one: NDArray, two: NDArray, message: str, what: str = "numbers") -> None:
    """Fail unless two ways to ask for the same agree; neither of the two is known to be the right one."""
    if not close(one, two):
        raise Mismatch(message, f"{show(one)} one way, {show(two)} the other", f"the same {what} both ways")


def expect_other(one: NDArray, two: NDArray, message: str, what: str = "numbers") -> None:
    """Fail if they are the same to the last bits."""
    same = one.shape == two.shape and np.allclose(one, two, rtol=0, atol=LEAST)
    expect(not same, message, got=two, expected=f"other {what}")


def expect_moved(one: NDArray, two: NDArray, message: str) -> None:
    """Fail unless they differ by more than a thousandth of what they are: a living answer does not hang by a thread."""
    scale = max(np.abs(one).max(initial=0.0), np.abs(two).max(initial=0.0))
    moved = one.shape != two.shape or np.abs(one - two).max(initial=0.0) > MOVED * scale
    expect(bool(moved), message, got=two, expected="other numbers")
