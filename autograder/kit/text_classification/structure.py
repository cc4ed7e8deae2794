"""What a recurrent classifier does whatever its weights are: found out in milliseconds, before anything is trained.

Accuracy alone proves nothing about recurrence: a bag of words reaches 0.88 on the film reviews.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograder.judge.expect import Mismatch
from autograder.judge.models import Model
from autograder.kit.text_classification.calling import PAD, forward
from autograder.kit.training.trainer import Numbers

LENGTHS = np.array([14, 3, 7, 12, 1, 5, 9, 4])
WIDTH = 14
EXTRA = 11  # columns of padding
SAME = 1e-3  # of the logits' spread: as different as rounding makes them
DIFFERENT = 1e-5
DRAWS = 2  # of weights: an effect may be too small to be seen under one of them


def fault(model: Model, vocabulary: int, rng: np.random.Generator) -> str:
    """Why it is no recurrent classifier of padded batches, in one clause about "it"; empty if nothing is wrong.

    It is the object that is trained afterwards, at the sizes of the training: its weights are put back. `vocabulary`:
    how many words it was built for, at least 4.

    Raises:
        StudentError, Mismatch: it can't be called.
    """
    first = model.state()
    ids = rng.integers(2, vocabulary, (len(LENGTHS), WIDTH))
    ids[np.arange(WIDTH) >= LENGTHS[:, None]] = PAD
    seen: set[str] = set()
    for _ in range(DRAWS):
        model.randomise(rng, scale=0.5)
        broken = unequal(model, ids, rng)
        if broken:
            return broken
        seen |= effects(model, ids, vocabulary)
    model.load(first)
    return next((clause for clause in EFFECTS if clause not in seen), "")


def unequal(model: Model, ids: Numbers, rng: np.random.Generator) -> str:
    """What must not change the logits and does."""
    before = forward(model, ids, LENGTHS)
    allowed = SAME * max(float(before.std()), 1e-3)

    def differs(found: Numbers, expected: Numbers) -> bool:
        return bool(np.abs(found - expected).max() > allowed)

    if differs(forward(model, ids, LENGTHS), before):
        return "it gives other logits when it is called again with the same batch in evaluation mode"
    order = rng.permutation(len(ids))
    if differs(forward(model, ids[order], LENGTHS[order]), before[order]):
        return "it confuses the reviews of a batch: in another order they get other logits"
    wider = np.pad(ids, ((0, 0), (0, EXTRA)), constant_values=PAD)
    if differs(forward(model, wider, LENGTHS), before):
        return "it reads the padding: more of it on the right changes the logits"
    for row, length in enumerate(LENGTHS):
        alone = _alone(model, ids[row : row + 1, :length], LENGTHS[row : row + 1])
        if differs(alone, before[row : row + 1]):
            return "it gives a review other logits when it stands alone, without the rest of its batch"
    return ""


def _alone(model: Model, ids: Numbers, length: Numbers) -> Numbers:
    try:
        return forward(model, ids, length)
    except Mismatch as error:
        raise Mismatch(f"given a batch of one review of {length[0]} words, {error.message}") from error


def _last(ids: Numbers, vocabulary: int) -> Numbers:
    rows = np.arange(len(ids))
    changed = ids.copy()
    changed[rows, LENGTHS - 1] = _other(ids[rows, LENGTHS - 1], vocabulary)
    return changed


def _first(ids: Numbers, vocabulary: int) -> Numbers:
    changed = ids.copy()
    changed[:, 0] = _other(ids[:, 0], vocabulary)
    return changed


def _reversed(ids: Numbers, vocabulary: int) -> Numbers:
    changed = ids.copy()
    for row, length in enumerate(LENGTHS):
        changed[row, :length] = ids[row, :length][::-1]
    return changed


def _other(words: Numbers, vocabulary: int) -> Numbers:
    return (words - 2 + (vocabulary - 2) // 2) % (vocabulary - 2) + 2


EFFECTS: dict[str, Callable[[Numbers, int], Numbers]] = {
    "it does not use the last word of a review": _last,
    "it does not use the first word of a review": _first,
    "it does not use the order of the words: it is a bag of words, not a recurrent model": _reversed,
}


def effects(model: Model, ids: Numbers, vocabulary: int) -> set[str]:
    """The clauses of EFFECTS that are refuted: at least one review of several words gets other logits."""
    before = forward(model, ids, LENGTHS)
    several = LENGTHS > 2
    least = DIFFERENT * max(float(before.std()), 1e-3)
    return {
        clause
        for clause, change in EFFECTS.items()
        if np.abs(forward(model, change(ids, vocabulary), LENGTHS) - before)[several].max() > least
    }
