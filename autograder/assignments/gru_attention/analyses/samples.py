"""Texts that a model writes when it always takes the likeliest word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autograder.assignments.gru_attention.analyses.models import Floats, Ints, Model


@dataclass(frozen=True)
class Samples:
    """Tokens of texts as long as a training sequence, [n, B], and twice as long, [2n, B]; the given word is in none."""

    single: Ints
    double: Ints

    def texts(self, words: Sequence[str]) -> tuple[list[str], list[str]]:
        """The columns of both as texts; `words` are the vocabulary by token."""
        single, double = (
            [" ".join(words[token] for token in row) for row in part.T] for part in (self.single, self.double)
        )
        return single, double


def greedy(model: Model, first: Ints, hidden: Floats, length: int) -> Ints:
    """Continue words [B] by `length` more, [length, B]: each is the likeliest after the last, `<eos>` or not.

    hidden: states [L, B, H] before `first` is read.
    """
    tokens = np.empty((length, len(first)), np.int64)
    for step in range(length):
        logits, hidden = model.forward(first[None], hidden)
        first = tokens[step] = logits[0].argmax(axis=-1)
    return tokens


def samples(model: Model, first: Ints, hidden: Floats, seq_len: int = 35) -> Samples:
    """Greedy texts of the training length and of double; from the same start the short ones begin the long ones."""
    double = greedy(model, first, hidden, 2 * seq_len)
    return Samples(double[:seq_len], double)
