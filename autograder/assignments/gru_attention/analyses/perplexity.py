"""Perplexity: exp of the mean cross-entropy per token, in nats. Never the mean of exponentials."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from autograder.assignments.gru_attention.analyses.models import Floats, Ints, Model

LARGEST = math.log(1.7e308)  # nats; beyond it exp overflows


def cross_entropy(logits: Floats, targets: Ints) -> Floats:
    """Loss of each token in nats, float64 [...], from logits [..., V] and targets [...]."""
    logits = logits.astype(np.float64)
    highest = logits.max(axis=-1, keepdims=True)
    total = np.log(np.exp(logits - highest).sum(axis=-1)) + highest[..., 0]
    found: Floats = total - np.take_along_axis(logits, targets[..., None], axis=-1)[..., 0]
    return found


def perplexity(losses: Iterable[float] | Floats) -> float:
    """exp of the mean of the tokens' losses; of equal-sized batches' mean losses, the same. Inf where it overflows.

    Raises:
        ValueError: there are no losses.
    """
    values = np.asarray(losses if isinstance(losses, np.ndarray) else list(losses), np.float64)
    if values.size == 0:
        raise ValueError("no losses have no perplexity")
    mean = float(values.mean())
    return math.inf if mean > LARGEST else math.exp(mean)


def model_perplexity(model: Model, tokens: Ints, hidden: Floats, seq_len: int) -> float:
    """The model's perplexity on columns of text, tokens [N + 1, B], read `seq_len` steps at a time, the state carried.

    Every token but the first of each column is predicted once, and all count alike.
    """
    losses = []
    for start in range(0, len(tokens) - 1, seq_len):
        part = tokens[start : start + seq_len + 1]
        logits, hidden = model.forward(part[:-1], hidden)
        losses.append(cross_entropy(logits, part[1:]).ravel())
    return perplexity(np.concatenate(losses) if losses else [])
