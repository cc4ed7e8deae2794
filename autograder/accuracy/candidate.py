"""One model class of a submission, in a student process: built, called, trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.accuracy.data import Part
from autograder.accuracy.recipe import Recipe
from autograder.errors import MalformedAnswer
from autograder.judge.expect import Mismatch
from autograder.judge.models import Model, kind_of, parameters_of
from autograder.kit.extensions import TRAINING
from autograder.student.proxy import Object, Student
from autograder.wire.frames import Array, Handle

OUTPUTS = 2
PAD = 0
Numbers = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Candidate:
    """A class by name. `bidirectional`: whether its constructor takes that argument, the last one."""

    name: str
    bidirectional: bool = True

    def build(self, student: Student, vocab_size: int, recipe: Recipe, seed: int) -> Model:
        """A fresh object in evaluation mode.

        Raises:
            StudentError: its constructor fails, or it is not there.
            Mismatch: it is far too large.
        """
        arguments: list[Any] = [
            vocab_size,
            recipe.embedding,
            recipe.hidden,
            OUTPUTS,
            recipe.layers,
            recipe.dropout,
            PAD,
        ]
        if self.bidirectional:
            arguments.append(recipe.bidirectional)
        built, parameters = student.build_model(self.name, arguments, {}, seed)
        return Model(built, parameters_of(parameters))


def forward(model: Model, ids: Numbers, lengths: Numbers) -> Numbers:
    """Logits float64 [B, 2] of one batch: ids int64 [B, T], lengths [B].

    Raises:
        Mismatch: it answers something else.
    """
    answer = model.object.call("()", Array("tensor", ids), Array("tensor", lengths.astype(np.float32)))
    return logits(answer, len(ids))


def logits(answer: Any, rows: int) -> Numbers:
    """Raises:
    Mismatch: not a finite float32 tensor [rows, 2].
    """
    if not isinstance(answer, Array):
        raise Mismatch(f"its answer is {kind_of(answer)} instead of a tensor of logits")
    data = answer.data
    if data.shape != (rows, OUTPUTS) or data.dtype != np.float32:
        raise Mismatch(f"its logits have shape {list(data.shape)} and type {data.dtype}, not [{rows}, 2] and float32")
    if not np.isfinite(data).all():
        raise Mismatch("its logits are not finite")
    return data.astype(np.float64)  # in which no difference of theirs is infinite


@dataclass(frozen=True)
class Training:
    """A training that goes on in the student process."""

    trainer: Object

    @classmethod
    def begin(cls, model: Model, train: Part, recipe: Recipe, seed: int) -> Training:
        """Hand the training reviews and their labels over."""
        arrays = [Array("tensor", a) for a in (train.ids, train.lengths, train.labels.astype(np.int64))]
        model.object.student.extend(TRAINING)
        handle = model.object.ask(
            "training.begin", *arrays, optimizer=recipe.optimizer,
            rate=recipe.rate, decay=recipe.decay, batch=recipe.batch, clip=recipe.clip, warmup=recipe.warmup,
            fast=True, seed=seed % 2**32,
        )  # fmt: skip
        if not isinstance(handle, Handle):
            raise MalformedAnswer("the answer is not a handle")
        return cls(Object(model.object.student, handle, model.object.name))

    def advance(self, updates: int) -> None:
        """So many updates."""
        self.trainer.ask("training.advance", updates=updates)

    def predict(self, part: Part) -> Numbers:
        """Logits float64 [n, 2] of reviews whose labels stay here.

        Raises:
            Mismatch: it answers something else.
        """
        arrays = (Array("tensor", part.ids), Array("tensor", part.lengths))
        return logits(self.trainer.ask("training.predict", *arrays), len(part))


def accuracy(found: Numbers, part: Part) -> float:
    """The share of reviews whose larger logit is the right one."""
    return float((found.argmax(axis=1) == part.labels).mean())
