"""What make_lm_batches makes of strings, row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.assignments.sequence_tasks.toys import LM_BATCHES
from autograder.kit.batches import Pair, batches, mixed
from autograder.kit.lab import Lab

SPECIAL = (".pad", ".start", ".end", ".unk")
LETTERS = "abcdefgh"
Row = tuple[tuple[int, ...], tuple[int, ...]]  # input and target


@dataclass(frozen=True)
class Asked:
    """Strings and the numbers of their symbols."""

    strings: tuple[str, ...]
    w2i: Mapping[str, int]

    def ids(self, text: str) -> tuple[int, ...]:
        """The numbers of a string's symbols."""
        return tuple(self.w2i[symbol] for symbol in text)

    def content(self, row: Sequence[int]) -> tuple[int, ...]:
        """A row without special tokens."""
        special = {self.w2i[token] for token in SPECIAL}
        return tuple(number for number in row if number not in special)

    def batches(self, lab: Lab, **named: Any) -> list[Pair]:
        """What the function makes of the strings; what yields batches is listed.

        Raises:
            StudentError, Mismatch: they can't be had.
        """
        return batches(lab, LM_BATCHES.name, list(self.strings), dict(self.w2i), **named)


def rows(made: Sequence[Pair]) -> list[Row]:
    """All rows; a target that is shorter or longer than its input stays so."""
    return [
        (tuple(map(int, one)), tuple(map(int, other)))
        for inputs, targets in made
        for one, other in zip(inputs, targets, strict=False)
    ]


def drawn(rng: np.random.Generator, lengths: Sequence[int]) -> Asked:
    """A string of each of these lengths, all different where they can be, and numbers in random order."""
    tokens = [str(token) for token in rng.permutation([*SPECIAL, *LETTERS])]
    if tokens[0] == ".pad":
        tokens = tokens[1:] + tokens[:1]
    strings: dict[str, None] = {}
    for length in lengths:
        text = ""
        while not text or (text in strings and length > 1):
            text = "".join(LETTERS[n] for n in rng.integers(len(LETTERS), size=length))
        strings[text] = None
    return Asked(tuple(strings), mixed({token: number for number, token in enumerate(tokens)}, rng))
