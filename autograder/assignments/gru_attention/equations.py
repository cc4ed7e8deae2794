"""The assignment's equations in numpy float64: what the judge compares answers with. tests/ hold them against torch.

GRU: Cho et al. 2014 (arXiv:1406.1078) and Chung et al. 2014 (arXiv:1412.3555), in all four accepted forms.
Attention: Vaswani et al. 2017 (arXiv:1706.03762).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
RESET, UPDATE, CANDIDATE = 0, 1, 2


def sigmoid(x: Floats) -> Floats:
    result: Floats = 0.5 * (1 + np.tanh(0.5 * x))
    return result


@dataclass(frozen=True)
class Form:
    """Which of the accepted GRUs it is.

    keeps: z weighs the old state (Cho; torch), not the candidate. after: r acts after the product, r ⊙ (U h + c)
    (torch), not before it, U (r ⊙ h).
    """

    keeps: bool = False
    after: bool = False


@dataclass(frozen=True)
class Layer:
    """One layer's weights by gate (reset, update, candidate): x [3, H, I], h [3, H, H], bias [3, H].

    inner [H] is the candidate's second bias, inside the reset.
    """

    x: Floats
    h: Floats
    bias: Floats
    inner: Floats

    def step(self, x: Floats, h: Floats, form: Form) -> Floats:
        """The next state [B, H] from x [B, I] and h [B, H]."""
        r, z = (sigmoid(x @ self.x[g].T + h @ self.h[g].T + self.bias[g]) for g in (RESET, UPDATE))
        inside = self.h[CANDIDATE].T
        recurrent = r * (h @ inside + self.inner) if form.after else (r * h) @ inside
        candidate = np.tanh(x @ self.x[CANDIDATE].T + recurrent + self.bias[CANDIDATE])
        old: Floats = z if form.keeps else 1 - z
        new: Floats = old * h + (1 - old) * candidate
        return new


def run_layers(layers: tuple[Layer, ...], form: Form, inputs: Floats, hidden: Floats) -> tuple[Floats, Floats]:
    """The top layer's states [T, B, H] and all layers' last states [L, B, H], from inputs [T, B, I]."""
    states, tops = list(hidden.astype(np.float64)), []
    for x in inputs:
        for number, layer in enumerate(layers):
            x = states[number] = layer.step(x, states[number], form)
        tops.append(x)
    return np.stack(tops), np.stack(states)


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
