"""Gradient norms over time, and curves rescaled to [0, 1]."""

from __future__ import annotations

from typing import Literal

import numpy as np

from autograder.assignments.gru_attention.analyses.models import Floats, Ints, Model

Average = Literal["gradients", "norms"]
Scale = Literal["range", "maximum"]


def gradient_curve(
    model: Model,
    inputs: Ints,
    targets: Ints,
    hidden: Floats,
    average: Average = "gradients",
    scale: Scale = "range",
) -> Floats:
    """How strongly the last step's loss depends on the top state after each step: [T], in [0, 1].

    Arguments as for `Model.gradients`, `norms` and `rescaled`.
    """
    return rescaled(norms(model.gradients(inputs, targets, hidden), average), scale)


def norms(gradients: Floats, average: Average = "gradients") -> Floats:
    """Euclidean norms [T] of gradients [T, B, H].

    average: "gradients" takes the norm of the batch's mean gradient, in which examples may cancel; "norms" takes the
    mean of each example's norm.
    """
    if average == "gradients":
        gradients = gradients.mean(axis=1, keepdims=True)
    found: Floats = np.linalg.norm(gradients, axis=2).mean(axis=1)
    return found


def rescaled(curve: Floats, scale: Scale = "range") -> Floats:
    """The curve in [0, 1].

    scale: "range" is (v - min) / (max - min), 0 everywhere for a constant curve; "maximum" is v / max, for curves that
    are nowhere negative, 0 everywhere for one that is 0.

    Raises:
        ValueError: the curve is empty, not finite, or negative under "maximum".
    """
    curve = np.asarray(curve, np.float64)
    if curve.size == 0 or not np.isfinite(curve).all():
        raise ValueError("a curve without values, or with values that are not finite, can't be rescaled")
    low = curve.min() if scale == "range" else 0.0
    if curve.min() < low:
        raise ValueError("a curve with negative values can't be divided by its maximum")
    width = curve.max() - low
    found: Floats = (curve - low) / width if width > 0 else np.zeros_like(curve)
    return found
