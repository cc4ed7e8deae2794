"""What counting gets: an interpolated trigram, and shorter ones, which models that were worth their training beat."""

from __future__ import annotations

from itertools import product

import numpy as np

from autograder.assignments.gru_attention.verified.lessons import Contexts, Lessons, Numbers

STEPS = 10  # shares of the orders are tried in steps of a tenth


def trigram_perplexity(lessons: Lessons) -> float:
    """Return the trigram's of `counting`."""
    return counting(lessons)[2]


def counting(lessons: Lessons) -> tuple[float, float, float]:
    """Return the perplexities on the test of counts of one word, of up to two, and of up to three: an interpolated
    trigram. They are weighed as suits the validation best."""
    words = lessons.vocab_size
    texts = lessons.texts.astype(np.int64)
    targets, last = texts[:, 1:].ravel(), texts[:, :-1].ravel()
    pairs = (texts[:, :-2] * words + texts[:, 1:-1]).ravel()  # what stands before the third word on
    orders = (
        counted(np.zeros_like(targets), targets, words),
        counted(last, targets, words),
        counted(pairs, texts[:, 2:].ravel(), words),
    )
    valid, test = (shares(part, orders, words) for part in (lessons.valid, lessons.test))
    grid = [g for g in product(range(STEPS), repeat=3) if sum(g) < STEPS]  # something is left for words never seen
    found = []
    for longest in (1, 2, 3):
        some = [weights for weights in grid if not any(weights[longest:])]
        best = max(some, key=lambda w: np.log(mixed(valid, w, words)).sum())
        found.append(float(np.exp(-np.log(mixed(test, best, words)).mean())))
    return found[0], found[1], found[2]


Counts = tuple[Numbers, Numbers, Numbers, Numbers]  # keys with their counts; of (before, target), and of before alone


def counted(before: Numbers, targets: Numbers, words: int) -> Counts:
    """Count targets after what stands before them."""
    return (*np.unique(before * words + targets, return_counts=True), *np.unique(before, return_counts=True))


def shares(part: Contexts, orders: tuple[Counts, ...], words: int) -> Numbers:
    """Return the share of each target among what came after the same words, [3, n]; 0 where they never came."""
    one, two = part.before(1).astype(np.int64), part.before(2).astype(np.int64)
    found = []
    for (keys, many, befores, total), before in zip(orders, (0 * one, one, two * words + one), strict=True):
        seen, all_seen = looked_up(keys, many, before * words + part.targets), looked_up(befores, total, before)
        found.append(seen / np.maximum(all_seen, 1))
    return np.stack(found)


def looked_up(keys: Numbers, values: Numbers, asked: Numbers) -> Numbers:
    """Return the values of sorted keys, 0 for those that are not there."""
    places = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    found: Numbers = np.where(keys[places] == asked, values[places], 0)
    return found


def mixed(found: Numbers, weights: tuple[int, ...], words: int) -> Numbers:
    """Return the probabilities of the targets, the rest of the weight being shared by all words."""
    parts = np.array(weights) / STEPS
    mixture: Numbers = parts @ found + (1 - parts.sum()) / words
    return mixture
