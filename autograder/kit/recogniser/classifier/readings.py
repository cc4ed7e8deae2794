"""Ways to make one vector of what recurrent layers give over a sequence."""

from __future__ import annotations

import numpy as np

from autograder.kit.recogniser.gates import Floats

LAST = "the top layer's output at the last real position"
MEAN, MAXIMUM = "the mean over all positions", "the maximum over all positions"
POOLED = (MEAN, MAXIMUM, "the sum over all positions", "the last output joined with mean and maximum",
          "the mean joined with the maximum")  # fmt: skip


def readings(outputs: list[Floats], hidden: int, cells: Floats | None = None) -> dict[str, Floats]:
    """Ways to make one vector of a sequence's layer outputs [..., T, D*H], by name; the accepted ones first."""
    top = outputs[-1]
    last, first, mean, most = top[..., -1, :], top[..., 0, :], top.mean(axis=-2), top.max(axis=-2)
    ways: dict[str, Floats] = {}
    if top.shape[-1] == 2 * hidden:
        forward, backward = last[..., :hidden], first[..., hidden:]
        ways["the final states of both directions"] = np.concatenate([forward, backward], axis=-1)
        ways["the final states of both directions (backward first)"] = np.concatenate([backward, forward], axis=-1)
        ways["the sum of both directions' final states"] = forward + backward
        ways["the mean of both directions' final states"] = (forward + backward) / 2
        ways["only the forward direction's final state"] = forward
        ways["only the backward direction's final state"] = backward
    ways[LAST] = last
    for name, vector in zip(POOLED, (mean, most, top.sum(axis=-2), np.concatenate([last, mean, most], axis=-1),
                                     np.concatenate([mean, most], axis=-1)), strict=True):  # fmt: skip
        ways[name] = vector
    ways["the output at the first position"] = first
    if top.shape[-2] > 1:
        ways["the output one position before the last"] = top[..., -2, :]
    if cells is not None and not np.array_equal(cells, top):
        ways["the last cell state in place of the hidden state"] = cells[..., -1, :]
    for number, below in enumerate(outputs[:-1], 1):
        ways[f"the last state of layer {number} instead of the top layer's"] = below[..., -1, :]
    ways["the last state after a ReLU"] = np.maximum(last, 0)
    ways["the last state after a tanh"] = np.tanh(last)
    return ways
