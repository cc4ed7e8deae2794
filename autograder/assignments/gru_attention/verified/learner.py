"""A next-word predictor that learns from lessons by the judge's recipe: see kit/training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from autograder.assignments.gru_attention.api import Lab
from autograder.assignments.gru_attention.context import Context
from autograder.assignments.gru_attention.verified import structure
from autograder.assignments.gru_attention.verified.lessons import Contexts, Lessons
from autograder.assignments.gru_attention.verified.predictor import Predictor, gru_predictor, transformer_predictor
from autograder.assignments.gru_attention.verified.recipes import Recipe
from autograder.kit.training.sequences import perplexity
from autograder.kit.training.task import Task, Tested
from autograder.kit.training.trainer import Trainer
from autograder.metrics import Metric
from autograder.student.proxy import Student

AGAIN = 128  # contexts of the test that are asked twice, with other words behind the last one that counts
SAME = 1e-3  # of the spread of the logits
PEEKS = "once trained, it reads the words that are still to come"

Make = Callable[[Lab, int, int, Recipe, int], Predictor]
MODELS: dict[str, Make] = {"GRU": gru_predictor, "MultiHeadedAttention": transformer_predictor}


@dataclass
class NextWord:
    """See kit.training.task.Learner. Sequences come in whole batches: a class may be built for so many rows."""

    model: Predictor
    lessons: Lessons
    recipe: Recipe
    trainer: Trainer = field(init=False)

    @property
    def updates(self) -> int:
        """How many updates one epoch has."""
        return len(self.lessons.texts) // self.recipe.batch

    def examine(self, rng: np.random.Generator) -> str:
        """See Learner."""
        return structure.fault(self.model, self.lessons.length, rng)

    def begin(self, seed: int) -> None:
        """See Learner."""
        whole = self.lessons.train.rows(np.arange(self.updates * self.recipe.batch))
        self.trainer = Trainer.begin(
            self.model, whole, self.recipe, seed, classes=self.lessons.vocab_size, with_lengths=False
        )

    def advance(self, updates: int) -> None:
        """See Learner."""
        self.trainer.advance(updates)

    def validate(self) -> float:
        """See Learner."""
        part = self.whole(self.lessons.valid)
        return perplexity(self.model.after(part), part.targets)

    def test(self, rng: np.random.Generator) -> Tested:
        """Return the perplexity, and whether it reads ahead. All is asked in mixed order, and nothing tells which
        contexts are asked for the second time."""
        part = self.whole(self.lessons.test)
        again = rng.permutation(len(part))[: self.recipe.batch * max(AGAIN // self.recipe.batch, 1)]
        ahead = np.arange(self.lessons.length) > part.ends[again][:, None]
        others = np.where(ahead, rng.permutation(part.ids)[: len(again)], part.ids[again])
        ids = np.concatenate([part.ids, others])
        both = Contexts(
            ids, np.concatenate([part.ends, part.ends[again]]), np.concatenate([part.targets, part.targets[again]])
        )
        order, answers = rng.permutation(len(both)), np.empty((len(both), self.lessons.vocab_size))
        answers[order] = self.model.after(both.rows(order))
        found, repeated = answers[: len(part)], answers[len(part) :]
        off = np.abs(repeated - found[again]).max()
        peeks = off > SAME * max(float(found.std()), 1e-3)
        return Tested(perplexity(found, part.targets), PEEKS if peeks else "")

    def whole(self, part: Contexts) -> Contexts:
        """As many of them as fill batches."""
        return part.rows(np.arange(len(part) // self.recipe.batch * self.recipe.batch))


def task(
    name: str, context: Context, lessons: Lessons, recipe: Recipe, bar: float, incredible: float | None
) -> Task[Lessons]:
    """Declare what a class of this name, GRU or MultiHeadedAttention, has to learn; `bar`: the perplexity."""

    def build(student: Student, data: Lessons, seed: int) -> NextWord:
        lab = Lab(student, context)
        return NextWord(MODELS[name](lab, data.vocab_size, data.length, recipe, seed), data, recipe)

    metric = Metric("perplexity", "lower", bar)
    tested = len(lessons.test) // recipe.batch * recipe.batch
    return Task(lessons.name, "words", tested, metric, recipe, lessons.renamed, build, incredible=incredible)
