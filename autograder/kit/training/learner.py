"""A learner of the usual kind: a module of the submission's that is trained on split sequences by the judge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from autograder.judge.models import Model
from autograder.kit.training.recipe import Recipe
from autograder.kit.training.sequences import Split
from autograder.kit.training.task import Tested
from autograder.kit.training.trainer import Numbers, Trainer


@dataclass
class ModuleLearner:
    """`measure`: the metric of logits and targets: sequences.accuracy, sequences.perplexity. `classes`: how many logits
    the model gives. `examined`: what says why training it would prove nothing; see Learner.examine."""

    model: Model
    data: Split
    recipe: Recipe
    measure: Callable[[Numbers, Numbers], float]
    classes: int
    examined: Callable[[np.random.Generator], str]
    with_lengths: bool = False
    trainer: Trainer = field(init=False)

    @property
    def updates(self) -> int:
        """How many updates one epoch has."""
        return -(-len(self.data.train) // self.recipe.batch)

    def examine(self, rng: np.random.Generator) -> str:
        """See Learner."""
        return self.examined(rng)

    def begin(self, seed: int) -> None:
        """See Learner."""
        self.trainer = Trainer.begin(
            self.model, self.data.train, self.recipe, seed, classes=self.classes, with_lengths=self.with_lengths
        )

    def advance(self, updates: int) -> None:
        """See Learner."""
        self.trainer.advance(updates)

    def validate(self) -> float:
        """See Learner."""
        return self.measure(self.trainer.predict(self.data.valid), self.data.valid.targets)

    def test(self, rng: np.random.Generator) -> Tested:
        """See Learner."""
        return Tested(self.measure(self.trainer.predict(self.data.test), self.data.test.targets))
