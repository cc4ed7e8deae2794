"""What make_lm_batches makes of strings, row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.kit.comparing import NDArray
from autograder.kit.known_law import listed
from autograder.kit.lab import Lab
from autograder.wire.frames import Opaque

from .toys import LM_BATCHES

SPECIAL = (".pad", ".start", ".end", ".unk")
LETTERS = "abcdefgh"
Batch = tuple[NDArray, NDArray]
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

    def batches(self, lab: Lab, **named: Any) -> list[Batch]:
        """What the function makes of the strings; what yields batches is listed.

        Raises:
            StudentError, Mismatch: they can't be had.
        """
        return read(lab, raw(lab, self, **named))


def raw(lab: Lab, asked: Asked, **named: Any) -> Any:
    """The batches as they came over the wire, or what yields them."""
    lab.expect_there(LM_BATCHES.name)
    return lab.raw(LM_BATCHES.name, list(asked.strings), dict(asked.w2i), named=named)


def read(lab: Lab, answer: Any) -> list[Batch]:
    """An answer as pairs of inputs and targets, int64 [b, t] both."""
    if isinstance(answer, Opaque):
        call = lab.student.calls[-1]
        kept = lab.student.call(call.target, *call.args, named=call.kwargs, keep=True)
        answer = listed(kept)
    found: list[Batch] = LM_BATCHES.returns.read(answer, {}, LM_BATCHES.name)
    return found


def rows(batches: Sequence[Batch]) -> list[Row]:
    """All rows; a target that is shorter or longer than its input stays so."""
    return [
        (tuple(map(int, one)), tuple(map(int, other)))
        for inputs, targets in batches
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
    return Asked(tuple(strings), {token: number for number, token in enumerate(tokens)})
