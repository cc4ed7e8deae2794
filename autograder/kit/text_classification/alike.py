"""What a classifier of token numbers does whatever its weights are, found on rows of one length: nothing is padded."""

from __future__ import annotations

import numpy as np

from autograder.judge.models import Model
from autograder.kit.text_classification.calling import OUTPUTS
from autograder.kit.text_classification.data import FIRST_WORD
from autograder.kit.training.trainer import Numbers, logits
from autograder.wire.frames import Array

SAME = 1e-3  # of the logits' spread: as different as rounding makes them


def fault(model: Model, vocabulary: int, recurrent: bool, rng: np.random.Generator) -> str:
    """Why training would prove nothing, one clause about "it": found on rows of one length, under random weights."""
    first = model.state()
    model.randomise(rng, scale=0.5)
    ids = rng.integers(FIRST_WORD, vocabulary, (6, 9))
    before, again, backwards, other = (forward(model, rows) for rows in (ids, ids, ids[:, ::-1], ids[::-1]))
    alone = np.concatenate([forward(model, ids[row : row + 1]) for row in range(len(ids))])
    model.load(first)
    allowed = SAME * max(float(before.std()), 1e-3)
    if np.abs(again - before).max() > allowed:
        return "it gives other logits when it is called again with the same batch in evaluation mode"
    if max(np.abs(alone - before).max(), np.abs(other[::-1] - before).max()) > allowed:
        return "it confuses the reviews of a batch: alone, or in another order, they get other logits"
    if recurrent and np.abs(backwards - before).max() <= allowed:
        return "it does not use the order of the words: it is a bag of words, not a recurrent model"
    return ""


def forward(model: Model, ids: Numbers) -> Numbers:
    """Logits of reviews of one length."""
    return logits(model.object.call("()", Array("tensor", np.ascontiguousarray(ids))), len(ids), OUTPUTS)
