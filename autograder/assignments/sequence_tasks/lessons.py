"""What the judge's training of a language model is made of: strings of a language under names of their symbols that are
drawn anew, so that nobody can carry in what belongs there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from autograder.assignments.sequence_tasks.grammars import (
    BRACKETS,
    END,
    LETTERS,
    SPECIAL,
    START,
    Valid,
    brackets,
    ndfa,
    valid_brackets,
    valid_ndfa,
)
from autograder.kit.batches import mixed
from autograder.kit.training.sequences import Sequences

SOLVES = ("s8.bar",)
NAMES = "abcdefghijklmnopqrstuvwxyz()[]!?"  # of tokens
DECOYS = 3  # symbols that never occur
PREFIXES = 10
LONGEST, LONGEST_PREFIX = 30, 24  # symbols of a string, or a few more; of a prefix


@dataclass(frozen=True)
class Language:
    """A small language: its symbols, how a string is drawn, which are valid, and how many are trained on."""

    name: str
    symbols: str
    draw: Callable[[np.random.Generator], str]
    valid: Valid
    strings: int


LANGUAGES = (
    Language("NDFA", LETTERS, lambda rng: ndfa(rng, LONGEST // 4), valid_ndfa, 2000),
    Language("brackets", BRACKETS, lambda rng: brackets(rng, LONGEST), valid_brackets, 5000),
)


@dataclass(frozen=True, eq=False)
class Lessons:
    """The data of one training. `w2i`: numbers of tokens, under the names that the hand-in sees; `ids`: of the
    language's own symbols; `prefixes`: two sets, for validation and for the test."""

    language: Language
    w2i: dict[str, int]
    ids: dict[str, int]
    train: Sequences
    prefixes: tuple[list[list[int]], list[list[int]]]

    @property
    def vocab_size(self) -> int:
        """How many tokens there are."""
        return len(self.w2i)

    @property
    def end(self) -> int:
        """The number of `.end`."""
        return self.w2i[END]

    def valid(self, tokens: Sequence[int]) -> bool:
        """Whether numbers of tokens are a valid string between `.start` and `.end`."""
        symbols = {number: symbol for symbol, number in self.ids.items()}
        if len(tokens) < 2 or tokens[0] != self.w2i[START] or tokens[-1] != self.w2i[END]:
            return False
        return self.language.valid("".join(symbols.get(number, " ") for number in tokens[1:-1]))


def drawn_lessons(language: Language, seed: int) -> Lessons:
    """Draw strings, prefixes, numbers and names."""
    rng = np.random.default_rng(seed)
    names = [str(name) for name in rng.permutation(list(NAMES))[: len(language.symbols) + DECOYS]]
    tokens = [str(token) for token in rng.permutation([*SPECIAL, *names])]
    w2i = {token: number for number, token in enumerate(tokens)}
    ids = {symbol: w2i[name] for symbol, name in zip(language.symbols, names, strict=False)}
    start, end = w2i[START], w2i[END]
    texts = [[ids[symbol] for symbol in language.draw(rng)] for _ in range(language.strings)]
    lengths = np.array([len(text) + 1 for text in texts])
    inputs = np.concatenate([[start, *text] for text in texts]).astype(np.int32)
    targets = np.concatenate([[*text, end] for text in texts]).astype(np.int64)
    first, second = ([prefix(rng, language, ids, start, n) for n in range(PREFIXES)] for _ in range(2))
    return Lessons(language, mixed(w2i, rng), ids, Sequences(inputs, lengths, targets, per_token=True), (first, second))


def prefix(rng: np.random.Generator, language: Language, ids: dict[str, int], start: int, number: int) -> list[int]:
    """`.start` and the beginning of a string; of the first prefix nothing else."""
    text = language.draw(rng)
    cut = int(rng.integers(1, min(len(text), LONGEST_PREFIX))) if number else 0
    return [start, *(ids[symbol] for symbol in text[:cut])]
