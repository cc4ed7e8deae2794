"""One training by the judge's recipe: validated on the way, tested once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from autograder.errors import StudentError
from autograder.evidence import Attempt, Point
from autograder.judge.expect import Mismatch
from autograder.kit.training.task import D, Learner, Task, Tested
from autograder.metrics import meets
from autograder.student.proxy import Student


@dataclass(frozen=True)
class Trained:
    """An attempt and what the model was like afterwards.

    broken: why the student's code failed; fault: why the trained model is not what was asked for; each may be empty.
    """

    attempt: Attempt
    tested: Tested | None = None
    broken: str = ""
    fault: str = ""


def train(student: Student, task: Task[D], data: D, seed: int, rng: np.random.Generator) -> Trained:
    """Train a fresh model in a loaded student process, as far as it takes. Raises nothing of the student's fault.

    seed: of the training, known to the student's process. rng: for what it must not foresee.
    """
    started, curve = time.perf_counter(), list[Point]()
    tested: Tested | None = None
    broken = ""
    try:
        learner = task.build(student, data, seed % 2**32)
        clause = learner.examine(rng)
        if clause:
            attempt = Attempt(seed, (), 0.0, None, time.perf_counter() - started, f"not begun: {clause}")
            return Trained(attempt, fault=clause)
        learner.begin(seed)
        ended, reached = _until_enough(learner, task, curve.append)
        if reached:
            tested = learner.test(rng)
    except (StudentError, Mismatch) as error:
        broken = what_failed(error)
        ended = f"ended: {broken}"
    best = max((point.valid_acc for point in curve), key=task.rank, default=0.0)  # 0.0: it was never validated
    value = None if tested is None else tested.value
    attempt = Attempt(seed, tuple(curve), best, value, time.perf_counter() - started, ended)
    return Trained(attempt, tested, broken, "" if tested is None else tested.fault)


def _until_enough(learner: Learner, task: Task[D], note: Callable[[Point], None]) -> tuple[str, bool]:
    """Train until validation says stop; how it ended, and whether the test is worth taking."""
    recipe, most = task.recipe, "at most" if task.metric.direction == "higher" else "at least"
    done, best = 0, -np.inf if task.metric.direction == "higher" else np.inf
    for part in range(1, recipe.epochs * recipe.slices + 1):
        goal = max(done + 1, round(part * learner.updates / recipe.slices))
        learner.advance(goal - done)
        done = goal
        valid = learner.validate()
        best = max(best, valid, key=task.rank)
        epochs = part / recipe.slices
        note(Point(epochs, valid))
        if meets(task.metric, valid, recipe.stop):
            return f"validation reached {valid:.3f} after {epochs:g} epochs", True
        if not meets(task.metric, best, recipe.give_up) and epochs >= recipe.patience:
            return f"given up: validation was {most} {best:.3f} in {epochs:g} epochs", False
    return f"validation reached {best:.3f} {most} in {recipe.epochs} epochs", meets(task.metric, best, recipe.give_up)


def what_failed(error: StudentError | Mismatch) -> str:
    """One clause, with "it" for the class where it has no subject of its own."""
    text = (error.message if isinstance(error, Mismatch) else str(error)).rstrip(".")
    return f"it {text}" if text.startswith(("raised ", "did ", "was ")) else text
