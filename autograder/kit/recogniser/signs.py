"""Signs of life: what a module with one fault still shows, and no constant, average or copy does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Sign:
    """One sign of life: the sentence that says that it is missing, and how much it counts."""

    missing: str
    counts: int = 1


def weight(signs: Sequence[Sign]) -> int:
    return sum(sign.counts for sign in signs)
