"""Contexts that tell what a model reads: all of its characters or the last one, their order or their number."""

from __future__ import annotations

import numpy as np

from autograder.kit.characters import ALPHABET


def drawn(length: int, rng: np.random.Generator) -> str:
    """A context of this length, of any characters."""
    return "".join(rng.choice(list(ALPHABET), length))


def of_lengths(lengths: list[int], rng: np.random.Generator) -> list[str]:
    """One context of each length."""
    return [drawn(length, rng) for length in lengths]


def same_end(
    groups: int, size: int, rng: np.random.Generator, letters: tuple[str, str] = (ALPHABET, ALPHABET)
) -> list[list[str]]:
    """Groups of contexts of equal length that end alike. `letters`: of which kinds they are made, in turn."""
    found = []
    for end in rng.permutation(list(ALPHABET))[:groups]:
        kinds = [letters[n % 2] for n in range(size)]
        found.append(["".join(rng.choice(list(kind), 11)) + end for kind in kinds])
    return found


def same_start(
    groups: int, size: int, rng: np.random.Generator, letters: tuple[str, str] = (ALPHABET, ALPHABET)
) -> list[list[str]]:
    """Groups of contexts of equal length that begin alike."""
    return [[context[-1] + context[:-1] for context in group] for group in same_end(groups, size, rng, letters)]


def same_letters(
    groups: int, rng: np.random.Generator, letters: tuple[str, str] = (ALPHABET, ALPHABET)
) -> list[list[str]]:
    """Groups of contexts with the same letters in other orders, all ending alike."""
    found = []
    for end in rng.permutation(list(ALPHABET))[:groups]:
        one, other = ("".join(rng.choice(list(kind), 6)) for kind in letters)
        mixed = "".join(rng.permutation(list(one + other)))
        found.append([one + other + end, other + one + end, mixed + end])
    return found
