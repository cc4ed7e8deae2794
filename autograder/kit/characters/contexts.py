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
    groups: int,
    size: int,
    rng: np.random.Generator,
    letters: tuple[str, str] = (ALPHABET, ALPHABET),
    ends: str = ALPHABET,
) -> list[list[str]]:
    """Groups of contexts of equal length that end alike. `letters`: of which kinds they are made, in turn."""
    found = []
    for end in rng.permutation(list(ends))[:groups]:
        kinds = [letters[n % 2] for n in range(size)]
        found.append(["".join(rng.choice(list(kind), 11)) + end for kind in kinds])
    return found


def same_start(
    groups: int,
    size: int,
    rng: np.random.Generator,
    letters: tuple[str, str] = (ALPHABET, ALPHABET),
    ends: str = ALPHABET,
) -> list[list[str]]:
    """Groups of contexts of equal length that begin alike."""
    return [[context[-1] + context[:-1] for context in group] for group in same_end(groups, size, rng, letters, ends)]


def same_letters(
    groups: int, rng: np.random.Generator, letters: tuple[str, str] = (ALPHABET, ALPHABET), ends: str = ALPHABET
) -> list[list[str]]:
    """Groups of contexts with the same letters in other orders, all ending alike."""
    found = []
    for end in rng.permutation(list(ends))[:groups]:
        one, other = ("".join(rng.choice(list(kind), 6)) for kind in letters)
        mixed = "".join(rng.permutation(list(one + other)))
        found.append([one + other + end, other + one + end, mixed + end])
    return found


def alike(rng: np.random.Generator, letters: tuple[str, str] = (ALPHABET, ALPHABET)) -> list[str]:
    """Contexts of 6 characters or more that a careless memory confuses, in such an order that it does: they share their
    ends, beginnings, lengths or letters, or are longer than the one before without going on from it. No two are the
    same. `letters`: of which kinds they are made, in turn."""
    found = []
    for kind, other in (letters, letters[::-1]):
        base, far = ("".join(rng.choice(list(own), 14)) for own in (kind, other))
        found += [base] + [far[:-size] + base[-size:] for size in (1, 2, 3, 4, 5, 6, 8)]
        found += [base[:size] + far[size:] for size in (1, 2, 3, 4, 5, 6, 8)]
        found += [base[:4] + far[4:-4] + base[-4:], base[::-1], base[7:] + base[:7]]
        found += [base[:4] + "".join(rng.choice(list(other), size)) for size in (2, 3, 5, 8, 11)]
        steps = ["".join(rng.choice(list((kind, other)[size % 2]), size)) for size in range(6, 22)]
        found += steps + [base[:size] for size in (12, 7, 9, 10)] + [base + far[:size] for size in (1, 2, 5)]
        found += [base[size:] for size in (2, 4, 7)] + ["".join(rng.choice(list(own), 9)) for own in (kind, other) * 2]
    return list(dict.fromkeys(found))
