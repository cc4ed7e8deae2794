"""Token sequences of different lengths, flat, with one target for each sequence or for each token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False)
class Sequences:
    """`ids` int32 [sum of lengths], one sequence after the other; `lengths` int64 [n], each at least 1; `targets`
    integers [n], or [sum of lengths] where they are `per_token`."""

    ids: Array
    lengths: Array
    targets: Array
    per_token: bool = False

    def __len__(self) -> int:
        return len(self.lengths)

    def rows(self, chosen: Array) -> Sequences:
        """Return these sequences, in this order."""
        lengths = self.lengths[chosen]
        starts = (np.cumsum(self.lengths) - self.lengths)[chosen] - (np.cumsum(lengths) - lengths)
        places = np.repeat(starts, lengths) + np.arange(lengths.sum())
        return Sequences(self.ids[places], lengths, self.targets[places if self.per_token else chosen], self.per_token)


class Split(Protocol):
    """The data of one attempt."""

    @property
    def train(self) -> Sequences: ...

    @property
    def valid(self) -> Sequences: ...

    @property
    def test(self) -> Sequences: ...


def joined(parts: Sequence[Sequences]) -> Sequences:
    """Return all their sequences, one part after the other."""
    ids, lengths, targets = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("ids", "lengths", "targets")
    )
    return Sequences(ids, lengths, targets, parts[0].per_token)


def accuracy(logits: Array, targets: Array) -> float:
    """Return the share of rows [n, C] whose largest logit is the target's."""
    return float((logits.argmax(axis=1) == targets).mean())


def perplexity(logits: Array, targets: Array) -> float:
    """Return exp of the mean cross-entropy, in nats, of rows [n, C] and their targets [n]."""
    top = logits.max(axis=1, keepdims=True)
    log_total = np.log(np.exp(logits - top).sum(axis=1)) + top[:, 0]
    return float(np.exp((log_total - logits[np.arange(len(targets)), targets]).mean()))
