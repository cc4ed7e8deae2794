"""Words and reviews for the checks.

The words are made up so that no reasonable choice of a student's tells them apart: lower-case letters only, five of
them, no stop word, nothing that a stemmer would cut, and no letter pair that a tokenizer would split.
"""

from __future__ import annotations

import functools
import itertools
import random
import re
from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from autograder.assignments.labrnn.api import PAD, UNK, Row
from autograder.judge.seeds import secret, seed_of

CONSONANTS, VOWELS, ENDINGS = "bdfgkmptvz", "aou", "bgkmpvz"
WORDS = tuple(
    "".join(letters) for letters in itertools.product(CONSONANTS, VOWELS, CONSONANTS, VOWELS, ENDINGS)
)  # 6,300 words
POOL = tuple(random.Random(seed_of(secret(), "words")).sample(WORDS, 40))
STOP_WORDS = ("the", "and", "was", "this", "with", "very")

words = st.sampled_from(POOL)
texts = st.lists(words, min_size=1, max_size=8)


@functools.cache
def numbered_words(count: int) -> tuple[str, ...]:
    """`count` distinct words of the same harmless kind."""
    pairs = (a + b for a in WORDS for b in WORDS)
    return tuple(itertools.islice(pairs, count))


def vocab_of(known: Sequence[str], shift: int = 0) -> dict[str, int]:
    """A vocabulary with the special tokens at 0 and 1 and the words from 2 on, rotated by `shift`."""
    turned = [*known[shift % len(known) :], *known[: shift % len(known)]] if known else []
    return {PAD: 0, UNK: 1} | {word: index for index, word in enumerate(turned, 2)}


def reviews_with(counts: dict[str, int], seed: int) -> list[str]:
    """Reviews in which every word occurs in exactly as many as `counts` says, once in each, in mixed order."""
    shuffler = random.Random(seed)
    reviews = [[word for word, count in counts.items() if count > i] for i in range(max(counts.values(), default=0))]
    for review in reviews:
        shuffler.shuffle(review)
    shuffler.shuffle(reviews)
    return [" ".join(review) for review in reviews]


def marked_rows(rng: np.random.Generator, count: int) -> list[Row]:
    """Rows that can be told apart even by a cleaned review: each holds one word of its own. Half are positive."""
    marks = numbered_words(count)
    labels = np.array(["positive", "negative"] * ((count + 1) // 2))[:count]
    rng.shuffle(labels)
    fillers = rng.integers(0, len(POOL), (count, 3)).tolist()
    return [
        (f"{POOL[a]} {mark} {POOL[b]} {POOL[c]}", label)
        for mark, (a, b, c), label in zip(marks, fillers, labels.tolist(), strict=True)
    ]


def mark_of(review: str, marks: frozenset[str]) -> str | None:
    """The word that tells which row a review is; None when there is none."""
    return next((word for word in re.findall("[a-z]{10}", review.lower()) if word in marks), None)
