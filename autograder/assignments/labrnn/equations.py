"""LSTM and GRU classifiers in numpy float64, from torch's weight layout: what the judge compares logits with.

Equations and gate order as in the documentation of torch.nn.LSTM (Hochreiter & Schmidhuber 1997: i, f, g, o) and
torch.nn.GRU (Cho et al. 2014: r, z, n, with the reset gate after the matrix product). tests/ hold them against
torch's own modules.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Weights = Mapping[str, Floats]


def sigmoid(x: Floats) -> Floats:
    return 1 / (1 + np.exp(-x))


def lstm_step(gates_x: Floats, hidden: Floats, cell: Floats, w_hh: Floats, b_hh: Floats) -> tuple[Floats, Floats]:
    """One step of one sequence: gates_x [4H] = W_ih x + b_ih; hidden, cell [H]."""
    i, f, g, o = np.split(gates_x + w_hh @ hidden + b_hh, 4)
    cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(cell), cell


def gru_step(gates_x: Floats, hidden: Floats, cell: Floats, w_hh: Floats, b_hh: Floats) -> tuple[Floats, Floats]:
    """One step of one sequence: gates_x [3H]; `cell` is handed through."""
    r_x, z_x, n_x = np.split(gates_x, 3)
    r_h, z_h, n_h = np.split(w_hh @ hidden + b_hh, 3)
    z = sigmoid(z_x + z_h)
    n = np.tanh(n_x + sigmoid(r_x + r_h) * n_h)
    return (1 - z) * n + z * hidden, cell


def run_direction(cell_type: str, weights: Weights, suffix: str, inputs: Floats) -> Floats:
    """Outputs [T, H] of one direction of one layer on inputs [T, I], in reading order."""
    step = lstm_step if cell_type == "LSTM" else gru_step
    w_hh = weights[f"weight_hh_{suffix}"]
    b_ih = weights.get(f"bias_ih_{suffix}", np.zeros(len(w_hh)))
    b_hh = weights.get(f"bias_hh_{suffix}", np.zeros(len(w_hh)))
    gates = inputs @ weights[f"weight_ih_{suffix}"].T + b_ih
    hidden = cell = np.zeros(w_hh.shape[1])
    outputs = []
    for gates_x in gates:
        hidden, cell = step(gates_x, hidden, cell, w_hh, b_hh)
        outputs.append(hidden)
    return np.stack(outputs)


def run_layers(cell_type: str, weights: Weights, layers: int, bidirectional: bool, inputs: Floats) -> list[Floats]:
    """Outputs of every layer, each [T, D*H] by position, for one sequence [T, E] without padding."""
    outputs = []
    for layer in range(layers):
        parts = [run_direction(cell_type, weights, f"l{layer}", inputs)]
        if bidirectional:
            parts.append(run_direction(cell_type, weights, f"l{layer}_reverse", inputs[::-1])[::-1])
        inputs = np.concatenate(parts, axis=1)
        outputs.append(inputs)
    return outputs


def readings(outputs: list[Floats], hidden: int) -> dict[str, Floats]:
    """Ways to make one vector of a sequence's layer outputs, by name; the accepted ones first."""
    top = outputs[-1]
    ways: dict[str, Floats] = {}
    if top.shape[1] == 2 * hidden:
        forward, backward = top[-1, :hidden], top[0, hidden:]
        ways["the final states of both directions"] = np.concatenate([forward, backward])
        ways["the final states of both directions (backward first)"] = np.concatenate([backward, forward])
        ways["the sum of both directions' final states"] = forward + backward
        ways["the mean of both directions' final states"] = (forward + backward) / 2
        ways["only the forward direction's final state"] = forward
        ways["only the backward direction's final state"] = backward
    ways["the top layer's output at the last real position"] = top[-1]
    ways["the output at the first position"] = top[0]
    if len(top) > 1:
        ways["the output one position before the last"] = top[-2]
    ways["the mean over all positions"] = top.mean(axis=0)
    ways["the maximum over all positions"] = top.max(axis=0)
    ways["the sum over all positions"] = top.sum(axis=0)
    for number, below in enumerate(outputs[:-1], 1):
        ways[f"the last state of layer {number} instead of the top layer's"] = below[-1]
    return ways
