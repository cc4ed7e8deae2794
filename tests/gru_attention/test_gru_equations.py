"""The judge's own equations against torch's modules, in float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from autograder.assignments.gru_attention.equations import Form, Layer, Projections, attend, run_layers
from reference.gru_attention.module import GRUCell

RNG = np.random.default_rng(3)


def test_the_torch_form_is_torchs_gru() -> None:
    """z weighs the old state, r stands after the product, with a bias inside."""
    inputs, size, steps, rows = 3, 4, 6, 2
    gru = torch.nn.GRU(inputs, size, num_layers=2).double()
    layers = []
    for number in range(2):
        w_ih, w_hh, b_ih, b_hh = (
            getattr(gru, f"{n}_l{number}").detach().numpy() for n in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        bias = (b_ih + b_hh).reshape(3, size)
        bias[2] = b_ih[2 * size :]
        layers.append(Layer(w_ih.reshape(3, size, -1), w_hh.reshape(3, size, size), bias, b_hh[2 * size :]))
    x, h = RNG.normal(size=(steps, rows, inputs)), RNG.normal(size=(2, rows, size))
    tops, states = run_layers(tuple(layers), Form(keeps=True, after=True), x, h)
    wanted, last = gru(torch.from_numpy(x), torch.from_numpy(h))
    assert np.allclose(tops, wanted.detach().numpy(), atol=1e-12)
    assert np.allclose(states, last.detach().numpy(), atol=1e-12)


def test_the_assignments_form_is_the_references() -> None:
    cell, size = GRUCell(3, 4).double(), 4
    both = [getattr(cell, name) for name in ("reset", "update", "candidate")]
    weight = np.stack([m.weight.detach().numpy() for m in both])
    layer = Layer(weight[:, :, :3], weight[:, :, 3:], np.stack([m.bias.detach().numpy() for m in both]), np.zeros(size))
    x, h = RNG.normal(size=(5, 3)), RNG.normal(size=(5, 4))
    wanted = cell(torch.from_numpy(x), torch.from_numpy(h)).detach().numpy()
    assert np.allclose(layer.step(x, h, Form()), wanted, atol=1e-12)


@pytest.mark.parametrize("heads", [1, 2, 3])
def test_attention_is_torchs(heads: int) -> None:
    width, rows = 6, 2
    module = torch.nn.MultiheadAttention(width, heads, batch_first=True).double()
    with torch.no_grad():
        module.in_proj_bias.normal_()
        module.out_proj.bias.normal_()
    q, k, v = (RNG.normal(size=(rows, n, width)) for n in (4, 5, 5))
    mask = RNG.random((rows, 4, 5)) < 0.6
    mask[:, :, 0] = True
    w = [*np.split(module.in_proj_weight.detach().numpy(), 3), module.out_proj.weight.detach().numpy()]
    b = [*np.split(module.in_proj_bias.detach().numpy(), 3), module.out_proj.bias.detach().numpy()]
    blocked = torch.from_numpy(~np.repeat(mask, heads, axis=0))
    wanted, _ = module(*map(torch.from_numpy, (q, k, v)), attn_mask=blocked)
    got = attend(Projections((w[0], w[1], w[2], w[3]), (b[0], b[1], b[2], b[3])), heads, (q, k, v), mask)
    assert np.allclose(got, wanted.detach().numpy(), atol=1e-12)


def test_a_query_that_sees_nothing_weighs_all_alike() -> None:
    eye, zero = np.eye(4), np.zeros(4)
    known = Projections((eye, eye, eye, eye), (zero, zero, zero, zero))
    value = RNG.normal(size=(1, 3, 4))
    got = attend(known, 2, (value, value, value), np.zeros((1, 3, 3)))
    assert np.allclose(got, np.repeat(value.mean(axis=1, keepdims=True), 3, axis=1))
