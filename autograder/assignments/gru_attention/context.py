"""The sizes that models are built with, what the assignment hands its methods, and what is known of a hand-in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.assignments.gru_attention.values import NDArray
from autograder.judge.reach import Code

GRADED = {"gru.init": "GRU", "gru.forward": "GRU", "gru.generate": "GRU", "attention.forward": "MultiHeadedAttention"}
ARGUMENTS = {  # what the assignment hands each of these, in its order
    ("GRU", "__init__"): (
        "emb_size", "hidden_size", "seq_len", "batch_size", "vocab_size", "num_layers", "dp_keep_prob",
    ),
    ("GRU", "forward"): ("inputs", "hidden"),
    ("GRU", "generate"): ("input", "hidden", "generated_seq_len"),
    ("MultiHeadedAttention", "__init__"): ("n_heads", "n_units", "dropout"),
    ("MultiHeadedAttention", "forward"): ("query", "key", "value", "mask"),
}  # fmt: skip


@dataclass(frozen=True)
class Sizes:
    """The constructor's arguments of `GRU`, in their order.

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
        return [self.emb_size, self.hidden_size, self.seq_len, self.batch_size, self.vocab_size, self.num_layers,
                self.dp_keep_prob]  # fmt: skip

    def counts(self) -> dict[int, str]:
        """How many scalars a correct model may train: 3 H (I + H) per layer and biases, embedding, output."""
        e, h, v, layers = self.emb_size, self.hidden_size, self.vocab_size, self.num_layers
        weights = 3 * h * (e + h) + (layers - 1) * 6 * h * h + v * e + v * h + v
        forms = {3: "one bias per gate", 4: "a second bias inside the reset", 6: "two biases per gate"}
        return {weights + layers * biases * h: name for biases, name in forms.items()}


@dataclass
class Context:
    """What is known about a submission while its checks run; `broken`: items that did not earn full marks so far."""

    lost: dict[str, str] = field(default_factory=dict)  # names in cells that failed to load, and the sentence to say
    broken: set[str] = field(default_factory=set)
    counts: dict[Sizes, int] = field(default_factory=dict)  # parameters of models built so far
    roles: dict[Any, Any] = field(default_factory=dict)  # what the numbers of a model do, by sizes
    code: Code = field(default_factory=Code)  # the hand-in's text, read
    order: dict[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)  # where it is not that of ARGUMENTS
    grad: set[str] = field(default_factory=set)  # classes that only work where torch records for a backward pass
    hidden_list: bool = False  # whether hidden states are handed over as a list of layers
    mask_kind: str = "bool"  # of the masks that this attention takes
    hides: bool = False  # whether it hides what its masks allow: other checks than those of masks hand it zeros
    several: bool = False  # whether its forward returns more than the output


def random_hidden(rng: np.random.Generator, sizes: Sizes) -> NDArray:
    return rng.uniform(-0.9, 0.9, (sizes.num_layers, sizes.batch_size, sizes.hidden_size)).astype(np.float32)


def random_tokens(rng: np.random.Generator, sizes: Sizes) -> NDArray:
    """Tokens [T, B] of which no two neighbours are equal."""
    start = rng.integers(0, sizes.vocab_size, (1, sizes.batch_size))
    moves = rng.integers(1, sizes.vocab_size, (sizes.seq_len - 1, sizes.batch_size))
    return np.concatenate([start, start + moves.cumsum(axis=0)]) % sizes.vocab_size
