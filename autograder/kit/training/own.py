"""A training of the submission's own, and what it returned: an object in the student process that is only asked."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograder.errors import MalformedAnswer, MissingName, StudentCrash, StudentException, StudentTimeout
from autograder.kit.extensions import OWN_TRAINING
from autograder.student.proxy import Call, Object, Student, unwrap
from autograder.wire.frames import Handle
from autograder.wire.limits import Limits

OUT_OF_TIME = "processor time that one training has"
WALL = 3.0  # seconds of wall clock for one of processor time: other processes run beside it
SHARP = 3.0  # as in kit/inside/own_training.py
STARTING = 60.0  # seconds of wall clock beyond that
SPARE = 600.0  # for loading and for questions


@dataclass(frozen=True)
class Trained:
    """What a training function returned. `left`: its arguments as the call left them, where that was asked for.
    `seconds`: of processor time, as its own process says."""

    object: Object
    seconds: float = 0.0
    left: tuple[Any, ...] = ()

    @property
    def kind(self) -> str:
        """The name of the object's type."""
        return self.object.handle.type_name.rpartition(".")[2]

    def disturb(self, seed: int, scale: float = 1.0) -> int:
        """Overwrite all parameters that it has or holds with random numbers; how many tensors there are.

        Raises:
            StudentError: its process fails.
        """
        answer = self.object.ask("own_training.disturb", seed=seed, scale=scale)
        return answer if type(answer) is int else 0

    def restore(self) -> None:
        """Bring the parameters back."""
        self.object.ask("own_training.restore")

    @contextlib.contextmanager
    def isolated(self, *methods: str) -> Iterator[None]:
        """For a while these methods find the object as it was at the beginning, whatever calls leave in it, and in
        evaluation mode."""
        self.object.ask("own_training.isolate", methods=list(methods))
        try:
            yield
        finally:
            if self.object.student.fatal is None:
                self.object.ask("own_training.release")

    @contextlib.contextmanager
    def lent(self, symbols: str) -> Iterator[None]:
        """For a while the judge's own next-character law (see law) takes the place of its methods."""
        self.object.ask("own_training.lend", symbols=symbols)
        try:
            yield
        finally:
            if self.object.student.fatal is None:
                self.object.ask("own_training.take_back")


def trained_by(
    student: Student, function: str, args: Sequence[Any], *, seconds: float, seed: int, echo: bool = False
) -> Trained:
    """Call a training function of the submission's. `seconds`: of processor time, and not much more of wall clock.

    Raises:
        StudentError: it fails, is not there, or runs out of its time.
    """
    student.extend(OWN_TRAINING)
    call = Call(function, "()", tuple(args), {})
    student.calls.append(call)
    sent = [unwrap(value) for value in args]
    request = {"target": function, "args": sent, "seconds": seconds, "seed": seed % 2**32, "echo": echo}
    limits = student.limits
    try:
        student.limits = replace(limits, call_seconds=WALL * seconds + STARTING)  # one call takes longer than others
        answer = student.ask("own_training.train", function, **request)
    except (StudentTimeout, StudentCrash) as error:
        if isinstance(error, StudentTimeout) or "processor time" in str(error):
            raise type(error)(f"did not end within the {seconds:g} s of {OUT_OF_TIME}") from error
        raise
    except StudentException as error:
        if error.kind == "LookupError" and error.text == function:
            raise MissingName(f"the hand-in does not define `{function}`") from error
        raise
    finally:
        student.limits = limits
    if type(answer) is not list or list(map(type, answer)) != [Handle, float, list]:
        raise MalformedAnswer("the answer is not a trained object")
    found = Object(student, answer[0], function)
    found.notes["title"] = answer[0].type_name.rpartition(".")[2][:60] or "model"
    call.result = answer[0]
    return Trained(found, answer[1], tuple(answer[2]))


def made(student: Student, operation: str, title: str, **arguments: Any) -> Object:
    """What an operation of kit/inside/own_training.py makes: "indexer", "namespace".

    Raises:
        StudentError: the submission's own class fails.
    """
    student.extend(OWN_TRAINING)
    answer = student.ask(f"own_training.{operation}", **arguments)
    if not isinstance(answer, Handle):
        raise MalformedAnswer("the answer is not a handle")
    found = Object(student, answer, title)
    found.notes["shown"] = found.notes["title"] = title
    return found


@contextlib.contextmanager
def trainee(submission: Student, limits: Limits, used: list[float]) -> Iterator[Student]:
    """The submission loaded in a fresh process that has the time for one training and for questions about it.

    used: the processor time of the process is appended at its end.

    Raises:
        StudentError: loading it takes all the time.
        SandboxError: no process could be started.
    """
    wall = WALL * limits.training_seconds + SPARE
    long = replace(limits, item_seconds=2 * wall, submission_seconds=2 * wall)
    student = submission.anew(long)
    try:
        student.load()
        student.begin_check()
        yield student
    finally:
        student.close()
        used.append(student.used.cpu_seconds)


def law(context: str, size: int) -> np.ndarray[Any, Any]:
    """The log-probabilities that `Trained.lent` gives after a context, float64 [size]."""
    draw = np.random.default_rng(zlib.crc32(context.encode()))
    logits = SHARP * draw.random(size)
    found: np.ndarray[Any, Any] = logits - np.log(np.exp(logits).sum())
    return found


def asked(trained: Trained, method: str, several: Sequence[tuple[Any, ...]]) -> list[Any]:
    """The answers of a method to several lists of arguments, as they came, without a gradient's record.

    Raises:
        StudentError: a call fails.
    """
    return list(trained.object.call_each(several, method=method, grad=False))
