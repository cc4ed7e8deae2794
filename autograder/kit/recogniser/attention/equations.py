"""Attention in numpy float64 (Vaswani et al. 2017, arXiv:1706.03762); tests/ hold it against torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autograder.kit.recogniser.gates import Floats

SOLVES = ("attention.forward",)  # kept out of the students' wheel, with what needs it


@dataclass(frozen=True)
class Projections:
    """Attention's weights: query, key, value, output [d, d] (rows are outputs) and their biases [d].

    interleaved: head i holds the features i, i + n, … instead of i d_k … (i + 1) d_k - 1.
    """

    weights: tuple[Floats, Floats, Floats, Floats]
    biases: tuple[Floats, Floats, Floats, Floats]
    interleaved: bool = False


def softmax(scores: Floats) -> Floats:
    powers: Floats = np.exp(scores - scores.max(axis=-1, keepdims=True))
    total: Floats = powers.sum(axis=-1, keepdims=True)
    return powers / total


def split(x: Floats, heads: int, interleaved: bool) -> Floats:
    """[B, T, d] → [B, n, T, d_k]"""
    batch, length, width = x.shape
    if interleaved:
        return x.reshape(batch, length, width // heads, heads).transpose(0, 3, 1, 2)
    return x.reshape(batch, length, heads, width // heads).transpose(0, 2, 1, 3)


def merge(x: Floats, interleaved: bool) -> Floats:
    """[B, n, T, d_k] → [B, T, d]"""
    batch, heads, length, width = x.shape
    return x.transpose((0, 2, 3, 1) if interleaved else (0, 2, 1, 3)).reshape(batch, length, heads * width)


def attend(
    known: Projections, heads: int, inputs: tuple[Floats, Floats, Floats], mask: Floats, scale: float | None = None
) -> Floats:
    """The output [B, Tq, d] for query, key and value [B, T, d] and a mask [B, Tq, Tk]; `scale` is 1/√d_k when None."""
    q, k, v = (
        split(np.asarray(x, np.float64) @ w.T + b, heads, known.interleaved)
        for x, w, b in zip(inputs, known.weights, known.biases, strict=False)
    )
    scores = q @ k.transpose(0, 1, 3, 2) * (q.shape[-1] ** -0.5 if scale is None else scale)
    weights = softmax(np.where(mask[:, None] == 0, -1e9, scores))
    return merge(weights @ v, known.interleaved) @ known.weights[3].T + known.biases[3]
