"""Whose fault a failed check is, and what to show of it."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import pytest
from hypothesis.errors import Flaky

from autograder.errors import (
    LostName,
    MachineLack,
    MalformedAnswer,
    MissingName,
    StudentCrash,
    StudentError,
    StudentException,
    StudentTimeout,
)
from autograder.judge.expect import Mismatch, NeedsPerson, NotJudged, expect
from autograder.judge.render import show_calls
from autograder.records import Cause, Counterexample
from autograder.student.proxy import Call


@dataclass(frozen=True)
class Verdict:
    """What became of one check."""

    status: Literal["passed", "failed", "error", "skipped", "unjudged", "pending"]
    message: str = ""
    counterexample: Counterexample | None = None
    cause: Cause = ""
    origin: str = ""


# The kit's typed access to a hand-in, or an assignment's own: what fails there came back as another type or shape than
# was asked for.
ACCESS = ("types.py", "lab.py", "values.py", "api.py")
CAUSES: tuple[tuple[type[BaseException], Cause], ...] = (
    (LostName, "load"),
    (MissingName, "missing"),
    (StudentTimeout, "time-out"),
    (StudentCrash, "crash"),
    (StudentException, "raised"),
    (MalformedAnswer, "type"),
)


def verdict_of(error: BaseException, fatal: StudentError | None = None) -> Verdict:
    """Only an assertion or a StudentError costs points; anything else is the grader's own failure.

    `fatal`: what ended the student's process during the check. A time-out is told as one, whatever the check says.
    """
    if isinstance(error, pytest.skip.Exception):
        return Verdict("skipped", str(error.msg))
    if isinstance(error, NotJudged):
        return Verdict("unjudged", str(error))
    if isinstance(error, (NeedsPerson, MachineLack)):
        return Verdict("pending", str(error))
    if isinstance(error, (Flaky, BaseExceptionGroup)):
        found = next((e for e in causes(error) if isinstance(e, (AssertionError, StudentError))), None)
        if found is not None:
            return _failed(_slow(error, fatal) or found, "the answer changes from one call to the next: ")
    if isinstance(error, (AssertionError, StudentError)):
        return _failed(_slow(error, fatal) or error)
    return Verdict("error", "".join(traceback.format_exception(error))[-4000:])


def _slow(error: BaseException, fatal: StudentError | None) -> StudentTimeout | None:
    """The time-out behind a failure, with the failure's calls."""
    found = next((e for e in (*causes(error), fatal) if isinstance(e, StudentTimeout)), None)
    if found is not None and not getattr(found, "calls", ()):
        found.calls = getattr(error, "calls", ())  # type: ignore[attr-defined]
    return found


def causes(error: BaseException) -> Iterator[BaseException]:
    """The exceptions inside a group and behind an exception, nearest first."""
    seen: set[int] = set()
    queue: list[BaseException | None] = [error]
    while queue:
        current = queue.pop(0)
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        queue += [*getattr(current, "exceptions", ()), current.__cause__, current.__context__]


def _failed(error: BaseException, before: str = "") -> Verdict:
    cause: Cause = next((cause for kind, cause in CAUSES if isinstance(error, kind)), "")
    cause = "type" if not cause and _raised_in(error) in ACCESS else cause
    origin = f"{error.kind} in {error.where}" if isinstance(error, StudentException) else ""
    return replace(_told(error, "" if cause == "time-out" else before), cause=cause, origin=origin)


def _raised_in(error: BaseException) -> str:
    """The file in which the failure was found: not that of `expect` itself."""
    files = [Path(frame.f_code.co_filename) for frame, _ in traceback.walk_tb(error.__traceback__)]
    return next((file.name for file in reversed(files) if file != Path(expect.__code__.co_filename)), "")


def _told(error: BaseException, before: str) -> Verdict:
    calls: tuple[Call, ...] = getattr(error, "calls", ())
    call = show_calls(calls)
    if isinstance(error, Mismatch):
        example = Counterexample(call, error.got, error.expected) if call or error.got else None
        return Verdict("failed", before + error.message, example)
    if isinstance(error, MissingName):
        return Verdict("failed", before + str(error))
    if isinstance(error, MalformedAnswer):
        return Verdict("failed", f"{before}what came back can't be read: {error}", _example(call, str(error)))
    return Verdict("failed", before + (str(error) or "the property does not hold"), _example(call, str(error)))


def _example(call: str, got: str) -> Counterexample | None:
    return Counterexample(call, got, "") if call else None
