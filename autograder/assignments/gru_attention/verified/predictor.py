"""A next-word predictor in the student process, made of the hand-in's GRU or attention: see kit/inside/next_word.py."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.assignments.gru_attention.api import Lab
from autograder.assignments.gru_attention.verified.lessons import Contexts, Numbers
from autograder.assignments.gru_attention.verified.recipes import Recipe
from autograder.errors import MalformedAnswer
from autograder.judge.expect import Mismatch
from autograder.judge.models import Model, kind_of, parameters_of
from autograder.kit.extensions import NEXT_WORD
from autograder.kit.training.trainer import logits
from autograder.student.proxy import Object
from autograder.wire.frames import Array, Handle

MOST_NUMBERS = 750_000  # of one answer, which may have 4 MB


@dataclass(eq=False)
class Predictor(Model):
    """Predicts words below `vocab` in batches of `batch` sequences of one length."""

    vocab: int
    batch: int

    def scores(self, ids: Numbers, rows: int) -> Numbers:
        """Return logits float64 [rows, T, V] of the first rows of a batch, ids [batch, T], in evaluation mode.

        Raises:
            Mismatch: it answers something else.
        """
        answer = self.object.ask("next_word.scores", tensor(ids), rows=rows)
        if not isinstance(answer, Array):
            raise Mismatch(f"its answer is {kind_of(answer)} instead of a tensor of logits")
        wanted = (rows, ids.shape[1], self.vocab)
        if answer.data.shape != wanted:
            raise Mismatch(
                f"its logits for each row have the shape {list(answer.data.shape[1:])}, not {list(wanted[1:])}"
            )
        flat = Array("tensor", answer.data.reshape(-1, self.vocab))
        return logits(flat, rows * ids.shape[1], self.vocab).reshape(wanted)

    def after(self, part: Contexts) -> Numbers:
        """Return logits float64 [n, V] for the words to come, n being a multiple of the batch.

        Raises:
            Mismatch: it answers something else.
        """
        at_once = max(MOST_NUMBERS // self.vocab // self.batch, 1) * self.batch
        found = []
        for start in range(0, len(part), at_once):
            some = part.rows(np.arange(start, min(start + at_once, len(part))))
            answer = self.object.ask("next_word.after", tensor(some.ids), tensor(some.ends), batch=self.batch)
            found.append(logits(answer, len(some), self.vocab))
        return np.concatenate(found)

    def begin_small(self, seed: int, recipe: Recipe, own: Callable[[str], bool]) -> None:
        """Draw the hand-in's weights anew, uniform in ±1/√width: first weights are another item's. Embeddings, known by
        their sizes in either order, are drawn as the recipe says.

        Numbers for each size come from a stream of their own, so that with one seed all hand-ins begin with the same
        embeddings and the same output layer, however they lay out what is between.
        """
        bound, embeddings = 1 / math.sqrt(recipe.hidden), sorted((self.vocab, recipe.embedding))
        streams, drawn = dict[tuple[int, ...], np.random.Generator](), {}
        for name, shape, _ in self.parameters:
            if own(name):
                sizes = tuple(sorted(shape, reverse=True))
                stream = streams.setdefault(sizes, np.random.default_rng([seed, *sizes]))
                limit = recipe.apart if recipe.apart and sorted(shape) == embeddings else bound
                values = stream.uniform(-limit, limit, sizes).astype(np.float32)
                drawn[name] = values.T.copy() if len(sizes) == 2 and tuple(shape) != sizes else values.reshape(shape)
        self.load(drawn)


def tensor(values: Numbers) -> Array:
    return Array("tensor", np.ascontiguousarray(values, np.int64))


def gru_predictor(lab: Lab, vocab: int, length: int, recipe: Recipe, seed: int) -> Predictor:
    """Return a predictor of the hand-in's GRU, with first weights drawn by the judge.

    Raises:
        StudentError, Mismatch: it can't be built.
    """
    return recurrent_predictor(lab, "GRU", vocab, length, recipe, seed)[0]


def recurrent_predictor(
    lab: Lab, name: str, vocab: int, length: int, recipe: Recipe, seed: int
) -> tuple[Predictor, Object]:
    """Return a predictor of a recurrent class of this name, and the model in it. See gru_predictor."""
    sizes = [recipe.embedding, recipe.hidden, length, recipe.batch, vocab, recipe.layers, 1.0]
    built, _ = lab.build(name, sizes)
    lab.student.extend(NEXT_WORD)
    made = built.ask(
        "next_word.recurrent", layers=recipe.layers, hidden=recipe.hidden, hidden_list=lab.context.hidden_list,
        swapped=(name, "forward") in lab.context.order,
    )  # fmt: skip
    found = _predictor(built, made, vocab, recipe.batch)
    found.begin_small(seed, recipe, lambda name: True)
    return found, built


def transformer_predictor(lab: Lab, vocab: int, length: int, recipe: Recipe, seed: int) -> Predictor:
    """Return a predictor that is a Transformer of the judge's around the hand-in's attention.

    Raises:
        StudentError, Mismatch: the attention can't be built.
    """
    first, *others = (
        lab.build("MultiHeadedAttention", [recipe.heads, recipe.hidden, 0.0])[0] for _ in range(recipe.layers)
    )
    lab.student.extend(NEXT_WORD)
    order = lab.context.order.get(("MultiHeadedAttention", "forward"), (0, 1, 2, 3))
    made = first.ask(
        "next_word.transformer", *others, vocab=vocab, width=recipe.hidden, length=length, order=list(order),
        mask=lab.context.mask_kind, hides=lab.context.hides, seed=seed,
    )  # fmt: skip
    found = _predictor(first, made, vocab, recipe.batch)
    found.begin_small(seed, recipe, lambda name: name.startswith("attentions."))
    return found


def _predictor(built: Object, made: Any, vocab: int, batch: int) -> Predictor:
    """Raises: MalformedAnswer."""
    if type(made) is not list or len(made) != 2 or not isinstance(made[0], Handle):
        raise MalformedAnswer("the answer is not a predictor")
    return Predictor(Object(built.student, made[0], built.name), parameters_of(made[1]), vocab, batch)
