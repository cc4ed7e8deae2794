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
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from autograder.judge.seeds import secret, seed_of
from autograder.kit.text_classification.containers import PAD, UNK, Row, csv_bytes

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


@dataclass(frozen=True)
class File:
    """A CSV file of reviews that can be told apart, even cleaned ones: each holds a word of its own.

    `marks`: these words, by row; `code`: Python that writes the file, for people, where that is short.
    """

    rows: tuple[Row, ...]
    marks: tuple[str, ...]
    code: str = ""

    def place_of(self, review: str) -> int | None:
        """The number of the row that a review is; None for none."""
        return self._rows[review] if review in self._rows else self._place_by_mark(review)

    def _place_by_mark(self, review: str) -> int | None:
        found = (self._places.get(word) for word in re.findall("[a-z]+[0-9]*", review.lower()))
        return next((place for place in found if place is not None), None)

    @functools.cached_property
    def _places(self) -> dict[str, int]:
        return {mark: place for place, mark in enumerate(self.marks)}

    @functools.cached_property
    def _rows(self) -> dict[str, int | None]:
        """The places of the reviews that came back as they are: nearly all."""
        return {review: self._place_by_mark(review) for review, _ in self.rows}

    @functools.cached_property
    def csv(self) -> bytes:
        """The file itself."""
        return csv_bytes(self.rows)


def marked_file(rng: np.random.Generator, count: int, skip: int = 0, template: Sequence[str] = ("{}",)) -> File:
    """`count` reviews of made-up words, of every ten six positive; their marks are not the first `skip` ones.

    template: review i is put into number i of these, from the first again after the last.
    """
    return _marked_file(int(rng.integers(2**63)), count, skip, tuple(template))


@functools.cache  # the same for every submission of a run
def _marked_file(seed: int, count: int, skip: int, template: tuple[str, ...]) -> File:
    rng = np.random.default_rng(seed)
    marks = numbered_words(skip + count)[skip:]
    labels = np.array([["positive"] * 6 + ["negative"] * 4] * (count // 10 + 1))
    labels = rng.permuted(labels, axis=1).reshape(-1)[:count]
    fillers = rng.integers(0, len(POOL), (count, 3)).tolist()
    texts = [f"{POOL[a]} {mark} {POOL[b]} {POOL[c]}" for mark, (a, b, c) in zip(marks, fillers, strict=True)]
    texts = [template[i % len(template)].format(text) for i, text in enumerate(texts)]
    file = File(tuple(zip(texts, labels.tolist(), strict=True)), marks)
    file.place_of(texts[0])  # what it looks up is made now
    return file


def plain_file(count: int, template: str = "{}") -> File:
    """As many reviews as `count` says, an even number, and the line of Python that writes them: to be shown."""
    shape = template.format("film no{}")
    rows = tuple((shape.format(i), ("positive", "negative")[i % 2]) for i in range(count))
    code = (
        f"import pandas as pd\npd.DataFrame({{'review': [{shape!r}.format(i) for i in range({count})], "
        f"'sentiment': ['positive', 'negative'] * {count // 2}}}).to_csv('reviews.csv', index=False)\n"
    )
    return File(rows, tuple(f"no{i}" for i in range(count)), code)
