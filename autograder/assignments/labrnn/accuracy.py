"""The training task of LabRNN's bars: an LSTM or a GRU learns to tell positive reviews from negative ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from autograder.assignments.labrnn import recipes
from autograder.assignments.labrnn.recipes import Recipe
from autograder.evidence import ClassVerdict
from autograder.judge.models import Model, parameters_of
from autograder.kit.text_classification import tokens
from autograder.kit.text_classification.calling import OUTPUTS, PAD
from autograder.kit.text_classification.data import Data, bag_of_words, doubted, draw, tested
from autograder.kit.text_classification.learner import TextClassifier, text_classifier
from autograder.kit.text_classification.tokens import Tokens
from autograder.kit.training.task import Task
from autograder.kit.training.verify import verify
from autograder.metrics import Metric
from autograder.student.proxy import Student


@dataclass(frozen=True)
class Candidate:
    """A class by name. `bidirectional`: whether its constructor takes that argument, the last one."""

    name: str
    bidirectional: bool = True

    def build(self, student: Student, vocab_size: int, recipe: Recipe, seed: int) -> Model:
        """Build a fresh object in evaluation mode.

        Raises:
            StudentError: its constructor fails, or it is not there.
            Mismatch: it is far too large.
        """
        arguments: list[Any] = [
            vocab_size, recipe.embedding, recipe.hidden, OUTPUTS, recipe.layers, recipe.dropout, PAD,
        ]  # fmt: skip
        if self.bidirectional:
            arguments.append(recipe.bidirectional)
        built, parameters = student.build_model(self.name, arguments, {}, seed)
        return Model(built, parameters_of(parameters))


def task(candidate: Candidate, reviews: Tokens, recipe: Recipe, metric: Metric) -> Task[Data]:
    """Declare what a class has to learn from these reviews."""

    def split(seed: int) -> Data:
        return draw(reviews, recipe.shares, recipe.min_count, recipe.common, seed)

    def build(student: Student, data: Data, seed: int) -> TextClassifier:
        return text_classifier(candidate.build(student, data.vocab_size, recipe, seed), data, recipe)

    number = tested(reviews, recipe.shares)
    margin = recipes.margin(metric.bar, number)
    return Task(reviews.name, "reviews", number, metric, recipe, split, build, margin)


@dataclass(frozen=True)
class Verifying:
    """What is the same for all classes. `reviews`: a file of real ones; None for the made-up language alone."""

    student: Student
    reviews: Path | None
    metric: Metric
    secret: bytes
    recipe: Literal["fast", "published"] = "fast"

    def verdict(self, candidate: Candidate, settings: Mapping[str, Any]) -> ClassVerdict:
        """Train a class on the real reviews, or on the made-up language without them; what is verified on real ones, on
        both. `settings`: of the notebook's best run, for the recipe "published".

        Raises:
            ConfigError: the reviews can't be read.
            SandboxError: no student process could be started.
        """
        made_up = tokens.synthetic(recipes.LESSONS, recipes.EXAMS, seed=5)
        data = tokens.load(self.reviews) if self.reviews is not None else made_up
        recipe = recipes.fast(data) if self.recipe == "fast" else recipes.published(data, settings)
        found = self._on(candidate, data, recipe)
        if self.reviews is None or found.verdict != "verified":
            return found
        split = draw(data, recipe.shares, recipe.min_count, recipe.common, seed=5)
        return doubted(found, self._on(candidate, made_up, recipes.fast(made_up)), bag_of_words(split))

    def _on(self, candidate: Candidate, data: Tokens, recipe: Recipe) -> ClassVerdict:
        declared = task(candidate, data, recipe, self.metric)
        return verify(self.student, candidate.name, declared, secret=self.secret)
