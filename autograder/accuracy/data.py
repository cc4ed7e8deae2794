"""What one training gets: reviews split, renumbered and thinned at random, so that nothing can be looked up.

The student's process sees numbers only. Every training draws the split, the numbers of the words, and which words are
left out anew; one word in fifty is left out, so that neither a review's length nor its pattern of repetitions is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.accuracy.tokens import Tokens

MAX_LENGTH = 256
FIRST_WORD = 2  # 0 is the padding, 1 stays unused
THINNING = 0.02
Array = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False)
class Part:
    """`ids` int32 [sum of lengths], one review after the other; `lengths` int64 [n], 1 to 256; `labels` int8 [n]."""

    ids: Array
    lengths: Array
    labels: Array

    def __len__(self) -> int:
        return len(self.lengths)

    def rows(self, chosen: Array) -> Part:
        """These reviews, in this order."""
        lengths = self.lengths[chosen]
        starts = (np.cumsum(self.lengths) - self.lengths)[chosen] - (np.cumsum(lengths) - lengths)
        return Part(self.ids[np.repeat(starts, lengths) + np.arange(lengths.sum())], lengths, self.labels[chosen])


@dataclass(frozen=True, eq=False)
class Data:
    """One split. `name`: "synthetic" or the file's. Word numbers are below `vocab_size`."""

    name: str
    vocab_size: int
    train: Part
    valid: Part
    test: Part


def draw(tokens: Tokens, shares: tuple[int, int, int], min_count: int, common: int, seed: int) -> Data:
    """Split the reviews at random in these proportions; where some are made for training, those are its part.

    Words are left out that the training part has fewer than `min_count` times, and its `common` most frequent ones:
    they stand for the stop words, which the course leaves out too.
    """
    rng = np.random.default_rng(seed)
    number = len(tokens.lengths)
    side = sides(tokens, shares, rng)
    row = np.repeat(np.arange(number), tokens.lengths)
    counts = np.bincount(tokens.words[(side == 0)[row]], minlength=int(tokens.words.max()) + 1)
    known = counts >= min_count
    known[np.argsort(-counts, kind="stable")[:common]] = False
    numbers = np.zeros(len(counts), np.int32)
    numbers[known] = FIRST_WORD + rng.permutation(int(known.sum()))
    ids = numbers[tokens.words]
    kept = (ids > 0) & (rng.random(len(ids), np.float32) >= THINNING)
    lengths = np.bincount(row[kept], minlength=number).astype(np.int64)
    whole = truncated(Part(ids[kept], lengths, tokens.labels), MAX_LENGTH)
    parts = [whole.rows(rng.permutation(np.flatnonzero((side == k) & (lengths > 0)))) for k in range(3)]
    return Data(tokens.name, FIRST_WORD + int(known.sum()), *parts)


def sides(tokens: Tokens, shares: tuple[int, int, int], rng: np.random.Generator) -> Array:
    """For each review 0, 1 or 2: training, validation or test."""
    rest, first = len(tokens.lengths) - tokens.lessons, 1 if tokens.lessons else 0
    split = np.cumsum(shares[first:])
    drawn = np.searchsorted(split, rng.permutation(rest) * split[-1] / rest, side="right") + first
    return np.concatenate([np.zeros(tokens.lessons, drawn.dtype), drawn])


def joined(parts: Sequence[Part]) -> Part:
    """All their reviews, one part after the other."""
    columns = ([getattr(part, name) for part in parts] for name in ("ids", "lengths", "labels"))
    return Part(*(np.concatenate(column) for column in columns))


def shuffled(part: Part, rng: np.random.Generator) -> Part:
    """The same reviews, the words of each in random order."""
    row = np.repeat(np.arange(len(part)), part.lengths)
    return Part(part.ids[np.lexsort((rng.random(len(row)), row))], part.lengths, part.labels)


def truncated(part: Part, length: int) -> Part:
    """The first words of the same reviews."""
    place = np.arange(len(part.ids)) - np.repeat(np.cumsum(part.lengths) - part.lengths, part.lengths)
    return Part(part.ids[place < length], np.minimum(part.lengths, length), part.labels)


def bag_of_words(data: Data) -> float:
    """The test accuracy of naive Bayes: what can be known without the order of the words."""
    train, test = data.train, data.test
    positive = np.repeat(train.labels, train.lengths) == 1
    counts = [np.bincount(train.ids[side], minlength=data.vocab_size) + 1.0 for side in (positive, ~positive)]
    weights = np.log(counts[0] / counts[0].sum()) - np.log(counts[1] / counts[1].sum())
    row = np.repeat(np.arange(len(test)), test.lengths)
    return float(((np.bincount(row, weights[test.ids], len(test)) > 0) == (test.labels == 1)).mean())
