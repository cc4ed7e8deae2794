"""Whether the model classes of a submission reach the bar when the judge trains them.

First what needs no training (structure.py), then up to four trainings, each in a process of its own with data drawn
anew. Labels of the validation and the test part never leave this process: predictions come back and are counted here.

However the student's code behaves, one class ends within `Recipe.seconds` of wall clock and a few seconds for starting
processes (90 s on the synthetic language, 420 s on the real reviews); a single answer may take a third of that. Correct
classes take a few seconds.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from autograder.accuracy import structure
from autograder.accuracy.attempt import Trained, train, what_failed
from autograder.accuracy.candidate import Candidate
from autograder.accuracy.data import Data, draw
from autograder.accuracy.recipe import Recipe, lower_bound
from autograder.accuracy.tokens import Tokens
from autograder.errors import MissingName, StudentError
from autograder.evidence import Attempt, ClassVerdict
from autograder.judge.expect import Mismatch
from autograder.judge.seeds import seed_of
from autograder.student.proxy import Student
from autograder.wire.limits import Limits

MAX_BROKEN = 2  # attempts: what fails twice is no accident
STRUCTURE_SECONDS = 30.0


@dataclass(frozen=True)
class Verifier:
    """What is the same for all classes of a submission.

    `submission`: as it was judged, with what the harness defines for it; its own process is left alone. `threshold`:
    the bar. `secret` and `salt`: what all random numbers come from; a salt of its own for every run keeps students from
    learning anything from an earlier one.
    """

    submission: Student
    tokens: Tokens
    recipe: Recipe
    threshold: float
    secret: bytes
    salt: str

    def seed(self, *parts: object) -> int:
        """The seed of one use of random numbers."""
        return seed_of(self.secret, " ".join(map(str, ("accuracy", self.salt, *parts))))

    @contextmanager
    def student(self, seconds: float, used: list[float]) -> Iterator[Student]:
        """The submission loaded in a fresh process that has so much wall clock for everything.

        used: the processor time of the process is appended at its end.

        Raises:
            StudentError: loading it takes all the time.
            SandboxError: no process could be started.
        """
        call = min(seconds, self.recipe.seconds / 3)
        limits = Limits(call_seconds=call, item_seconds=seconds, submission_seconds=seconds)
        student = self.submission.anew(limits)
        try:
            student.load()
            student.begin_check()
            yield student
        finally:
            student.close()
            used.append(student.used.cpu_seconds)


def verify(
    submission: Student,
    candidates: Sequence[Candidate],
    *,
    tokens: Tokens,
    recipe: Recipe,
    threshold: float,
    secret: bytes,
    salt: str | None = None,
) -> dict[str, ClassVerdict]:
    """The verdict on each class, by name. See Verifier for the arguments; `salt` is drawn when it is not given.

    Raises:
        SandboxError: no student process could be started.
    """
    salt = secrets.token_hex(8) if salt is None else salt
    verifier = Verifier(submission, tokens, recipe, threshold, secret, salt)
    return {candidate.name: judge(verifier, candidate) for candidate in candidates}


def judge(verifier: Verifier, candidate: Candidate) -> ClassVerdict:
    """Structure first, then attempts until one of them reaches the bar."""
    started, used = time.process_time(), list[float]()
    blank = ClassVerdict(
        candidate.name, "broken", "", None, verifier.threshold, verifier.recipe.name, verifier.tokens.name
    )
    found = _structure(verifier, candidate, blank, used) or _attempts(verifier, candidate, blank, used)
    return replace(found, seconds=time.process_time() - started + sum(used))


def doubted(found: ClassVerdict, on_order: ClassVerdict, bag: float) -> ClassVerdict:
    """A verdict on real reviews, which a bag of words passes as well, beside the one on the language in which order
    alone tells: where that is another one, recurrence may earn nothing, and a person decides. `bag`: accuracy of a bag
    of words on the real reviews."""
    if found.verdict != "verified" or on_order.verdict == "verified":
        return found
    shown = f"{found.shuffled:.3f} with its words shuffled, " if found.shuffled is not None else ""
    doubt = (
        f"{found.name} reaches {found.test_acc or 0.0:.3f} on {found.data}, {shown}where a bag of words reaches "
        f"{bag:.3f}; but where the order of the words alone tells: {on_order.reason}"
    )
    return replace(found, doubt=doubt, seconds=found.seconds + on_order.seconds)


def _structure(verifier: Verifier, candidate: Candidate, blank: ClassVerdict, used: list[float]) -> ClassVerdict | None:
    """A verdict where training would prove nothing."""
    rng = np.random.default_rng(verifier.seed(candidate.name, "structure"))
    name, size = candidate.name, _data(verifier, candidate, 0).vocab_size  # as in the training that may follow
    try:
        with verifier.student(STRUCTURE_SECONDS, used) as student:
            model = candidate.build(student, size, verifier.recipe, seed=0)
            clause = structure.fault(model, size, rng)
    except MissingName:
        return replace(blank, verdict="absent", reason=f"The notebook has no class {name}, or its cell failed to load.")
    except (StudentError, Mismatch) as error:
        return replace(blank, reason=f"{name} can't be used: {what_failed(error)}.")
    if clause:
        return replace(blank, verdict="structure", reason=f"{name} was not trained, since {clause}.")
    return None


def _attempts(verifier: Verifier, candidate: Candidate, blank: ClassVerdict, used: list[float]) -> ClassVerdict:
    """Train until an attempt reaches the bar, the attempts are used up, or the time is."""
    recipe, results = verifier.recipe, list[Trained]()
    deadline = time.monotonic() + recipe.seconds
    while len(results) < recipe.attempts and sum(bool(r.broken) for r in results) < MAX_BROKEN:
        left = deadline - time.monotonic()
        if left < 1:
            break
        results.append(_attempt(verifier, candidate, len(results), left, used))
        if results[-1].fault or (results[-1].attempt.test_acc or 0.0) >= verifier.threshold:
            break
    return _conclude(verifier, blank, results)


def _attempt(verifier: Verifier, candidate: Candidate, number: int, seconds: float, used: list[float]) -> Trained:
    """The training's seed is known in the student's process; from the split's, the labels could be worked out there."""
    recipe, seed = verifier.recipe, verifier.seed(candidate.name, number) % 2**32
    data = _data(verifier, candidate, number)
    rng = np.random.default_rng(verifier.seed(candidate.name, number, "afterwards"))
    try:
        with verifier.student(seconds, used) as student:
            return train(student, candidate, data, recipe, seed, rng)
    except StudentError as error:  # while it was loaded
        clause = what_failed(error)
        return Trained(Attempt(seed, (), 0.0, None, 0.0, f"ended: {clause}"), broken=clause)


