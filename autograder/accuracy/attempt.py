"""One training by the judge's recipe: validated on the way, tested once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.accuracy import structure
from autograder.accuracy.candidate import OUTPUTS, Candidate, Training, accuracy
from autograder.accuracy.data import Data, Part, joined, shuffled, truncated
from autograder.accuracy.recipe import Recipe
from autograder.errors import StudentError
from autograder.evidence import Attempt, Point
from autograder.judge.expect import Mismatch
from autograder.student.proxy import Student

AFTERWARDS = 2000  # test reviews that the trained model is looked at with
AGAIN = 64  # of them: predicted once more, in other batches
BEGINNING = 20  # words
SAME = 1e-3  # of the spread of the logits
ORDER = 0.03  # what shuffling must change at least, likewise; correct models change by 0.08 to 0.27


@dataclass(frozen=True)
class Trained:
    """An attempt and what the model was like afterwards.

    broken: why the student's code failed; fault: why the trained model is no recurrent classifier; each may be empty.
    """

    attempt: Attempt
    shuffled: float | None = None
    truncated: float | None = None
    broken: str = ""
    fault: str = ""


def train(
    student: Student, candidate: Candidate, data: Data, recipe: Recipe, seed: int, rng: np.random.Generator
) -> Trained:
    """Train a fresh object in a loaded student process, as far as it takes. Raises nothing of the student's fault.

    seed: of the training, known to the student's process. rng: for what it must not foresee.
    """
    started, curve = time.perf_counter(), list[Point]()
    test: float | None = None
    after: Sequence[Any] = ("", None, None)
    broken = ""
    try:
        model = candidate.build(student, data.vocab_size, recipe, seed % 2**32)
        clause = structure.fault(model, data.vocab_size, rng)
        if clause:
            attempt = Attempt(seed, (), 0.0, None, time.perf_counter() - started, f"not begun: {clause}")
            return Trained(attempt, fault=clause)
        training = Training.begin(model, data.train, recipe, seed)
        ended, reached = _until_enough(training, data, recipe, curve.append)
        if reached:
            test, *after = _tested(training, data.test, rng)
    except (StudentError, Mismatch) as error:
        broken = what_failed(error)
        ended = f"ended: {broken}"
    best = max((point.valid_acc for point in curve), default=0.0)
    attempt = Attempt(seed, tuple(curve), best, test, time.perf_counter() - started, ended)
    return Trained(attempt, after[1], after[2], broken, after[0])


def _until_enough(training: Training, data: Data, recipe: Recipe, note: Callable[[Point], None]) -> tuple[str, bool]:
    """Train until validation says stop; how it ended, and whether the test is worth taking."""
    epoch = -(-len(data.train) // recipe.batch)
    done, best = 0, 0.0
    for part in range(1, recipe.epochs * recipe.slices + 1):
        goal = max(done + 1, round(part * epoch / recipe.slices))
        training.advance(goal - done)
        done = goal
        valid = accuracy(training.predict(data.valid), data.valid)
        best = max(best, valid)
        epochs = part / recipe.slices
        note(Point(epochs, valid))
        if valid >= recipe.stop:
            return f"validation reached {valid:.3f} after {epochs:g} epochs", True
        if best < recipe.give_up and epochs >= recipe.patience:
            return f"given up: validation was at most {best:.3f} in {epochs:g} epochs", False
    return f"validation reached {best:.3f} at most in {recipe.epochs} epochs", best >= recipe.give_up


def what_failed(error: StudentError | Mismatch) -> str:
    """One clause, with "it" for the class where it has no subject of its own."""
    text = (error.message if isinstance(error, Mismatch) else str(error)).rstrip(".")
    return f"it {text}" if text.startswith(("raised ", "did ", "was ")) else text


def _tested(training: Training, test: Part, rng: np.random.Generator) -> tuple[float, str, float, float]:
    """The accuracy; a fault of the trained model; its accuracy on shuffled words and on the first words only.

    All is asked at once and in mixed order, so that nothing tells a model which reviews are for what.
    """
    some = test.rows(np.arange(min(AFTERWARDS, len(test))))
    again = rng.permutation(len(some))[:AGAIN]
    parts = [test, shuffled(some, rng), truncated(some, BEGINNING), some.rows(again)]
    whole = joined(parts)
    order = rng.permutation(len(whole))
    answers = np.empty((len(whole), OUTPUTS))
    answers[order] = training.predict(whole.rows(order))
    found, after, cut, repeated = np.split(answers, np.cumsum([len(part) for part in parts])[:-1])
    before = found[: len(some)]
    spread = float(np.diff(before).std())
    fault = ""
    if np.abs(repeated - before[again]).max() > SAME * max(spread, 1e-3):
        fault = "once trained, it gives a review other logits in another batch"
    elif np.abs(np.diff(after) - np.diff(before)).mean() <= ORDER * spread:
        fault = "once trained, it does not use the order of the words: it is a bag of words, not a recurrent model"
    return accuracy(found, test), fault, accuracy(after, parts[1]), accuracy(cut, parts[2])
