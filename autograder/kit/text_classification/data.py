"""What one training gets: reviews split, renumbered and thinned at random, so that nothing can be looked up.

The student's process sees numbers only. Every training draws the split, the numbers of the words, and which words are
left out anew; one word in fifty is left out, so that neither a review's length nor its pattern of repetitions is known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from autograder.evidence import ClassVerdict
from autograder.kit.text_classification.tokens import Tokens
from autograder.kit.training.sequences import Array, Sequences

MAX_LENGTH = 256
FIRST_WORD = 2  # 0 is the padding, 1 stays unused
THINNING = 0.02


@dataclass(frozen=True, eq=False)
class Data:
    """One split. `name`: "synthetic" or the file's. Word numbers are below `vocab_size`."""

    name: str
    vocab_size: int
    train: Sequences
    valid: Sequences
    test: Sequences


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
    whole = truncated(Sequences(ids[kept], lengths, tokens.labels), MAX_LENGTH)
    parts = [whole.rows(rng.permutation(np.flatnonzero((side == k) & (lengths > 0)))) for k in range(3)]
    return Data(tokens.name, FIRST_WORD + int(known.sum()), *parts)


def sides(tokens: Tokens, shares: tuple[int, int, int], rng: np.random.Generator) -> Array:
    """For each review 0, 1 or 2: training, validation or test."""
    rest, first = len(tokens.lengths) - tokens.lessons, 1 if tokens.lessons else 0
    split = np.cumsum(shares[first:])
    drawn = np.searchsorted(split, rng.permutation(rest) * split[-1] / rest, side="right") + first
    return np.concatenate([np.zeros(tokens.lessons, drawn.dtype), drawn])


def shuffled(part: Sequences, rng: np.random.Generator) -> Sequences:
    """The same reviews, the words of each in random order."""
    row = np.repeat(np.arange(len(part)), part.lengths)
    return Sequences(part.ids[np.lexsort((rng.random(len(row)), row))], part.lengths, part.targets)


def truncated(part: Sequences, length: int) -> Sequences:
    """The first words of the same reviews."""
    place = np.arange(len(part.ids)) - np.repeat(np.cumsum(part.lengths) - part.lengths, part.lengths)
    return Sequences(part.ids[place < length], np.minimum(part.lengths, length), part.targets)


def bag_of_words(data: Data) -> float:
    """The test accuracy of naive Bayes: what can be known without the order of the words."""
    train, test = data.train, data.test
    positive = np.repeat(train.targets, train.lengths) == 1
    counts = [np.bincount(train.ids[side], minlength=data.vocab_size) + 1.0 for side in (positive, ~positive)]
    weights = np.log(counts[0] / counts[0].sum()) - np.log(counts[1] / counts[1].sum())
    row = np.repeat(np.arange(len(test)), test.lengths)
    return float(((np.bincount(row, weights[test.ids], len(test)) > 0) == (test.targets == 1)).mean())


def tested(tokens: Tokens, shares: tuple[int, int, int]) -> int:
    """How many reviews a test has, to the nearest few."""
    if tokens.lessons:
        return (len(tokens.lengths) - tokens.lessons) * shares[2] // (shares[1] + shares[2])
    return len(tokens.lengths) * shares[2] // sum(shares)


def doubted(found: ClassVerdict, on_order: ClassVerdict, bag: float) -> ClassVerdict:
    """A verdict on real reviews, which a bag of words passes as well, beside the one on the language in which order
    alone tells: where that is another one, recurrence may earn nothing, and a person decides. `bag`: accuracy of a bag
    of words on the real reviews."""
    if found.verdict != "verified" or on_order.verdict == "verified":
        return found
    shown = f"{found.shuffled:.3f} with its words shuffled, " if found.shuffled is not None else ""
    doubt = (
        f"{found.name} reaches {found.test_acc or 0.0:.3f} on {found.data}, {shown}where a bag of words reaches "
        f"{bag:.3f}; but where the order of the words alone tells: {on_order.reason}"
    )
    return replace(found, doubt=doubt, seconds=found.seconds + on_order.seconds)
