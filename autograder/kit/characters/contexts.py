"""Contexts that tell what a model reads: all of its characters or the last one, their order or their number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from autograder.kit.characters import ALPHABET

SHARED = (8, 8, 8, 5, 4, 3, 1)  # characters that contexts of `alike` have in common


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


def alike(
    rng: np.random.Generator, letters: tuple[str, str] = (ALPHABET, ALPHABET), shared: Sequence[int] = SHARED
) -> list[str]:
    """Contexts that a careless memory confuses, in such an order that it does: they share their ends, beginnings,
    lengths or letters, or are longer than the one before without going on from it. No two are the same.

    `letters`: of which kinds they are made, in turn. `shared`: how many characters some have in common; what shares
    many also shares fewer, so that most are asked of the many.
    """
    most = max(shared)
    short, long = most // 2 + 1, most + most // 2 + 2

    def made(kind: str, length: int) -> str:
        return "".join(rng.choice(list(kind), length))

    found = []
    for kind, other in dict.fromkeys((letters, letters[::-1])):
        base, both = made(kind, long), (other, kind)
        found += [base, *(made(both[n % 2], long - size) + base[-size:] for n, size in enumerate(shared))]
        found += [base[:size] + made(other, long - size) for size in shared[::2]]
        found += [base[:short] + made(other, long - 2 * short) + base[-short:], base[::-1], base[most:] + base[:most]]
        found += [base[:short] + made(other, size) for size in (2, 3, 5)]
        found += [made(both[size % 2], size) for size in range(short, long + 2)]
        found += [base[: long - 3], base[: most - 1], base + made(other, 1), base + made(other, 3)]
        found += [base[2:], base[most // 2 :], *(made(own, most) for own in both)]
    return list(dict.fromkeys(found))


MEMORIES: dict[str, Callable[[str], object]] = {  # what a careless one knows a context by
    "end": lambda context: context[-8:],
    "start": lambda context: context[:8],
    "length and end": lambda context: (len(context), context[-4:]),
    "length and start": lambda context: (len(context), context[:5]),
}


def telling(contexts: Sequence[str], shown: set[str]) -> list[str]:
    """Those of these contexts that a memory which was not `shown` would confuse with another of them."""
    found: set[str] = set()
    for name, key in MEMORIES.items():
        if name not in shown:
            counts = Counter(map(key, contexts))
            found |= {context for context in contexts if counts[key(context)] > 1}
    return [context for context in contexts if context in found]


def shown_by(contexts: Sequence[str], answers: Sequence[object]) -> set[str]:
    """The careless memories, by name, that would give one of these contexts another answer than its own."""
    found = set()
    for name, key in MEMORIES.items():
        first: dict[object, object] = {}
        if any(first.setdefault(key(c), answer) != answer for c, answer in zip(contexts, answers, strict=True)):
            found.add(name)
    return found
