"""How a classifier of texts is called: a batch of padded ids with their lengths, logits of two classes."""

from __future__ import annotations

import numpy as np

from autograder.judge.models import Model
from autograder.kit.training.trainer import Numbers, logits
from autograder.wire.frames import Array

OUTPUTS = 2
PAD = 0


def forward(model: Model, ids: Numbers, lengths: Numbers) -> Numbers:
    """Return logits float64 [B, 2] of one batch: ids int64 [B, T], lengths [B].

    Raises:
        Mismatch: it answers something else.
    """
    answer = model.object.call("()", Array("tensor", ids), Array("tensor", lengths.astype(np.float32)))
    return logits(answer, len(ids), OUTPUTS)
