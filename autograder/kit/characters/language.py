"""A made-up language over a-z and space that a small recurrent network learns in seconds and simpler things do not.

A text is a row of syllables of three or four letters, all equally likely; after a syllable stands a space with the
probability SPACE. What follows inside a syllable is nearly certain to whoever knows where it began, and to nobody who
knows one letter: each letter stands in several syllables, at several places. Which letter is which is drawn anew for
every run, so that no table can be carried in; vowels stay vowels. Its perplexity is known: nothing honest is below
FLOOR.

Measured on 20,000 characters: a table by the last letter tells vowels from consonants in 64 %, the best predictor in
88 %; perplexities are 21.8 of single letters, 10.0 by the last letter, 3.6 by the last two; FLOOR is 3.23.
"""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

VOWELS, CONSONANTS = "aeiou", "bcdfghjklmnpqrstvwxyz"
PATTERNS = ("cvc", "ccv", "cvv", "vcc", "cvvc", "ccvv", "cvcc", "vccv")
SYLLABLES = 48
SPACE = 0.35
SHAPE = 43  # which of the possible languages: one in which the last letter tells little; see tests
LETTERS = sum(len(PATTERNS[n % len(PATTERNS)]) for n in range(SYLLABLES)) / SYLLABLES  # of a syllable, on average
FLOOR = math.exp(
    (math.log(SYLLABLES) - SPACE * math.log(SPACE) - (1 - SPACE) * math.log(1 - SPACE)) / (LETTERS + SPACE)
)


def syllables(rng: np.random.Generator) -> tuple[str, ...]:
    """Return the syllables of one run's language; none begins with another one."""
    shape = np.random.default_rng(SHAPE)
    found: list[str] = []
    while len(found) < SYLLABLES:
        pattern = PATTERNS[len(found) % len(PATTERNS)]
        many = {"v": len(VOWELS), "c": len(CONSONANTS)}
        new = "".join((VOWELS if kind == "v" else CONSONANTS)[shape.integers(many[kind])] for kind in pattern)
        if not any(new.startswith(old) or old.startswith(new) for old in found):
            found.append(new)
    letters = str.maketrans(
        VOWELS + CONSONANTS,
        "".join(rng.permutation(list(VOWELS))) + "".join(rng.permutation(list(CONSONANTS))),
    )
    return tuple(word.translate(letters) for word in found)


def text(words: tuple[str, ...], length: int, rng: np.random.Generator) -> str:
    """Return so many characters of the language."""
    many = length  # each syllable has two letters or more
    chosen, spaced = rng.integers(len(words), size=many), rng.random(many) < SPACE
    return "".join(words[n] + " " * int(space) for n, space in zip(chosen, spaced, strict=True))[:length]


def last_letter_accuracy(told: list[tuple[str, int]], asked: list[tuple[str, int]]) -> float:
    """Return what a table of the likelier class after each last letter reaches on `asked`."""
    counts = Counter((context[-1], label) for context, label in told)
    right = sum((counts[context[-1], 1] > counts[context[-1], 0]) == bool(label) for context, label in asked)
    return right / len(asked)
