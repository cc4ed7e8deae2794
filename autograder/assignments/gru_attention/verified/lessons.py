"""What is learnt from, and what is predicted: the same texts for everybody in a run.

A model is tested on beginnings of sequences whose next word never enters its process: what stands behind the last word
that counts is another continuation. So reading ahead gains nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograder.kit.training.sequences import Sequences

Numbers = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False)
class Contexts:
    """`ids` int32 [n, T]; of row i the words up to place `ends[i]` count, and `targets[i]` came next; all int64 [n]."""

    ids: Numbers
    ends: Numbers
    targets: Numbers

    def __len__(self) -> int:
        return len(self.ends)

    def rows(self, chosen: Numbers) -> Contexts:
        """Return these rows, in this order."""
        return Contexts(self.ids[chosen], self.ends[chosen], self.targets[chosen])

    def before(self, back: int) -> Numbers:
        """Return the word `back` places before the target, [n]; 1 is the last one that counts."""
        found: Numbers = self.ids[np.arange(len(self.ends)), np.maximum(self.ends - back + 1, 0)]
        return found


@dataclass(frozen=True, eq=False)
class Lessons:
    """Texts of one kind, as numbers below `vocab_size`, in sequences of `length` words.

    `texts`: int32 [n, length + 1] to learn from. `name`: "synthetic", or the folder's. `least`: the perplexity that the
    language itself has on the test, below which nothing can be learnt; None where the language is not known.
    """

    name: str
    vocab_size: int
    texts: Numbers
    valid: Contexts
    test: Contexts
    least: float | None = None

    @property
    def length(self) -> int:
        """Words of a sequence that a model reads."""
        return int(self.texts.shape[1]) - 1

    @property
    def train(self) -> Sequences:
        """The texts, each word but the first one being the target of the one before it."""
        many, length = len(self.texts), self.length
        return Sequences(
            self.texts[:, :-1].astype(np.int32).ravel(), np.full(many, length, np.int64),
            self.texts[:, 1:].astype(np.int64).ravel(), per_token=True,
        )  # fmt: skip

    def renamed(self, seed: int) -> Lessons:
        """Return the same with other numbers for the words, so that nothing about them can be brought along."""
        names = np.random.default_rng(seed).permutation(self.vocab_size)

        def told(part: Contexts) -> Contexts:
            return Contexts(names[part.ids].astype(np.int32), part.ends, names[part.targets])

        return replace(self, texts=names[self.texts], valid=told(self.valid), test=told(self.test))


def contexts(texts: Numbers, others: Numbers, rng: np.random.Generator) -> Contexts:
    """Return a beginning of each of the texts [n, T + 1], at least two words of it, followed by what stands at the same
    places of `others`, [n, T + 1] too."""
    many, length = len(texts), texts.shape[1] - 1
    ends = rng.integers(1, length, many)
    ahead = np.arange(length) > ends[:, None]
    ids = np.where(ahead, others[:, :-1], texts[:, :-1])
    return Contexts(ids.astype(np.int32), ends, texts[np.arange(many), ends + 1].astype(np.int64))
