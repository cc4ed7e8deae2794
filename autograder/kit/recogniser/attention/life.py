"""Whether an attention module attends, by signs that no average, copy or fixed weighting shows; see signs.py.

With one head and large inputs softmax chooses one key: a query's output is then what it would be if all keys and
values were that one. This needs to know neither weights nor scale.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autograder.kit.comparing import NDArray, close
from autograder.kit.lab import SCALE
from autograder.kit.recogniser.attention.builds import Attention, Attentions
from autograder.kit.recogniser.signs import Sign

HEADS, UNITS, ROWS, LENGTH = 2, 6, 2, 4
MAX_MISSING = 3
LARGE = 300.0


def missing_signs(lab: Attentions, rng: np.random.Generator) -> list[Sign]:
    """The signs that the module does not show; more than MAX_MISSING of them, counted, are no attention.

    Raises:
        StudentError, Mismatch: forward does not work at all.
    """
    return Probe(lab, rng).signs()


@dataclass(frozen=True)
class Probe:
    """Calls of one module under a mask that lets all be seen."""

    lab: Attentions
    rng: np.random.Generator

    def signs(self) -> list[Sign]:
        model = self.model(HEADS)
        x, y, q, k, v, w = (self.draw() for _ in range(6))
        itself, moved = self.call(model, x, x, x), x.copy()
        moved[:, 1] += 1
        others = [0, 2, 3]
        if close(itself[:, others], self.call(model, moved, moved, moved)[:, others]):
            return [Sign("no position reaches another one's output", MAX_MISSING + 1)]
        if close(itself, np.repeat(itself[:, :1], LENGTH, axis=1)):
            return [Sign("every position attends to the same: the query does not count", MAX_MISSING + 1)]
        sums = (
            itself + self.call(model, y, y, y),
            self.call(model, x + y, x + y, x + y) + self.call(model, *[0 * x] * 3),
        )
        if close(*sums):
            return [Sign("the output is linear in what is attended to: the weights are fixed", MAX_MISSING + 1)]
        before = self.call(model, q, k, v)
        found = [
            Sign(f"another {name} changes nothing")
            for name, inputs in (("query", (w, k, v)), ("key", (q, w, v)), ("value", (q, k, w)))
            if close(before, self.call(model, *inputs))
        ]
        if not close(before + self.call(model, q, k, w), self.call(model, q, k, v + w) + self.call(model, q, k, 0 * v)):
            found.append(Sign("the output is not linear in value"))
        equal = np.repeat(v[:, :1], LENGTH, axis=1)
        if not close(self.call(model, q, k, equal), self.call(model, x, w, equal)):
            found.append(Sign("weights do not sum to one"))
        return found if self.chooses() else [*found, Sign("large scores do not choose one key", 2)]

    def chooses(self) -> bool:
        """Whether one head with large inputs hands on what one key alone would give, for nearly all queries."""
        model, x = self.model(1), LARGE * self.draw()
        got = self.call(model, x, x, x)
        single = np.repeat(
            x.reshape(ROWS * LENGTH, 1, UNITS), LENGTH, axis=1
        )  # each key alone, as often as there are keys
        alone = self.call(model, single, single, single)[:, 0].reshape(ROWS, 1, LENGTH, UNITS)
        off = np.abs(got[:, :, None] - alone).max(axis=-1).min(axis=-1)  # [B, T]: to the nearest
        return bool((off < 1e-3 * np.abs(got).max()).mean() > 0.7)

    def model(self, heads: int) -> Attention:
        model = self.lab.attention(heads, UNITS)
        model.load_vector(self.rng.normal(0, SCALE, model.scalars).astype(np.float32))
        return model

    def draw(self) -> NDArray:
        return self.rng.normal(size=(ROWS, LENGTH, UNITS)).astype(np.float32)

    def call(self, model: Attention, *inputs: NDArray) -> NDArray:
        """The output; every call starts from one seed, so that what is drawn anew is the same each time."""
        query, key, value = inputs
        return model.forward(query, key, value, seed=0)
