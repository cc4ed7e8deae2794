"""Short trainings on rules so easy that a model of any size, rate and batch learns them from few examples.

A lesson begins small, so that a loop over single examples ends soon. What has not learned it gets more, several times,
which a loop over batches may need to come to as many updates, as long as that promises to end in time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from autograder.errors import StudentException
from autograder.kit.characters import ALPHABET

T = TypeVar("T")
PATIENCE = 25.0  # seconds of processor time that the next size may take, as the last one promises
CONTEXT = 20  # characters, as in the real data
OWN, DEV = 8, 2  # letters of one class, and those of them that the dev lists know
STAGES = (40, 200, 800, 3200)  # examples of the classifier
TEXTS = (400, 1600, 6400, 30_000)  # characters of the language model
KNOWN = 4  # letters of its text


@dataclass(frozen=True)
class Examples:
    """Contexts that a consonant follows and contexts that a vowel follows."""

    consonant: list[str]
    vowel: list[str]

    def turned(self) -> Examples:
        """The lists exchanged."""
        return Examples(self.vowel, self.consonant)

    @property
    def labelled(self) -> list[tuple[str, int]]:
        """Each context with its class."""
        return [(c, 0) for c in self.consonant] + [(c, 1) for c in self.vowel]


@dataclass(frozen=True)
class ClassifierLesson:
    """Contexts of either class are made of letters of its own. `quiet`: letters of neither. The dev lists know few of
    them, so that nothing is learned from those alone."""

    consonant: str
    vowel: str
    quiet: str

    @classmethod
    def draw(cls, rng: np.random.Generator) -> ClassifierLesson:
        """Draw which letters are whose."""
        letters = "".join(rng.permutation(list(ALPHABET)))
        return cls(letters[:OWN], letters[OWN : 2 * OWN], letters[2 * OWN :])

    def index(self) -> str:
        """The vocabulary in another order: letters of the two classes have each other's places, so that whoever goes by
        the usual order anywhere takes one class for the other."""
        others = self.vowel + self.consonant + self.quiet[1:] + self.quiet[:1]
        return ALPHABET.translate(str.maketrans(self.consonant + self.vowel + self.quiet, others))

    def train(self, many: int, rng: np.random.Generator) -> Examples:
        """About so many examples; the lists differ in length."""
        half = many // 2
        return Examples(written(self.consonant, half, rng), written(self.vowel, half + half // 8, rng))

    def dev(self, rng: np.random.Generator) -> Examples:
        """Decoys: no letter of them is asked for."""
        return Examples(written(self.consonant[:DEV], 10, rng), written(self.vowel[:DEV], 12, rng))

    def test(self, rng: np.random.Generator) -> Examples:
        """Contexts to be judged by, each of two letters: who learned nothing may take all letters together for the
        right class by luck, but not each pair."""
        halves = (self.consonant[DEV:], self.vowel[DEV:])
        pairs = [["".join(rng.permutation(list(half))[:2]) for _ in range(15)] for half in halves]
        return Examples(*([written(pair, 1, rng)[0] for pair in half] for half in pairs))


@dataclass(frozen=True)
class PairLesson:
    """Contexts of few letters, whose class the last two of them tell together, in their order, and neither alone."""

    letters: str

    @classmethod
    def draw(cls, rng: np.random.Generator) -> PairLesson:
        """Draw which letters."""
        return cls("".join(rng.permutation(list(ALPHABET))[:KNOWN]))

    def label(self, context: str) -> int:
        """1 where the last letter is one of the next two after the last but one, in the circle of the letters."""
        one, other = (self.letters.index(letter) for letter in context[-2:])
        return int((other - one) % KNOWN in (1, 2))

    def train(self, many: int, rng: np.random.Generator) -> Examples:
        """So many examples."""
        contexts = written(self.letters, many, rng)
        return Examples(*([c for c in contexts if self.label(c) == label] for label in (0, 1)))

    def same_end(self, rng: np.random.Generator) -> list[list[str]]:
        """Groups of contexts that end alike, and differ in nothing but the letter before."""
        starts = written(self.letters, KNOWN, rng)
        return [[start + one + end for one in self.letters] for start, end in zip(starts, self.letters, strict=True)]

    def same_letters(self, rng: np.random.Generator) -> list[list[str]]:
        """Groups of contexts of the same letters, whose last two are exchanged."""
        pairs = zip(self.letters, self.letters[1:] + self.letters[0], written(self.letters, KNOWN, rng), strict=True)
        return [[start + one + two, start + two + one] for one, two, start in pairs]


def written(letters: str, many: int, rng: np.random.Generator, length: int = CONTEXT) -> list[str]:
    """So many contexts of these letters."""
    return ["".join(row) for row in rng.choice(list(letters), (many, length))]


def grown(stages: Sequence[int], learn: Callable[[int], tuple[T, bool, float]]) -> T:
    """Train with more and more until it is learned; the last result.

    learn: trains with so many; the result, whether they were learned, and the seconds of processor time. What fails
    with few, perhaps since they do not fill one batch, is tried with more.

    Raises:
        StudentException: it fails with the most.
    """
    for number, many in enumerate(stages):
        try:
            result, learned, seconds = learn(many)
        except StudentException:
            if number + 1 == len(stages):
                raise
            continue
        if learned or number + 1 == len(stages) or seconds * stages[number + 1] / many > PATIENCE:
            break
    return result


def share_right(found: Sequence[int], examples: Examples) -> float:
    """How many of these answers are right."""
    return float(np.mean([got == wanted for got, (_, wanted) in zip(found, examples.labelled, strict=True)]))


def permuted(rng: np.random.Generator) -> str:
    """The vocabulary in another order, in which no character keeps its place."""
    order = rng.permutation(len(ALPHABET))
    return "".join(ALPHABET[n] for n in np.roll(order, 1)[np.argsort(order)])
