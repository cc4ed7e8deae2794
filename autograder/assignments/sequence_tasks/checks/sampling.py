"""Models with a known law, what `sample` draws from them, and how far that is from the law."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.assignments.sequence_tasks.toys import SAMPLE
from autograder.kit.batches import mixed
from autograder.kit.comparing import NDArray
from autograder.kit.known_law import Way, known_model
from autograder.kit.lab import Lab
from autograder.student.proxy import Call, Object

LETTERS = "abcd"
MARKS = (".pad", ".start", ".end", ".unk")
LAW = np.array([0.6, 0.24, 0.11, 0.05])  # of the next letter; each state has it in another order
NEVER = -200.0  # logit of what is not to come, at a temperature of 6 neither
LONG = 350  # tokens
CRITICAL = 60.0  # of a chi-square with 12 degrees of freedom: above it once in forty million times


@dataclass(frozen=True)
class Model:
    """A module in the student process; `logits` [V, V], by what its `way` reads; numbers of tokens."""

    lab: Lab
    w2i: dict[str, int]
    logits: NDArray
    way: Way
    object: Object

    @property
    def letters(self) -> list[int]:
        """The numbers of the letters."""
        return [self.w2i[letter] for letter in LETTERS]

    def sample(self, prefix: Sequence[int], **named: Any) -> list[int]:
        """What the hand-in's function gives.

        Raises:
            StudentError, Mismatch: no list of whole numbers comes back.
        """
        found: list[int] = self.lab.call(SAMPLE.name, self.object, list(prefix), dict(self.w2i), named=named)
        return found

    def prefix(self, letters: str) -> list[int]:
        """`.start` and these letters, as numbers."""
        return [self.w2i[".start"], *(self.w2i[letter] for letter in letters)]

    def rows(self, tokens: Sequence[int]) -> NDArray:
        """For each token, the row of `logits` that the next one is drawn by."""
        ids = np.array(tokens)
        rows = {"last": ids, "sum": ids.cumsum(), "first": np.full(len(ids), ids[0])}[self.way]
        found: NDArray = rows % len(self.logits)
        return found


def numbers(rng: np.random.Generator) -> dict[str, int]:
    """Numbers for tokens in random order; that of `.pad` is not 0."""
    tokens = [str(token) for token in rng.permutation([*MARKS, *LETTERS])]
    if tokens[0] == ".pad":
        tokens = tokens[1:] + tokens[:1]
    return mixed({token: number for number, token in enumerate(tokens)}, rng)


def random_model(
    lab: Lab, rng: np.random.Generator, way: Way = "last", *, end: float = 0.0, gives_state: bool = False
) -> Model:
    """In every state letters follow by LAW in another order, and `.end` with this probability."""
    w2i = numbers(rng)
    table = np.full((len(w2i), len(w2i)), NEVER)
    for row in table:
        row[[w2i[letter] for letter in LETTERS]] = np.log(rng.permutation(LAW) * (1 - end))
        row[w2i[".end"]] = np.log(end) if end else NEVER
    return _made(lab, w2i, table + rng.normal(size=(len(w2i), 1)), way, gives_state)


def sure_model(
    lab: Lab, rng: np.random.Generator, way: Way = "last", *, gives_state: bool = False, logit: float = 0.0
) -> Model:
    """In every state one letter is certain. `logit`: its logit; all others have NEVER."""
    w2i = numbers(rng)
    table = np.full((len(w2i), len(w2i)), NEVER)
    table[np.arange(len(w2i)), rng.permutation([w2i[letter] for letter in LETTERS] * 2)] = logit
    return _made(lab, w2i, table, way, gives_state)


def _made(lab: Lab, w2i: dict[str, int], table: NDArray, way: Way, gives_state: bool) -> Model:
    table = np.round(table, 2)
    return Model(lab, w2i, table, way, known_model(lab.student, table, way, gives_state=gives_state))


@dataclass(frozen=True)
class Drawn:
    """One long continuation: the whole list of tokens, and how many of them are the prefix."""

    model: Model
    tokens: list[int]
    start: int
    call: Call


def drawn(lab: Lab, rng: np.random.Generator) -> Drawn:
    """A continuation by LONG tokens in all of a random model, made once for all checks that look at its law.

    Raises:
        StudentError, Mismatch: no list of whole numbers comes back.
    """

    def draw(lab: Lab, name: str) -> Drawn:
        model = random_model(lab, rng)
        prefix = model.prefix("abc")
        tokens = [*prefix, *continued(model.sample(prefix, max_length=LONG), prefix)]
        return Drawn(model, tokens, len(prefix), lab.student.calls[-1])

    found = lab.once("drawn", SAMPLE.name, draw)
    lab.student.calls = [found.call]
    return found


def continued(tokens: Sequence[int], prefix: Sequence[int]) -> list[int]:
    """What follows the prefix; all of it where the prefix is not kept."""
    kept = list(tokens[: len(prefix)]) == list(prefix)
    return list(tokens[len(prefix) :]) if kept else list(tokens)


def law_of(logits: NDArray, temperature: float) -> NDArray:
    """softmax(logits / temperature), row by row."""
    weights = np.exp((logits - logits.max(axis=-1, keepdims=True)) / temperature)
    found: NDArray = weights / weights.sum(axis=-1, keepdims=True)
    return found


def surprise(model: Model, tokens: Sequence[int], start: int, temperature: float = 1.0) -> tuple[float, str]:
    """How unlikely the tokens from `start` on are, each letter being a state: the likelihood ratio against the law, a
    chi-square with 12 degrees of freedom; in words, how often each letter came and how often it should have. Infinite
    where something came that is no letter."""
    states, drawn = model.rows(tokens)[start - 1 : -1], np.array(tokens[start:])
    letters = model.letters
    if not np.isin(drawn, letters).all():
        return np.inf, "tokens that are next to impossible"
    law = law_of(model.logits[:, letters], temperature)
    total, came, wanted = 0.0, np.zeros(len(letters)), np.zeros(len(letters))
    for state in letters:
        got = np.array([((states == state) & (drawn == letter)).sum() for letter in letters])
        expected = law[state] * got.sum()
        total += 2 * float((got * np.log(np.maximum(got, 1) / np.maximum(expected, 1e-9))).sum())
        order = np.argsort(-law[state], kind="stable")
        came, wanted = came + got[order], wanted + expected[order]
    shown = f"the likeliest letter {came[0]:.0f} times, the next ones {', '.join(f'{n:.0f}' for n in came[1:])}"
    return total, f"{shown}; it should be about {', '.join(f'{n:.0f}' for n in wanted)}"
