"""Whether a model of a submission reaches the bar when the judge trains it.

First what needs no training (Learner.examine), then as many trainings as the recipe allows, each in a process of its
own with data drawn anew. Targets of the validation and the test part never leave this process: predictions come back
and are counted here.

However the student's code behaves, one model ends within `Recipe.seconds` of wall clock and a few seconds for starting
processes; a single answer may take a third of that. Correct models take a few seconds.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Generic

import numpy as np

from autograder.errors import MissingName, StudentError
from autograder.evidence import Attempt, ClassVerdict
from autograder.judge.expect import Mismatch
from autograder.judge.seeds import seed_of
from autograder.kit.training.attempt import Trained, train, what_failed
from autograder.kit.training.task import D, Task
from autograder.metrics import in_words, meets
from autograder.student.proxy import Student
from autograder.wire.limits import Limits

MAX_BROKEN = 2  # attempts: what fails twice is no accident
STRUCTURE_SECONDS = 30.0


@dataclass(frozen=True)
class Verifier(Generic[D]):
    """One task for one model of a submission.

    `submission`: as it was judged, with what the harness defines for it; its own process is left alone. `name`: the
    model's. `secret` and `salt`: what all random numbers come from; a salt of its own for every run keeps students from
    learning anything from an earlier one.
    """

    submission: Student
    name: str
    task: Task[D]
    secret: bytes
    salt: str

    def seed(self, *parts: object) -> int:
        """Return the seed of one use of random numbers."""
        return seed_of(self.secret, " ".join(map(str, ("accuracy", self.salt, self.name, *parts))))

    def draw(self, number: int) -> D:
        """Return the data of an attempt."""
        return self.task.draw(self.seed(number, "split"))

    @contextmanager
    def student(self, seconds: float, used: list[float]) -> Iterator[Student]:
        """The submission loaded in a fresh process that has so much wall clock for everything.

        used: the processor time of the process is appended at its end.

        Raises:
            StudentError: loading it takes all the time.
            SandboxError: no process could be started.
        """
        call = min(seconds, self.task.recipe.seconds / 3)
        limits = Limits(call_seconds=call, item_seconds=seconds, submission_seconds=seconds)
        student = self.submission.anew(limits)
        try:
            student.load()
            student.begin_check()
            yield student
        finally:
            student.close()
            used.append(student.used.cpu_seconds)


def verify(submission: Student, name: str, task: Task[D], *, secret: bytes, salt: str | None = None) -> ClassVerdict:
    """Structure first, then attempts until one of them reaches the bar. See Verifier for the arguments; `salt` is drawn
    when it is not given.

    Raises:
        SandboxError: no student process could be started.
    """
    salt = secrets.token_hex(8) if salt is None else salt
    verifier = Verifier(submission, name, task, secret, salt)
    started, used = time.process_time(), list[float]()
    blank = ClassVerdict(
        name, "broken", "", None, task.metric.bar, task.recipe.name, task.data, metric=task.metric.name
    )
    found = _structure(verifier, blank, used) or _attempts(verifier, blank, used)
    return replace(found, seconds=time.process_time() - started + sum(used))


def _structure(verifier: Verifier[D], blank: ClassVerdict, used: list[float]) -> ClassVerdict | None:
    """A verdict where training would prove nothing."""
    rng = np.random.default_rng(verifier.seed("structure"))
    name, task, data = verifier.name, verifier.task, verifier.draw(0)  # as in the training that may follow
    try:
        with verifier.student(STRUCTURE_SECONDS, used) as student:
            clause = task.build(student, data, 0).examine(rng)
    except MissingName:
        reason = f"The notebook has no {task.noun} {name}, or its cell failed to load."
        return replace(blank, verdict="absent", reason=reason)
    except (StudentError, Mismatch) as error:
        return replace(blank, reason=f"{name} can't be used: {what_failed(error)}.")
    if clause:
        return replace(blank, verdict="structure", reason=f"{name} was not trained, since {clause}.")
    return None


def _attempts(verifier: Verifier[D], blank: ClassVerdict, used: list[float]) -> ClassVerdict:
    """Train until an attempt reaches the bar, the attempts are used up, or the time is."""
    task, results = verifier.task, list[Trained]()
    deadline = time.monotonic() + task.recipe.seconds
    while len(results) < task.recipe.attempts and sum(bool(r.broken) for r in results) < MAX_BROKEN:
        left = deadline - time.monotonic()
        if left < 1:
            break
        results.append(_attempt(verifier, len(results), left, used))
        value = results[-1].attempt.test_acc
        if results[-1].fault or (value is not None and meets(task.metric, value)):
            break
    return _conclude(task, blank, results)


def _attempt(verifier: Verifier[D], number: int, seconds: float, used: list[float]) -> Trained:
    """The training's seed is known in the student's process; from the split's, targets could be worked out there."""
    seed, data = verifier.seed(number) % 2**32, verifier.draw(number)
    rng = np.random.default_rng(verifier.seed(number, "afterwards"))
    try:
        with verifier.student(seconds, used) as student:
            return train(student, verifier.task, data, seed, rng)
    except StudentError as error:  # while it was loaded
        clause = what_failed(error)
        return Trained(Attempt(seed, (), 0.0, None, 0.0, f"ended: {clause}"), broken=clause)


def _conclude(task: Task[D], blank: ClassVerdict, results: list[Trained]) -> ClassVerdict:
    """The verdict that the attempts add up to; the best one's figures."""
    best = max(results, key=lambda r: (task.rank(r.attempt.test_acc), task.rank(_validated(r))))
    test = best.attempt.test_acc
    found = replace(blank, test_acc=test, attempts=tuple(r.attempt for r in results))
    if best.tested is not None:
        found = replace(found, shuffled=best.tested.shuffled, truncated=best.tested.truncated)
    bar, name, many = f"the bar is {task.metric.bar:g}", blank.name, _times(len(results))
    if best.fault:
        return replace(found, verdict="structure", reason=f"{name} does not count, since {best.fault}.")
    if test is not None and meets(task.metric, test, task.bound):
        return replace(found, verdict="verified", reason=_reached(task, name, test), doubt=_doubt(task, name, test))
    broken = [r.broken for r in results if r.broken]
    if broken and (len(broken) == MAX_BROKEN or test is None):
        return replace(found, reason=f"{name} can't be trained: {broken[-1]}.")
    shown = f"{best.attempt.valid_acc:.3f} in validation"
    what = f"{test:.3f} on {task.tested:,} {task.units}" if test is not None else shown
    return replace(found, verdict="below", reason=f"{name} was trained {many} and reached {what}; {bar}.")


def _validated(result: Trained) -> float | None:
    return result.attempt.valid_acc if result.attempt.curve else None


def _reached(task: Task[D], name: str, value: float) -> str:
    many, bar = f"{task.tested:,} {task.units}", f"the bar is {task.metric.bar:g}"
    if meets(task.metric, value):
        return f"{name} reached {value:.3f} on {many} that it had not seen; {bar}."
    return f"{name} reached {value:.3f} on {many}; {bar}, and {task.bound:.3f} is the same within chance."


def _doubt(task: Task[D], name: str, value: float) -> str:
    if task.incredible is None or not meets(task.metric, value, task.incredible):
        return ""
    what = in_words(task.metric.name, name)
    return f"{name} reaches a {what} of {value:.3f}, better than anything that can be learned here"


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")
