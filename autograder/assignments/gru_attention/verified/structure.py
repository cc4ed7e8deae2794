"""What a next-word predictor does whatever its weights are: found out in milliseconds, before anything is trained.

Perplexity alone proves little: a model that sees the word it is to predict has none.
"""

from __future__ import annotations

import numpy as np

from autograder.assignments.gru_attention.verified.lessons import Numbers
from autograder.assignments.gru_attention.verified.predictor import Predictor

ROWS = 4  # of a batch that are compared
SAME, DIFFERENT = 1e-3, 1e-6  # of the logits' spread
DRAWS = 2  # of weights: an effect may be too small to be seen under one of them
SCALE = 0.5
FAR = 4  # words back

AHEAD = "it sees words that are still to come: another word later on changes what it says before"
MIXED = "it confuses the sequences of a batch: other ones beside it change what it says of a sequence"
AGAIN = "it gives other logits when it is called again with the same batch in evaluation mode"
MUTE = "what it says does not depend on the word that it has just read"
FORGETS = "it does not use the words before the last one"
BAG = "it does not use the order of the words: it is a bag of words"


def fault(model: Predictor, length: int, rng: np.random.Generator) -> str:
    """Say why it is no language model that reads words one after the other, in one clause about "it"; empty if it is.

    Its weights are put back afterwards.

    Raises:
        StudentError, Mismatch: it can't be called.
    """
    first, effects = model.state(), set[str]()
    ids = drawn(model, length, rng)
    for _ in range(DRAWS):
        model.randomise(rng, scale=SCALE)
        before = model.scores(ids, ROWS)
        if clause := unequal(model, ids, before, rng):
            return clause
        effects |= seen(model, ids, before)
    model.load(first)
    return next((clause for clause in (MUTE, FORGETS, BAG) if clause not in effects), "")


def drawn(model: Predictor, length: int, rng: np.random.Generator) -> Numbers:
    """Return ids [batch, length] of which no two neighbours are equal."""
    moves = rng.integers(1, model.vocab, (model.batch, length))
    return moves.cumsum(axis=1) % model.vocab


def unequal(model: Predictor, ids: Numbers, before: Numbers, rng: np.random.Generator) -> str:
    """Say what changes the logits and must not."""
    allowed = SAME * max(float(before.std()), 1e-3)

    def differs(changed: Numbers, until: int) -> bool:
        return bool(np.abs(model.scores(changed, ROWS)[:, :until] - before[:, :until]).max() > allowed)

    length = ids.shape[1]
    for step in (length // 2, length - 1):
        later = ids.copy()
        later[:, step:] = (later[:, step:] + rng.integers(1, model.vocab, later[:, step:].shape)) % model.vocab
        if differs(later, step):
            return AHEAD
    others = ids.copy()
    others[ROWS:] = (others[ROWS:] + 1) % model.vocab
    if differs(others, length):
        return MIXED
    return AGAIN if differs(ids, length) else ""


def seen(model: Predictor, ids: Numbers, before: Numbers) -> set[str]:
    """The clauses that are refuted: something else there changes the logits of the last step."""
    least = DIFFERENT * max(float(before.std()), 1e-3)
    last, far = ids.copy(), ids.copy()
    last[:, -1] = (last[:, -1] + 1) % model.vocab
    far[:, -FAR] = (far[:, -FAR] + 1) % model.vocab
    swapped = ids.copy()
    swapped[:, [-FAR, 1 - FAR]] = ids[:, [1 - FAR, -FAR]]
    changes = {MUTE: last, FORGETS: far, BAG: swapped}
    return {
        clause
        for clause, changed in changes.items()
        if np.abs(model.scores(changed, ROWS)[:, -1] - before[:, -1]).max() > least
    }
