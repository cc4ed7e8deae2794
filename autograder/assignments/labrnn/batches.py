"""Batches of token ids for the model checks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.assignments.labrnn.api import Batch, Spec


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
