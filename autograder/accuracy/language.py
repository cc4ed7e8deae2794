"""A synthetic language of film reviews that a recurrent model learns in seconds, for machines without the real data.

A review is filler words by Zipf's law with sentiment words among them, nine of ten of which agree with its label. One
review in twenty is much longer than the others: a model that reads the padding of the short ones instead of their last
word learns nothing from a batch with such a review in it.
"""

from __future__ import annotations

import csv
import itertools
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np

FILLERS = 400
SENTIMENTS = 20  # words for each label
PURITY = 0.9  # share of a review's sentiment words that agree with its label
DENSITY = 0.25  # share of a review's words that carry sentiment
MEDIAN_LENGTH, SPREAD, SHORTEST, LONGEST = 25, 0.6, 6, 120  # words; spread of the logarithm
TRAP_SHARE, TRAP_LENGTH = 0.05, 200


def vocabulary() -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Fillers, positive words, negative words: lower-case letters, five each, so that any tokenisation keeps them.

    None is a stop word or a form of another one, and no part of the spelling tells the three groups apart.
    """
    made = ["".join(letters) for letters in itertools.product("bdfgkmptvz", "aou", "bdfgkmptvz", "aou", "bgkmpvz")]
    words = random.Random("a language for reviews").sample(made, FILLERS + 2 * SENTIMENTS)
    return tuple(words[2 * SENTIMENTS :]), tuple(words[:SENTIMENTS]), tuple(words[SENTIMENTS : 2 * SENTIMENTS])


def reviews(count: int, seed: int) -> list[tuple[str, str]]:
    """`count` reviews, each a text and `positive` or `negative`, in mixed order; as many of each as `count` allows."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(count) % 2)
    return [
        (" ".join(words), "positive" if label else "negative")
        for label, words in zip(labels, _texts(rng, labels), strict=True)
    ]


def _texts(rng: np.random.Generator, labels: np.ndarray) -> Iterator[list[str]]:
    fillers, positive, negative = vocabulary()
    weights = 1 / np.arange(1, FILLERS + 1)
    for label in labels:
        long = rng.random() < TRAP_SHARE
        length = TRAP_LENGTH if long else int(np.clip(rng.lognormal(np.log(MEDIAN_LENGTH), SPREAD), SHORTEST, LONGEST))
        words = [fillers[i] for i in rng.choice(FILLERS, length, p=weights / weights.sum())]
        for place in rng.choice(length, max(3, int(DENSITY * length)), replace=False):
            agrees = rng.random() < PURITY
            words[place] = (positive if bool(label) == agrees else negative)[rng.integers(SENTIMENTS)]
        yield words


def write_csv(path: Path, count: int, seed: int) -> None:
    """Write such reviews as a CSV file with the columns `review` and `sentiment`, as the real data has them."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("review", "sentiment"))
        writer.writerows(reviews(count, seed))
