"""The sizes that recurrent language models are built with, and what they are given to read."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.kit.comparing import NDArray


@dataclass(frozen=True)
class Sizes:
    """The constructor's arguments, in their order.

    Embedding, state and vocabulary are equally large, so that a constructor that confuses them, which has an item of
    its own, does not cost `forward` too.
    """

    emb_size: int = 5
    hidden_size: int = 5
    seq_len: int = 4
    batch_size: int = 3
    vocab_size: int = 5
    num_layers: int = 2
    dp_keep_prob: float = 1.0

    def arguments(self) -> list[Any]:
        return list(dataclasses.astuple(self))

    def counts(self) -> dict[int, str]:
        """How many scalars a correct model may train: 3 H (I + H) per layer and biases, embedding, output."""
        e, h, v, layers = self.emb_size, self.hidden_size, self.vocab_size, self.num_layers
        weights = 3 * h * (e + h) + (layers - 1) * 6 * h * h + v * e + v * h + v
        forms = {3: "one bias per gate", 4: "a second bias inside the reset", 6: "two biases per gate"}
        return {weights + layers * biases * h: name for biases, name in forms.items()}


def random_hidden(rng: np.random.Generator, sizes: Sizes) -> NDArray:
    return rng.uniform(-0.9, 0.9, (sizes.num_layers, sizes.batch_size, sizes.hidden_size)).astype(np.float32)


def random_tokens(rng: np.random.Generator, sizes: Sizes) -> NDArray:
    """Tokens [T, B] of which no two neighbours are equal."""
    start = rng.integers(0, sizes.vocab_size, (1, sizes.batch_size))
    moves = rng.integers(1, sizes.vocab_size, (sizes.seq_len - 1, sizes.batch_size))
    return np.concatenate([start, start + moves.cumsum(axis=0)]) % sizes.vocab_size
