"""The two small languages: exact recognisers, and strings of the judge's own, valid ones and such that almost are."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator

import numpy as np

SOLVES = ("s6", "s8")  # kept out of the students' wheel, with what needs it
START, END = ".start", ".end"
SPECIAL = (".pad", START, END, ".unk")
WORDS = ("abc!", "klm!", "uvw!")
LETTERS, BRACKETS = "sabcklmuvw!", "()"
NDFA = re.compile(r"s(?:(?:abc!)*|(?:klm!)*|(?:uvw!)*)s")
Valid = Callable[[str], bool]


def valid_ndfa(text: str) -> bool:
    """Whether it is one word, any number of times, between two s."""
    return NDFA.fullmatch(text) is not None


def depth_of(text: str) -> int:
    """How many brackets are open at most; -1 where they are not balanced, or where something else stands."""
    depth = deepest = 0
    for symbol in text:
        if symbol not in BRACKETS:
            return -1
        depth += 1 if symbol == "(" else -1
        if depth < 0:
            return -1
        deepest = max(deepest, depth)
    return deepest if depth == 0 else -1


def valid_brackets(text: str) -> bool:
    """Whether it is balanced and holds at least one pair."""
    return depth_of(text) > 0


def ndfa(rng: np.random.Generator, most: int = 12) -> str:
    """A valid string with at most so many words."""
    return f"s{WORDS[rng.integers(3)] * min(int(rng.geometric(0.25)) - 1, most)}s"


def brackets(rng: np.random.Generator, most: int = 60) -> str:
    """A valid string of at most so many brackets, or one more pair; one pair or several side by side."""
    text, depth = "", 0
    while not text or depth or (rng.random() < 0.3 and len(text) < most):
        opens = not depth or (rng.random() < 0.47 and len(text) + depth < most)
        text += "(" if opens else ")"
        depth += 1 if opens else -1
    return text


def edited(rng: np.random.Generator, text: str, symbols: str) -> str:
    """With a symbol more, less or another one, or two neighbours exchanged."""
    place, symbol = int(rng.integers(len(text))), symbols[rng.integers(len(symbols))]
    before, after = text[:place], text[place + 1 :]
    return (
        before + symbol + text[place:],
        before + after,
        before + symbol + after,
        before + after[:1] + text[place] + after[1:],
    )[rng.integers(4)]


def mixed(rng: np.random.Generator) -> str:
    """Valid but for its words, which are not all the same."""
    first, second = rng.permutation(3)[:2]
    words = [WORDS[first]] * int(rng.integers(1, 4)) + [WORDS[second]] * int(rng.integers(1, 4))
    return "s" + "".join(words) + "s"


def almost(rng: np.random.Generator, draw: Callable[[np.random.Generator], str], valid: Valid, symbols: str) -> str:
    """An invalid string, one change away from a valid one."""
    while True:
        text = edited(rng, draw(rng), symbols)
        if not valid(text):
            return text


def short_brackets(longest: int = 7) -> Iterator[str]:
    """All strings of brackets up to a length, but for the empty one."""
    for length in range(1, longest + 1):
        yield from map("".join, itertools.product(BRACKETS, repeat=length))


def short_ndfa() -> Iterator[str]:
    """All strings of up to two symbols, and all of up to three pieces between two s."""
    for length in range(3):
        yield from map("".join, itertools.product(LETTERS, repeat=length))
    for count in range(1, 4):
        for pieces in itertools.product((*WORDS, "s", "ab"), repeat=count):
            yield f"s{''.join(pieces)}s"
