"""A synthetic language of film reviews that a recurrent model learns in seconds, for machines without the real data.

A review has clauses. A clause ends with words of sentiment; before them stands a word that turns their meaning round,
or one that says it is not turned. Shortly before that stands its opposite, which it overrides. So it is the order that
tells: in most reviews one clause is turned and one is not, and then a positive and a negative review consist of the
same words, as many of each, at the same places on average. A bag of words, weighted by place or not, knows no more than
chance of those; nor does what reads a few neighbouring words at a time, for a clause's words of sentiment stand far
from the word that turns them.

Among the reviews to learn from (LESSON) are clauses in which the two are near each other, and more reviews in which
nothing is turned, so that what the words mean is learned quickly. Those to be judged on (EXAM) are harder.

One review in twenty is much longer than the others: a model that reads the padding of the short ones instead of
their last word learns nothing from a batch with such a review in it.
"""

from __future__ import annotations

import csv
import itertools
import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILLERS = 30
SENTIMENTS = 2  # words for each label
TURNS = 1  # words that turn, and as many that do not
TOGETHER = 2  # words of sentiment at the end of a clause
FRONT, BACK = (0, 18), (0, 3)  # fillers before a review and after it
INSIDE, BETWEEN = (0, 1), (6, 8)  # between two words that turn, between two clauses
NEAR, FAR = (1, 3), (6, 9)  # fillers between the turn and the words of sentiment
TRAP_SHARE, TRAP_LENGTH = 0.05, 120
_WEIGHTS = tuple(itertools.accumulate(1 / rank for rank in range(1, FILLERS + 1)))


@dataclass(frozen=True)
class Style:
    """`plain`: share of reviews in which nothing is turned; `near`: of clauses whose turn is near."""

    plain: float
    near: float


LESSON, EXAM = Style(0.3, 0.5), Style(0.2, 0.0)


@dataclass(frozen=True)
class Words:
    """Lower-case letters, five each, so that any tokenisation keeps them; none is a stop word or a form of another one,
    and no part of the spelling tells the groups apart. `turned`: by whether the word turns what follows."""

    fillers: tuple[str, ...]
    sentiments: tuple[tuple[str, ...], tuple[str, ...]]  # negative, positive
    turned: tuple[tuple[str, ...], tuple[str, ...]]

    @property
    def all(self) -> frozenset[str]:
        return frozenset(itertools.chain(self.fillers, *self.sentiments, *self.turned))


@cache
def vocabulary() -> Words:
    """The words of the language: always the same."""
    made = ["".join(letters) for letters in itertools.product("bdfgkmptvz", "aou", "bdfgkmptvz", "aou", "bgkmpvz")]
    chosen = iter(random.Random("a language for reviews").sample(made, FILLERS + 2 * SENTIMENTS + 2 * TURNS))

    def take(number: int) -> tuple[str, ...]:
        return tuple(itertools.islice(chosen, number))

    return Words(take(FILLERS), (take(SENTIMENTS), take(SENTIMENTS)), (take(TURNS), take(TURNS)))


def reviews(count: int, seed: int, style: Style = LESSON) -> list[tuple[str, str]]:
    """`count` reviews, each a text and `positive` or `negative`, in mixed order; as many of each as `count` allows."""
    rng = random.Random(f"{style} {seed}")
    labels = [number % 2 for number in range(count)]
    rng.shuffle(labels)
    return [(" ".join(_review(rng, bool(label), style)), "positive" if label else "negative") for label in labels]


def _review(rng: random.Random, positive: bool, style: Style) -> list[str]:
    least = TRAP_LENGTH if rng.random() < TRAP_SHARE else 1
    plain = rng.random() < style.plain
    made: list[str] = []
    while len(made) < least:
        made += _fill(rng, FRONT)
        for number, turned in enumerate((False, False) if plain else rng.choice(((False, True), (True, False)))):
            made += _fill(rng, BETWEEN) if number else []
            made += _clause(rng, positive, turned, plain, style)
    return [*made[:TRAP_LENGTH], *_fill(rng, BACK)]


def _clause(rng: random.Random, positive: bool, turned: bool, plain: bool, style: Style) -> list[str]:
    words = vocabulary()
    overridden = rng.choice(words.turned[turned if plain else not turned])
    far = _fill(rng, NEAR if rng.random() < style.near else FAR)
    end = [rng.choice(words.sentiments[positive != turned]) for _ in range(TOGETHER)]
    return [overridden, *_fill(rng, INSIDE), rng.choice(words.turned[turned]), *far, *end]


def _fill(rng: random.Random, bounds: tuple[int, int]) -> list[str]:
    """Fillers by Zipf's law."""
    return rng.choices(vocabulary().fillers, cum_weights=_WEIGHTS, k=rng.randint(*bounds))


def write_csv(path: Path, count: int, seed: int) -> None:
    """Write such reviews as a CSV file with the columns `review` and `sentiment`, as the real data has them."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("review", "sentiment"))
        writer.writerows(reviews(count, seed))
