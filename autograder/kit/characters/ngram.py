"""An interpolated n-gram model of characters: how like a text a passage is."""

from __future__ import annotations

import math
from collections import Counter, defaultdict

from autograder.kit.characters import ALPHABET

ORDER = 4  # characters of context


class Ngram:
    """Counts of a text, interpolated after Witten and Bell: each order leans on the shorter one where it saw little."""

    def __init__(self, text: str, order: int = ORDER) -> None:
        self._counts: list[defaultdict[str, Counter[str]]] = []
        for size in range(order + 1):
            counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
            for place in range(size, len(text)):
                counts[text[place - size : place]][text[place]] += 1
            self._counts.append(counts)

    def probability(self, context: str, character: str) -> float:
        """Of a character after a context of any length."""
        found = 1 / len(ALPHABET)
        for size, counts in enumerate(self._counts):
            seen = counts.get(context[len(context) - size :]) if size <= len(context) else None
            if not seen:
                break
            found = (seen[character] + len(seen) * found) / (seen.total() + len(seen))
        return found

    def perplexity(self, passage: str) -> float:
        """Of a passage from a neutral start, one space."""
        text = f" {passage}"
        losses = [-math.log(self.probability(text[max(0, n - 10) : n], text[n])) for n in range(1, len(text))]
        return math.exp(sum(losses) / len(losses))
