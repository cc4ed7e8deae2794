"""The sizes that recurrent classifiers are built with, and batches of token ids for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.wire.frames import Array


@dataclass(frozen=True)
class Spec:
    """The constructor's arguments, in their order."""

    vocab_size: int = 11
    embedding_dim: int = 4
    hidden_dim: int = 4
    output_dim: int = 2
    n_layers: int = 1
    dropout_rate: float = 0.0
    pad_index: int = 0
    bidirectional: bool = False


@dataclass(frozen=True)
class Batch:
    """`ids` int64 [B, T], right-padded with `pad`; `length` float32 [B]."""

    ids: np.ndarray[Any, Any]
    length: np.ndarray[Any, Any]

    def arguments(self, length: str = "float32") -> tuple[Array, Any]:
        """What forward is called with; `length`: as a tensor of this dtype, or a "list" of int."""
        if length == "list":
            return Array("tensor", self.ids), [int(n) for n in self.length]
        return Array("tensor", self.ids), Array("tensor", self.length.astype(length))

    def rows(self, order: Sequence[int]) -> Batch:
        """Some rows, in this order, at the same width."""
        return Batch(self.ids[list(order)], self.length[list(order)])

    def single_rows(self) -> list[Batch]:
        """Each row as a batch of its own, without padding."""
        return [self.rows([row]).trimmed() for row in range(len(self.ids))]

    def trimmed(self) -> Batch:
        """The same rows without the padding that no row needs (what `collate` would make of them)."""
        return Batch(self.ids[:, : int(self.length.max())], self.length)

    def padded(self, columns: int, pad: int) -> Batch:
        """The same rows with more padding on the right."""
        extra = np.full((len(self.ids), columns), pad, np.int64)
        return Batch(np.concatenate([self.ids, extra], axis=1), self.length)


def batch_of(rng: np.random.Generator, lengths: Sequence[int], spec: Spec, width: int | None = None) -> Batch:
    """Random real tokens (never pad or unknown's neighbours alone) in rows of these lengths, right-padded to `width`.

    Rows hold no pad token inside, no token twice in a row, and differ from each other.
    """
    width = max(lengths) if width is None else width
    tokens = np.array([i for i in range(spec.vocab_size) if i != spec.pad_index])
    ids = np.full((len(lengths), width), spec.pad_index, np.int64)
    for row, length in enumerate(lengths):
        ids[row, :length] = no_repeats(rng, tokens, length)
    return Batch(ids, np.array(lengths, np.float32))


def no_repeats(rng: np.random.Generator, tokens: np.ndarray[Any, Any], length: int) -> np.ndarray[Any, Any]:
    """A random row in which neighbours differ, so that swapping two of them changes it."""
    row = rng.permutation(tokens)[: min(length, len(tokens))]
    while len(row) < length:
        more = rng.permutation(tokens)
        row = np.concatenate([row, more[more != row[-1]]])
    return row[:length]


def changed_at(batch: Batch, row: int, position: int, spec: Spec) -> Batch:
    """The same batch with another real token at one place."""
    ids = batch.ids.copy()
    others = [t for t in range(spec.vocab_size) if t not in (spec.pad_index, ids[row, position])]
    ids[row, position] = others[(row + position) % len(others)]
    return Batch(ids, batch.length)


def swapped(batch: Batch, row: int, position: int) -> Batch:
    """The same batch with two neighbouring tokens of a row exchanged."""
    ids = batch.ids.copy()
    ids[row, [position, position + 1]] = ids[row, [position + 1, position]]
    return Batch(ids, batch.length)
