"""What a training task is: data, how a model learns from it, and the figure that it has to reach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np

from autograder.kit.training.recipe import Recipe
from autograder.metrics import Metric
from autograder.student.proxy import Student

D = TypeVar("D")


@dataclass(frozen=True)
class Tested:
    """What the test showed. `fault`: why the trained model is not what was asked for, one clause about "it"; empty
    where nothing is wrong. `shuffled`, `truncated`: the metric on shuffled and on cut inputs; None: not measured."""

    value: float
    fault: str = ""
    shuffled: float | None = None
    truncated: float | None = None


class Learner(Protocol):
    """One model in a student process, and the data of one attempt. Targets of validation and test stay with the judge.

    Every method raises StudentError where the model's code fails, and Mismatch where it answers something that can't
    be judged.
    """

    @property
    def updates(self) -> int:
        """How many updates one epoch has."""
        ...

    def examine(self, rng: np.random.Generator) -> str:
        """Say why training would prove nothing, one clause about "it"; empty where nothing is wrong. Costs no training,
        and leaves the model as it was."""
        ...

    def begin(self, seed: int) -> None:
        """Hand the training data over."""
        ...

    def advance(self, updates: int) -> None:
        """Train on."""
        ...

    def validate(self) -> float:
        """Return the metric on the validation data."""
        ...

    def test(self, rng: np.random.Generator) -> Tested:
        """Return the metric on the test data, once."""
        ...


@dataclass(frozen=True)
class Task(Generic[D]):
    """What a model has to learn, as an assignment declares it.

    `data`: where the data is from, "synthetic" or a file's name. `units`: what the test has `tested` of, in words:
    "reviews". `draw`: the data of one attempt by its seed, split anew. `build`: a fresh model of the submission's in
    evaluation mode, by the seed of its weights. `margin`: how far beyond the metric's bar a figure is still the same
    within chance. `incredible`: a figure that nothing honest reaches here; what does waits for a person. `noun`: what
    the submission calls such a model's code: "class", "function".
    """

    data: str
    units: str
    tested: int
    metric: Metric
    recipe: Recipe
    draw: Callable[[int], D]
    build: Callable[[Student, D, int], Learner]
    margin: float = 0.0
    incredible: float | None = None
    noun: str = "class"

    @property
    def bound(self) -> float:
        """The worst figure that reaches the bar within chance."""
        return self.metric.bar - self.margin if self.metric.direction == "higher" else self.metric.bar + self.margin

    def rank(self, value: float | None) -> float:
        """Return a number that is larger for better figures, and smallest for none."""
        if value is None:
            return -np.inf
        return value if self.metric.direction == "higher" else -value
