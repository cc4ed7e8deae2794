"""Whether what a submission's own training returns reaches a bar: trained in fresh processes, counted by the judge."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from autograder.errors import MissingName, StudentError
from autograder.evidence import Attempt, ClassVerdict
from autograder.judge.expect import Mismatch
from autograder.kit.training.attempt import what_failed
from autograder.kit.training.own import Trained, trainee
from autograder.metrics import Metric, meets
from autograder.student.proxy import Student

ERRORS = 3.0  # standard errors within which a figure is the bar's by chance
KEPT = 0.5  # of what a model gained over guessing: what keeps more without its parameters does not live by them


@dataclass(frozen=True)
class Figure:
    """What one trained model reached. `error`: its standard error; relative, where less is better. `fault`: why it does
    not count; `doubt`: why a person should look; one clause each, empty for nothing."""

    value: float
    error: float
    fault: str = ""
    doubt: str = ""


@dataclass(frozen=True)
class OwnTask:
    """What a model of the submission's own training has to reach.

    `name`: of its class; `function`: that trains. `data`, `many`: what it is measured on, in words. `guessed`: the
    figure of guessing. `trainings`: at most, while chance may decide. `train`: calls the function, by a seed.
    `measure`: the figure. `again`: a figure of a part of that, once the parameters are random numbers.
    """

    name: str
    function: str
    metric: Metric
    data: str
    many: str
    guessed: float
    trainings: int
    train: Callable[[Student, int], Trained]
    measure: Callable[[Trained], Figure]
    again: Callable[[Trained], float]

    def bound(self, figure: Figure) -> float:
        """The worst figure that is the bar within chance."""
        if self.metric.direction == "higher":
            return self.metric.bar - ERRORS * figure.error
        return self.metric.bar * math.exp(ERRORS * figure.error)

    def near(self, figure: Figure) -> bool:
        """Whether it reaches the bar, or chance alone may keep it from that."""
        return meets(self.metric, figure.value, self.bound(figure))

    @property
    def blank(self) -> ClassVerdict:
        """A verdict of which nothing is known."""
        bar, metric = self.metric.bar, self.metric.name
        return ClassVerdict(self.name, "broken", "", None, bar, "own training", self.data, metric=metric)


@dataclass(frozen=True)
class Result:
    """One training. `figure`: None where there is none, and `ended` says why."""

    figure: Figure | None
    ended: str
    doubt: str = ""


@dataclass
class Trials:
    """All trainings of one task. `used`: processor time of each; `printed`: what they printed."""

    task: OwnTask
    submission: Student
    used: list[float] = field(default_factory=list)
    printed: str = ""

    def verdict(self, seed: Callable[[int], int]) -> ClassVerdict:
        """Train and measure until a figure reaches the bar, as often as chance may decide. `seed`: of a training.

        Raises:
            SandboxError: no student process could be started.
        """
        started, attempts, best = time.process_time(), list[Attempt](), self.task.blank
        while len(attempts) < self.task.trainings:
            begun, own = time.perf_counter(), seed(len(attempts)) % 2**32
            result = self._trial(own)
            value = None if result.figure is None else result.figure.value
            attempts.append(Attempt(own, (), 0.0, value, time.perf_counter() - begun, result.ended))
            best = self._concluded(best, result, len(attempts))
            if best.verdict != "below" or result.figure is None or not self.task.near(result.figure):
                break
        seconds = time.process_time() - started + sum(self.used)
        return replace(best, attempts=tuple(attempts), seconds=seconds)

    def _trial(self, seed: int) -> Result:
        task, figure, doubt = self.task, None, ""
        try:
            with trainee(self.submission, self.submission.limits, self.used) as student:
                try:
                    trained = task.train(student, seed)
                    figure = task.measure(trained)
                    doubt = figure.doubt
                    if not doubt and task.near(figure):
                        doubt = lifeless(task, trained, figure, seed)
                finally:
                    student.close()
                    self.printed += student.used.output
        except MissingName:
            return Result(None, "absent")
        except (StudentError, Mismatch) as error:
            if figure is None:
                return Result(None, what_failed(error))
        assert figure is not None
        return Result(figure, f"{figure.value:.3f} on what it had not seen", doubt)

    def _concluded(self, best: ClassVerdict, result: Result, number: int) -> ClassVerdict:
        """What is known after so many trainings, of which `best` was the best so far."""
        task, figure = self.task, result.figure
        name, metric = task.name, task.metric
        if figure is None:
            if result.ended == "absent":
                return replace(task.blank, verdict="absent", reason=f"The hand-in has no {task.function}.")
            return replace(task.blank, reason=f"{name} can't be judged: {result.ended}.")
        found = replace(task.blank, test_acc=figure.value, doubt=result.doubt)
        shown, bar = f"{figure.value:.3f} on {task.many} that it had not seen", f"the bar is {metric.bar:g}"
        if figure.fault:
            return replace(found, verdict="structure", reason=f"{name} does not count, since {figure.fault}.")
        if meets(metric, figure.value):
            return replace(found, verdict="verified", reason=f"{name} reached {shown}; {bar}.")
        if metric.direction == "higher" and number == task.trainings and task.near(figure):
            reason = f"{name} reached {shown}; {bar}, and {task.bound(figure):.3f} is the same within chance."
            return replace(found, verdict="verified", reason=reason)
        times = {1: "once", 2: "twice"}.get(number, f"{number} times")
        below = replace(found, verdict="below", reason=f"{name} was trained {times} and reached {shown}; {bar}.")
        better = best.test_acc is None or meets(metric, figure.value, best.test_acc)
        return below if better else replace(best, reason=below.reason)


def lifeless(task: OwnTask, trained: Trained, figure: Figure, seed: int) -> str:
    """Why a good figure is not a trained network's, one clause; empty where it is. Overwrites the parameters."""
    try:
        if not trained.disturb(seed):
            return f"{task.name} holds no parameters of a network"
        left = task.again(trained)
    except (StudentError, Mismatch):
        return ""  # it can't do without its parameters
    better = 1 if task.metric.direction == "higher" else -1
    gained, kept = (better * math.log(value / task.guessed) for value in (figure.value, left))
    if kept <= KEPT * gained:
        return ""
    return (
        f"with random numbers in the place of its parameters {task.name} still reaches {left:.2f}: they hardly matter"
    )
