"""Windows of a text: contexts, each with whether a vowel or a consonant follows."""

from __future__ import annotations

import numpy as np

from autograder.kit.characters.lessons import CONTEXT, Examples

VOWELS = frozenset("aeiou")


def cut(text: str, many: int, rng: np.random.Generator) -> Examples:
    """Return at most `many` windows of each class, at random places; what follows is always a letter.

    A place is taken once. The classes are equally many where the text has enough of both.
    """
    places = rng.permutation(np.arange(CONTEXT, len(text)))
    found: dict[bool, list[str]] = {False: [], True: []}
    for place in places:
        if text[place] != " " and len(found[text[place] in VOWELS]) < many:
            found[text[place] in VOWELS].append(text[place - CONTEXT : place])
    return Examples(found[False], found[True])


def in_order(text: str, many: int, rng: np.random.Generator) -> list[tuple[str, int]]:
    """Return `many` windows of each class in the text's order, each with its class: 1 where a vowel follows."""
    letters = [place for place in range(CONTEXT, len(text)) if text[place] != " "]
    by_class = [[p for p in letters if (text[p] in VOWELS) == vowel] for vowel in (False, True)]
    size = min(many, *map(len, by_class))
    chosen = sorted(int(p) for places in by_class for p in rng.permutation(places)[:size])
    return [(text[p - CONTEXT : p], int(text[p] in VOWELS)) for p in chosen]


def words_on(text: str, length: int) -> list[str]:
    """Cut a text into passages of this length that each begin with a word."""
    found, place = [], text.find(" ") + 1
    while place + length <= len(text):
        found.append(text[place : place + length])
        place = text.find(" ", place + length) + 1 or len(text)
    return found
