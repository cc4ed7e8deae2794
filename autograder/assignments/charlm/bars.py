"""Verified accuracy and perplexity of charlm: what a submission's own trainings are given, and what is counted.

A process is asked in the order of the text, step by step, so that it never holds what comes after a context from which
it is to predict. Every training has a process of its own, and the two parts never share one.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autograder.assignments.charlm.api import Lab, predictions
from autograder.assignments.charlm.context import CLASSIFIER, LANGUAGE_MODEL, TRAINERS, Context, Settings
from autograder.assignments.charlm.data import PASSAGE, Material
from autograder.evidence import ClassVerdict
from autograder.judge.seeds import seed_of
from autograder.kit.characters import ALPHABET
from autograder.kit.characters.answers import form_of, label, meant, total
from autograder.kit.characters.editions import log_probs
from autograder.kit.comparing import NDArray
from autograder.kit.training.own import Trained
from autograder.kit.training.own_verdict import ERRORS, Figure, OwnTask, Trials
from autograder.metrics import Metric
from autograder.student.proxy import Student

AT_ONCE = 8  # windows of places far apart that are asked for at once
DISTURBED_WINDOWS, DISTURBED_STEPS = 400, 24  # asked again once the parameters are random numbers
NEXT = ("get_next_char_log_probs", "get_log_prob_single")


@dataclass(frozen=True)
class Bars:
    """What is the same for both parts. `salt`: another one for every run."""

    student: Student
    context: Context
    material: Material
    metrics: dict[str, Metric]
    settings: Settings
    secret: bytes
    salt: str

    def seed(self, *parts: object) -> int:
        """Return the seed of one use of random numbers."""
        return seed_of(self.secret, " ".join(map(str, ("charlm", self.salt, *parts))))

    def verdict(self, task: OwnTask) -> ClassVerdict:
        """Train, measure, and keep what was printed.

        Raises:
            SandboxError: no student process could be started.
        """
        trials = Trials(task, self.student)
        found = trials.verdict(lambda number: self.seed(task.name, number))
        self.context.printed += trials.printed
        return found

    def classifier(self) -> OwnTask:
        """The classifier and its accuracy."""
        windows = self.material.windows(np.random.default_rng(self.seed("windows")))
        train, dev, metric = self.material.train, self.material.dev, self.metrics["accuracy"]
        mend = "clf.predict" in self.context.broken  # what a call leaves behind, or dropout, is charged there

        def learn(student: Student, seed: int) -> Trained:
            lists = [list(part) for two in (train, dev) for part in (two.consonant, two.vowel)]
            seconds = student.limits.training_seconds
            return Lab(student, self.context, seed).train(CLASSIFIER, lists, seconds=seconds)

        def measure(trained: Trained) -> Figure:
            with mended(trained, mend, "predict"):
                value = float(np.mean(right(trained, windows, mend)))
            turned = "clf.train" in self.context.broken and value < 0.5  # the two answers exchanged: charged there
            error = math.sqrt(metric.bar * (1 - metric.bar) / len(windows))
            return Figure(1 - value if turned else value, error)

        def again(trained: Trained) -> float:
            return float(np.mean(right(trained, windows[:: -(-len(windows) // DISTURBED_WINDOWS)], mend)))

        many, most = f"{len(windows):,} windows", self.settings.trainings
        function, name = TRAINERS[CLASSIFIER], self.material.name
        return OwnTask(CLASSIFIER, function, metric, name, many, 0.5, most, learn, measure, again)

    def language_model(self) -> OwnTask:
        """The language model and its perplexity."""
        passages = self.material.passages(np.random.default_rng(self.seed("passages")))
        floor, metric = self.material.floor, self.metrics["perplexity"]
        mend = "lm.next" in self.context.broken  # what is wrong with a distribution is charged there

        def learn(student: Student, seed: int) -> Trained:
            texts, seconds = [self.material.text, self.material.dev_text], student.limits.training_seconds
            return Lab(student, self.context, seed).train(LANGUAGE_MODEL, texts, seconds=seconds)

        def measure(trained: Trained) -> Figure:
            with mended(trained, mend, *NEXT):
                losses, fault = losses_of(trained, passages, PASSAGE, mend)
            value, error = perplexity(losses), float(losses.std() / math.sqrt(losses.size))
            low = floor * math.exp(-ERRORS * error) if floor else self.settings.incredible
            doubt = f"it reaches a perplexity of {value:.2f}; below {low:.2f} nothing can be learned from such a text"
            return Figure(value, error, fault, doubt if value < low else "")

        def again(trained: Trained) -> float:
            return perplexity(losses_of(trained, passages, DISTURBED_STEPS, True)[0])

        many, most = f"{sum(map(len, passages)):,} characters", self.settings.trainings
        function, name, guessed = TRAINERS[LANGUAGE_MODEL], self.material.name, float(len(ALPHABET))
        return OwnTask(LANGUAGE_MODEL, function, metric, name, many, guessed, most, learn, measure, again)


def mended(trained: Trained, mend: bool, *methods: str) -> contextlib.AbstractContextManager[None]:
    """Isolated where something is wrong with these methods, else as it is."""
    return trained.isolated(*methods) if mend else contextlib.nullcontext()


def perplexity(losses: NDArray) -> float:
    """exp of the mean, never the mean of exponentials."""
    return math.exp(min(float(losses.mean()), 700.0))


def right(trained: Trained, windows: Sequence[tuple[str, int]], mend: bool) -> list[bool]:
    """Whether each prediction is right. Asked at the same pace from places far apart. With `mend`, an answer of a wrong
    form is taken for what it was meant to be."""
    pace = -(-len(windows) // AT_ONCE)
    found: dict[int, int] = {}
    for step in range(pace):
        places = range(step, len(windows), pace)
        answers = predictions(trained, [windows[place][0] for place in places], meant if mend else label)
        found |= dict(zip(places, answers, strict=True))
    return [found[place] == own for place, (_, own) in enumerate(windows)]


def losses_of(trained: Trained, passages: Sequence[str], steps: int, mend: bool) -> tuple[NDArray, str]:
    """Minus the log-probability of each character, [steps · passages], and what is wrong with the distributions, one
    clause. With `mend`, what is no natural logarithm is taken for what it was meant to be."""
    losses, fault = [], ""
    for step in range(steps):
        vectors = log_probs(trained, [f" {passage[:step]}" for passage in passages])
        for vector, passage in zip(vectors, passages, strict=True):
            form = form_of(vector)
            if form.name != "log" and not mend:
                what = f"its probabilities after {step + 1} characters sum to {total(vector):.3g} and not to 1"
                fault = f"{what} (exp of natural logarithms is summed)"
            losses.append(-float(form.logs[ALPHABET.index(passage[step])]))
        if fault:
            break
    return np.nan_to_num(np.array(losses), nan=1e3, posinf=1e3), fault