def _data(verifier: Verifier, candidate: Candidate, number: int) -> Data:
    recipe = verifier.recipe
    seed = verifier.seed(candidate.name, number, "split")
    return draw(verifier.tokens, recipe.shares, recipe.min_count, recipe.common, seed)


def _conclude(verifier: Verifier, blank: ClassVerdict, results: list[Trained]) -> ClassVerdict:
    """The verdict that the attempts add up to; the best one's figures."""
    best = max(results, key=lambda r: (r.attempt.test_acc or 0.0, r.attempt.valid_acc))
    test = best.attempt.test_acc
    found = replace(
        blank,
        test_acc=test,
        attempts=tuple(r.attempt for r in results),
        shuffled=best.shuffled,
        truncated=best.truncated,
    )
    tested = tested_reviews(verifier)
    bound = lower_bound(verifier.threshold, tested)
    bar, name, many = f"the bar is {verifier.threshold:g}", blank.name, _times(len(results))
    if best.fault:
        return replace(found, verdict="structure", reason=f"{name} does not count, since {best.fault}.")
    if test is not None and test >= verifier.threshold:
        reason = f"{name} reached {test:.3f} on {tested:,} reviews that it had not seen; {bar}."
        return replace(found, verdict="verified", reason=reason)
    if test is not None and test >= bound:
        reason = f"{name} reached {test:.3f} on {tested:,} reviews; {bar}, and {bound:.3f} is the same within chance."
        return replace(found, verdict="verified", reason=reason)
    broken = [r.broken for r in results if r.broken]
    if broken and (len(broken) == MAX_BROKEN or test is None):
        return replace(found, reason=f"{name} can't be trained: {broken[-1]}.")
    what = f"{test:.3f} on {tested:,} reviews" if test is not None else f"{best.attempt.valid_acc:.3f} in validation"
    return replace(found, verdict="below", reason=f"{name} was trained {many} and reached {what}; {bar}.")


def tested_reviews(verifier: Verifier) -> int:
    """How many reviews a test has, to the nearest few."""
    shares, tokens = verifier.recipe.shares, verifier.tokens
    if tokens.lessons:
        return (len(tokens.lengths) - tokens.lessons) * shares[2] // (shares[1] + shares[2])
    return len(tokens.lengths) * shares[2] // sum(shares)


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")
