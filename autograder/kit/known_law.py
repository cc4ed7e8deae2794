"""The judge's end of kit/inside/known_law.py: models and checkers of its own in a student process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np

from autograder.errors import MalformedAnswer, StudentError
from autograder.kit.comparing import NDArray
from autograder.kit.extensions import INSIDE
from autograder.kit.lab import Context, Lab
from autograder.student.objects import asked_each
from autograder.student.proxy import Call, Extension, Object, Student
from autograder.wire.frames import Array, Handle

KNOWN_LAW = Extension.read(INSIDE / "known_law.py")
Way = Literal["last", "sum", "first"]
PLACES = {"last": "ids", "sum": "ids.cumsum(-1) % {}", "first": "ids[:, :1].expand_as(ids) % {}"}


def known_model(student: Student, logits: NDArray, way: Way = "last", *, gives_state: bool = False) -> Object:
    """A module from ids [b, t] to rows of `logits` [S, V]: by the last token, by the sum of all so far modulo S, or by
    the first; with a state as second value where it `gives_state`."""
    student.extend(KNOWN_LAW)
    table = Array("tensor", logits.astype(np.float32))
    rows = [[round(float(number), 2) for number in row] for row in logits]
    shown = f"lambda ids: torch.tensor({rows})[{PLACES[way].format(len(rows))}]"
    return _object(student, student.ask("known_law.model", args=[table], way=way, gives_state=gives_state), shown)


def asks_model(submission: Student, context: Context, name: str, *args: Any) -> bool:
    """Whether a function of the submission, called in a fresh process with a model of six tokens and further arguments,
    answers and has asked the model."""
    student = submission.anew()
    try:
        student.load()
        student.begin_check()
        model = known_model(student, np.zeros((6, 6)))
        Lab(student, context).raw(name, model, *args)
        return model.get("calls") not in (None, 0)
    except StudentError:
        return False
    finally:
        student.close()


def known_checker(student: Student, accepted: Sequence[Sequence[str]]) -> Object:
    """A function from a list of tokens to whether it is one of these."""
    student.extend(KNOWN_LAW)
    shown = f"lambda tokens: list(tokens) in {[list(tokens) for tokens in accepted]!r}"
    return _object(student, student.ask("known_law.checker", accepted=[list(one) for one in accepted]), shown)


def each(lab: Lab, name: str, cases: Sequence[Any]) -> Iterator[Any]:
    """What a declared function of one argument returns for each of these, asked all at once; see Lab.call. Of the calls
    only the one at hand is shown.

    Raises:
        StudentError: the function fails, or can't be had.
        Mismatch: it returns something else than was asked for.
    """
    function: Any = lab.asked(name)
    lab.expect_there(name)
    calls = [Call(name, "()", (case,), {}) for case in cases]
    for answer in asked_each(lab.student, name, name, calls):
        del lab.student.calls[:-1]
        yield function.returns.read(answer, {}, name)


def _object(student: Student, handle: Any, shown: str) -> Object:
    if not isinstance(handle, Handle):
        raise MalformedAnswer("the answer is not a handle")
    found = Object(student, handle, "lambda")
    found.notes["shown"] = shown
    return found
