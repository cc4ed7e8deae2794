"""Verified accuracy and verified perplexity: the submission's own training, then questions, counted by the judge.

A process is asked in the order of the text, step by step, so that it never holds what comes after a context it is to
predict from. Every training has a process of its own, and the two parts never share one.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from autograder.assignments.charlm.answers import form_of
from autograder.assignments.charlm.api import Lab, log_probs, predictions
from autograder.assignments.charlm.context import ALPHABET, CLASSIFIER, LANGUAGE_MODEL, TRAINERS, Context, Settings
from autograder.assignments.charlm.data import PASSAGE, Material
from autograder.errors import MissingName, StudentError
from autograder.evidence import Attempt, ClassVerdict
from autograder.judge.expect import Mismatch
from autograder.judge.seeds import seed_of
from autograder.kit.comparing import NDArray
from autograder.kit.training.attempt import what_failed
from autograder.kit.training.own import Trained, trainee
from autograder.metrics import Metric, meets
from autograder.student.proxy import Student

ERRORS = 3.0  # standard errors within which a figure is the bar's by chance
AT_ONCE = 8  # windows of places far apart that are asked for at once
DISTURBED_WINDOWS, DISTURBED_STEPS = 400, 24  # asked again once the parameters are random numbers
KEPT = 0.5  # of what a model gained over guessing: what keeps more without its parameters does not live by them
CHANCE = {"accuracy": 0.5, "perplexity": float(len(ALPHABET))}


@dataclass(frozen=True)
class Figure:
    """What one trained model reached. `error`: its standard error. `fault`: why it does not count; `doubt`: why a
    person should look; one clause each, empty for nothing."""

    value: float
    error: float
    fault: str = ""
    doubt: str = ""


@dataclass
class Bars:
    """What is the same for both parts; `used`: processor time of the student processes so far."""

    student: Student
    context: Context
    material: Material
    metrics: dict[str, Metric]
    settings: Settings
    secret: bytes
    salt: str
    used: list[float] = field(default_factory=list)

    def seed(self, *parts: object) -> int:
        """Return the seed of one use of random numbers."""
        return seed_of(self.secret, " ".join(map(str, ("charlm", self.salt, *parts))))

    def rng(self, *parts: object) -> np.random.Generator:
        """Random numbers for one use."""
        return np.random.default_rng(self.seed(*parts))

    # ---- the two parts -----------------------------------------------------------------------------------------------
    def classifier(self) -> ClassVerdict:
        """Whether the classifier reaches the bar of accuracy.

        Raises:
            SandboxError: no student process could be started.
        """
        windows = self.material.windows(self.rng("windows"))
        lists = (self.material.train, self.material.dev)
        args = [list(part) for two in lists for part in (two.consonant, two.vowel)]

        mend = "clf.predict" in self.context.broken  # what a call leaves behind, or dropout, is charged there

        def measure(trained: Trained) -> Figure:
            with mended(trained, mend, "predict"):
                right = np.array(self._right(trained, windows))
            value = float(right.mean())
            error = math.sqrt(self.metrics["accuracy"].bar * (1 - self.metrics["accuracy"].bar) / len(right))
            turned = "clf.train" in self.context.broken and value < 0.5  # the two answers exchanged: charged there
            return Figure(1 - value if turned else value, error)

        def again(trained: Trained) -> float:
            return float(np.mean(self._right(trained, windows[:DISTURBED_WINDOWS])))

        many = f"{len(windows):,} windows"
        return self._verdict(CLASSIFIER, "accuracy", args, many, measure, again)

    def language_model(self) -> ClassVerdict:
        """Whether the language model reaches the bar of perplexity.

        Raises:
            SandboxError: no student process could be started.
        """
        passages = self.material.passages(self.rng("passages"))
        limit = self.material.floor or self.settings.incredible

        mend = "lm.next" in self.context.broken  # what is wrong with a distribution is charged there

        def measure(trained: Trained) -> Figure:
            with mended(trained, mend, "get_next_char_log_probs", "get_log_prob_single"):
                losses, fault = self._losses(trained, passages, PASSAGE, mend)
            value, error = math.exp(min(losses.mean(), 700.0)), float(losses.std() / math.sqrt(losses.size))
            low = limit * math.exp(-ERRORS * error) if self.material.floor else limit
            doubt = f"it reaches a perplexity of {value:.2f}, below what can be reached here ({low:.2f})"
            return Figure(value, error, fault, doubt if value < low else "")

        def again(trained: Trained) -> float:
            return math.exp(min(self._losses(trained, passages, DISTURBED_STEPS, mend)[0].mean(), 700.0))

        many = f"{sum(map(len, passages)):,} characters"
        args = [self.material.text, self.material.dev_text]
        return self._verdict(LANGUAGE_MODEL, "perplexity", args, many, measure, again)

    # ---- questions ---------------------------------------------------------------------------------------------------
    @staticmethod
    def _right(trained: Trained, windows: Sequence[tuple[str, int]]) -> list[bool]:
        """Whether each prediction is right. Asked at the same pace from places far apart."""
        pace = -(-len(windows) // AT_ONCE)
        found: dict[int, int] = {}
        for step in range(pace):
            places = range(step, len(windows), pace)
            answers = predictions(trained, [windows[place][0] for place in places])
            found |= dict(zip(places, answers, strict=True))
        return [found[place] == label for place, (_, label) in enumerate(windows)]

    @staticmethod
    def _losses(trained: Trained, passages: Sequence[str], steps: int, mend: bool) -> tuple[NDArray, str]:
        """Minus the log-probability of each character, [steps · passages], and what is wrong with the distributions.
        With `mend`, what is no natural logarithm is taken for what it was meant to be."""
        losses, fault = [], ""
        for step in range(steps):
            vectors = log_probs(trained, [f" {passage[:step]}" for passage in passages])
            for vector, passage in zip(vectors, passages, strict=True):
                form = form_of(vector)
                if form.name != "log" and not fault and not mend:
                    fault = (
                        f"its probabilities after {step + 1} characters sum to {total(vector):.3g} and not to 1 "
                        "(exp of natural logarithms is summed)"
                    )
                losses.append(-float(form.logs[ALPHABET.index(passage[step])]))
            if fault:
                break
        return np.nan_to_num(np.array(losses), nan=1e3, posinf=1e3), fault

    # ---- a verdict ---------------------------------------------------------------------------------------------------
    def _verdict(
        self,
        name: str,
        metric: str,
        args: Sequence[object],
        many: str,
        measure: Callable[[Trained], Figure],
        again: Callable[[Trained], float],
    ) -> ClassVerdict:
        """Train and measure until a figure reaches the bar, as often as chance may decide. `again`: the figure once the
        parameters are random numbers."""
        bar, started, before = self.metrics[metric], time.process_time(), len(self.used)
        blank = ClassVerdict(name, "broken", "", None, bar.bar, "own training", self.material.name, metric=metric)
        attempts, found = list[Attempt](), blank
        while len(attempts) < self.settings.trainings:
            begun, number = time.perf_counter(), len(attempts)
            seed = self.seed(name, number) % 2**32
            figure, ended, doubt = self._attempt(name, metric, args, seed, measure, again)
            value = None if figure is None else figure.value
            attempts.append(Attempt(seed, (), 0.0, value, time.perf_counter() - begun, ended))
            found = self._concluded(blank, found, figure, ended, doubt, many, len(attempts))
            if found.verdict != "below" or figure is None or not self._chance(bar, figure):
                break
        seconds = time.process_time() - started + sum(self.used[before:])
        return replace(found, attempts=tuple(attempts), seconds=seconds)

    def _attempt(
        self,
        name: str,
        metric: str,
        args: Sequence[object],
        seed: int,
        measure: Callable[[Trained], Figure],
        again: Callable[[Trained], float],
    ) -> tuple[Figure | None, str, str]:
        """One training: its figure or why there is none, how it ended, and why a person should look."""
        figure: Figure | None = None
        try:
            with trainee(self.student, self.student.limits, self.used) as student:
                try:
                    trained = Lab(student, self.context, seed).train(name, list(args), seconds=student.limits.training_seconds)
                    figure = measure(trained)
                    doubt = figure.doubt
                    if meets(self.metrics[metric], figure.value, self._bound(self.metrics[metric], figure)):
                        doubt = doubt or lifeless(name, metric, trained, figure.value, seed, again)
                finally:
                    self.context.printed += student.used.output or _printed(student)
        except MissingName as error:
            return None, f"absent: {error}", ""
        except (StudentError, Mismatch) as error:
            if figure is None:
                return None, what_failed(error), ""
            doubt = ""
        return figure, f"{figure.value:.3f} on what it had not seen", doubt

    def _concluded(
        self, blank: ClassVerdict, best: ClassVerdict, figure: Figure | None, ended: str, doubt: str, many: str, n: int
    ) -> ClassVerdict:
        """What is known after n trainings, of which `best` was the best so far."""
        name, metric = blank.name, self.metrics[blank.metric]
        if figure is None:
            if ended.startswith("absent: "):
                return replace(blank, verdict="absent", reason=f"The hand-in has no {TRAINERS[name]}.")
            return replace(blank, reason=f"{name} can't be judged: {ended}.")
        found = replace(blank, test_acc=figure.value, doubt=doubt)
        shown, bar = f"{figure.value:.3f} on {many} that it had not seen", f"the bar is {metric.bar:g}"
        if figure.fault:
            return replace(found, verdict="structure", reason=f"{name} does not count, since {figure.fault}.")
        if meets(metric, figure.value):
            return replace(found, verdict="verified", reason=f"{name} reached {shown}; {bar}.")
        last = n == self.settings.trainings
        if metric.direction == "higher" and last and meets(metric, figure.value, self._bound(metric, figure)):
            reason = f"{name} reached {shown}; {bar}, and {self._bound(metric, figure):.3f} is the same within chance."
            return replace(found, verdict="verified", reason=reason)
        times = {1: "once", 2: "twice"}.get(n, f"{n} times")
        below = replace(found, verdict="below", reason=f"{name} was trained {times} and reached {shown}; {bar}.")
        better = best.test_acc is None or meets(metric, figure.value, best.test_acc)
        return below if better else replace(best, reason=below.reason)

    @staticmethod
    def _bound(metric: Metric, figure: Figure) -> float:
        """The worst figure that is the bar within chance."""
        if metric.direction == "higher":
            return metric.bar - ERRORS * figure.error
        return metric.bar * math.exp(ERRORS * figure.error)

    def _chance(self, metric: Metric, figure: Figure) -> bool:
        return meets(metric, figure.value, self._bound(metric, figure))


def mended(trained: Trained, mend: bool, *methods: str) -> contextlib.AbstractContextManager[None]:
    """Isolated where something is wrong with these methods, else as it is."""
    return trained.isolated(*methods) if mend else contextlib.nullcontext()


def lifeless(
    name: str, metric: str, trained: Trained, value: float, seed: int, again: Callable[[Trained], float]
) -> str:
    """Why a good figure is not a trained network's, one clause; empty where it is. Overwrites the parameters."""
    try:
        if not trained.disturb(seed):
            return f"{name} holds no parameters of a network"
        left = again(trained)
    except (StudentError, Mismatch):
        return ""  # it can't do without its parameters
    gained = abs(math.log(value / CHANCE[metric]))
    kept = math.log(left / CHANCE[metric]) * (1 if metric == "accuracy" else -1)
    if kept > KEPT * gained:
        return f"with random numbers in the place of its parameters {name} still reaches {left:.2f}: they hardly matter"
    return ""


def total(vector: NDArray) -> float:
    """The sum of probabilities, if the numbers are natural logarithms."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.exp(vector).sum())


def _printed(student: Student) -> str:
    """What the process printed so far."""
    process = student._process
    return "" if process is None else process.output
