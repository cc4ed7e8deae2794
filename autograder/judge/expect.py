"""How a check says that a property does not hold."""

from __future__ import annotations

from typing import Any

from autograder.judge.render import show
from autograder.student.proxy import Call

UNSET: Any = object()


class Mismatch(AssertionError):
    """A property of the assignment does not hold; `got` and `expected` are short texts for the report."""

    def __init__(self, message: str, got: str = "", expected: str = "") -> None:
        super().__init__(message)
        self.message, self.got, self.expected = message, got, expected
        self.calls: tuple[Call, ...] = ()


def expect(holds: bool, message: str, *, got: Any = UNSET, expected: Any = UNSET) -> None:
    """Fail the check with `message` unless `holds`. Strings are shown as they are; a value that may be one goes
    through `show` first.

    Raises:
        Mismatch: `holds` is false.
    """
    if not holds:
        raise Mismatch(message, *("" if v is UNSET else v if isinstance(v, str) else show(v) for v in (got, expected)))


def expect_equal(got: Any, expected: Any, message: str) -> None:
    """Fail unless `got` is exactly `expected`, types included (True is not 1, a tuple is not a list)."""
    expect(same(got, expected), message, got=show(got), expected=show(expected))


def same(left: Any, right: Any) -> bool:
    """Equality of plain data that also compares types, all the way down."""
    if type(left) is not type(right):
        return False
    if isinstance(left, (list, tuple)):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(v, right[k]) for k, v in left.items())
    return bool(left == right)
