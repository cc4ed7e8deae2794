"""Recurrent layers in numpy float64, from torch's weight layout: what the judge compares answers with.

Equations and gate order as in the documentation of torch.nn.LSTM (Hochreiter & Schmidhuber 1997: i, f, g, o) and
torch.nn.GRU (Cho et al. 2014: r, z, n, with the reset gate after the matrix product; "GRU, reset first" has it before
the product, as in the paper). tests/ hold them against torch's own modules. All steps take any leading axes, and
complex numbers too, with which classifier/layout.py takes derivatives.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograder.kit.recogniser.gates import Floats, Weights

SOLVES = ("gru.forward", "lab1.e.forward", "lab1.g.forward")  # kept out of the students' wheel, with what needs it
Step = Callable[[Floats, Floats, Floats, Floats, Floats], tuple[Floats, Floats]]


def sigmoid(x: Floats) -> Floats:
    result: Floats = 0.5 * (1 + np.tanh(0.5 * x))
    return result


def times(matrix: Floats, vector: Floats) -> Floats:
    """[..., R, C] times [..., C]."""
    result: Floats = (matrix @ vector[..., None])[..., 0]
    return result


def lstm_step(gates_x: Floats, hidden: Floats, cell: Floats, w_hh: Floats, b_hh: Floats) -> tuple[Floats, Floats]:
    """One step: gates_x [..., 4H] = W_ih x + b_ih; hidden, cell [..., H]."""
    i, f, g, o = np.split(gates_x + times(w_hh, hidden) + b_hh, 4, axis=-1)
    cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(cell), cell


def gru_step(gates_x: Floats, hidden: Floats, cell: Floats, w_hh: Floats, b_hh: Floats) -> tuple[Floats, Floats]:
    """One step: gates_x [..., 3H]; `cell` is handed through."""
    r_x, z_x, n_x = np.split(gates_x, 3, axis=-1)
    r_h, z_h, n_h = np.split(times(w_hh, hidden) + b_hh, 3, axis=-1)
    z = sigmoid(z_x + z_h)
    n = np.tanh(n_x + sigmoid(r_x + r_h) * n_h)
    return (1 - z) * n + z * hidden, cell


def early_gru_step(gates_x: Floats, hidden: Floats, cell: Floats, w_hh: Floats, b_hh: Floats) -> tuple[Floats, Floats]:
    """As gru_step, with the reset gate in front of the matrix product."""
    size = hidden.shape[-1]
    r, z = np.split(
        sigmoid(gates_x[..., : 2 * size] + times(w_hh[..., : 2 * size, :], hidden) + b_hh[..., : 2 * size]), 2, axis=-1
    )
    inner = times(w_hh[..., 2 * size :, :], r * hidden) + b_hh[..., 2 * size :]
    n = np.tanh(gates_x[..., 2 * size :] + inner)
    return (1 - z) * n + z * hidden, cell


def rnn_step(gates_x: Floats, hidden: Floats, cell: Floats, w_hh: Floats, b_hh: Floats) -> tuple[Floats, Floats]:
    return np.tanh(gates_x + times(w_hh, hidden) + b_hh), cell


def relu_step(gates_x: Floats, hidden: Floats, cell: Floats, w_hh: Floats, b_hh: Floats) -> tuple[Floats, Floats]:
    return np.maximum(gates_x + times(w_hh, hidden) + b_hh, 0), cell


STEPS: dict[str, Step] = {
    "LSTM": lstm_step, "GRU": gru_step, "GRU, reset first": early_gru_step, "RNN": rnn_step, "RNN of relu": relu_step,
}  # fmt: skip


def run_direction(
    cell_type: str, weights: Weights, suffix: str, inputs: Floats, start: Floats | None = None
) -> tuple[Floats, Floats]:
    """Outputs and cell states [..., T, H] of one direction of one layer on inputs [..., T, I], in reading order.

    `start`: the state [..., H] to start from in place of zeros.
    """
    step, w_hh = STEPS[cell_type], weights[f"weight_hh_{suffix}"]
    nothing = np.zeros(w_hh.shape[-2])
    b_ih, b_hh = (weights.get(f"bias_{side}_{suffix}", nothing) for side in ("ih", "hh"))
    gates = times(weights[f"weight_ih_{suffix}"][..., None, :, :], inputs) + b_ih[..., None, :]
    hidden = cell = np.zeros((*gates.shape[:-2], w_hh.shape[-1])) if start is None else start
    outputs, cells = [], []
    for t in range(gates.shape[-2]):
        hidden, cell = step(gates[..., t, :], hidden, cell, w_hh, b_hh)
        outputs.append(hidden)
        cells.append(cell)
    return np.stack(outputs, axis=-2), np.stack(cells, axis=-2)


def run_layers(
    cell_type: str, weights: Weights, layers: int, bidirectional: bool, inputs: Floats
) -> tuple[list[Floats], Floats]:
    """Outputs of every layer, each [..., T, D*H] by position, for sequences [..., T, E] without padding; and the top
    layer's cell states."""
    outputs: list[Floats] = []
    cells = inputs
    for layer in range(layers):
        parts = [run_direction(cell_type, weights, f"l{layer}", inputs)]
        if bidirectional:
            back = run_direction(cell_type, weights, f"l{layer}_reverse", inputs[..., ::-1, :])
            parts.append((back[0][..., ::-1, :], back[1][..., ::-1, :]))
        inputs, cells = (np.concatenate([part[k] for part in parts], axis=-1) for k in (0, 1))
        outputs.append(inputs)
    return outputs, cells
