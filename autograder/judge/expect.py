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


class NeedsPerson(Exception):
    """Only a person can tell whether the property holds: the item waits for one. The message says what to look at."""


class NotJudged(Exception):
    """The property applies but can't be judged, mostly since another check of the item failed: it pays nothing.

    `pytest.skip`, in contrast, is for what does not apply (an edition) or what another item charges. What a submission
    can bring about by itself, with junk or by breaking something, is never a skip.
    """


def expect(holds: bool, message: str, *, got: Any = UNSET, value: Any = UNSET, expected: Any = UNSET) -> None:
    """Fail the check with `message` unless `holds`.

    `value`: what came back, shown as Python would write it. `got`, instead: words about it, or a value that is no
    string. `expected`: words, or a value.

    Raises:
        Mismatch: `holds` is false.
    """
    if not holds:
        came_back = _words(got) if value is UNSET else show(value)
        raise Mismatch(message, came_back, _words(expected))


def _words(text: Any) -> str:
    return "" if text is UNSET else text if isinstance(text, str) else show(text)


def expect_equal(got: Any, expected: Any, message: str) -> None:
    """Fail unless `got` is exactly `expected`, types included (True is not 1, a tuple is not a list)."""
    expect(same(got, expected), message, value=got, expected=show(expected))


def same(left: Any, right: Any) -> bool:
    """Equality of plain data that also compares types, all the way down."""
    if type(left) is not type(right):
        return False
    if isinstance(left, (list, tuple)):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(v, right[k]) for k, v in left.items())
    return bool(left == right)
