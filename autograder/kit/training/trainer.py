"""The judge's end of a training in the student process: see kit/inside/training.py."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.errors import MalformedAnswer
from autograder.judge.expect import Mismatch
from autograder.judge.models import Model, kind_of
from autograder.kit.extensions import TRAINING
from autograder.kit.training.recipe import Recipe
from autograder.kit.training.sequences import Sequences
from autograder.student.proxy import Object
from autograder.wire.frames import Array, Handle

Numbers = np.ndarray[Any, Any]


def logits(answer: Any, rows: int, classes: int) -> Numbers:
    """Return a tensor of logits as float64 [rows, classes].

    Raises:
        Mismatch: it is not a finite float32 tensor of that shape.
    """
    if not isinstance(answer, Array):
        raise Mismatch(f"its answer is {kind_of(answer)} instead of a tensor of logits")
    data = answer.data
    if data.shape != (rows, classes) or data.dtype != np.float32:
        raise Mismatch(
            f"its logits have shape {list(data.shape)} and type {data.dtype}, not [{rows}, {classes}] and float32"
        )
    if not np.isfinite(data).all():
        raise Mismatch("its logits are not finite")
    return data.astype(np.float64)  # in which no difference of theirs is infinite


@dataclass(frozen=True)
class Trainer:
    """A training that goes on in the student process, of a model that gives `classes` logits."""

    object: Object
    classes: int

    @classmethod
    def begin(
        cls, model: Model, train: Sequences, recipe: Recipe, seed: int, *, classes: int, with_lengths: bool
    ) -> Trainer:
        """Hand the training sequences and their targets over. `with_lengths`: the model is called with the lengths,
        float32 [B], behind the ids [B, T]."""
        model.object.student.extend(TRAINING)
        updates = recipe.epochs * math.ceil(len(train) / recipe.batch)
        arrays = [Array("tensor", a) for a in (train.ids, train.lengths, train.targets.astype(np.int64))]
        handle = model.object.ask(
            "training.begin", *arrays, optimizer=recipe.optimizer, rate=recipe.rate, decay=recipe.decay,
            batch=recipe.batch, clip=recipe.clip, warmup=recipe.warmup, fall=updates if recipe.falls else 0,
            per_token=train.per_token, with_lengths=with_lengths, fast=True, seed=seed % 2**32,
        )  # fmt: skip
        if not isinstance(handle, Handle):
            raise MalformedAnswer("the answer is not a handle")
        return cls(Object(model.object.student, handle, model.object.name), classes)

    def advance(self, updates: int) -> None:
        """Make so many updates."""
        self.object.ask("training.advance", updates=updates)

    def predict(self, part: Sequences) -> Numbers:
        """Return logits float64 [n, classes], or [sum of lengths, classes], of sequences whose targets stay here.

        Raises:
            Mismatch: it answers something else.
        """
        arrays = (Array("tensor", part.ids), Array("tensor", part.lengths))
        return logits(self.object.ask("training.predict", *arrays), len(part.targets), self.classes)
