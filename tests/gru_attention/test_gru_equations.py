"""The judge's own equations against torch's modules, in float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from autograder.kit.recogniser.attention.equations import Projections, attend
from autograder.kit.recogniser.cells import run_direction
from autograder.kit.recogniser.language_model.roles import Form
from reference.gru_attention.module import GRUCell

RNG = np.random.default_rng(3)


def table_of(module: torch.nn.Module) -> np.ndarray:
    """The weights of a layer of torch's, by gate: input, state, bias and second bias [3, H, I + H + 2]."""
    w_ih, w_hh, b_ih, b_hh = (p.detach().numpy() for _, p in module.named_parameters())
    bias, inner = (b_ih + b_hh).reshape(3, -1, 1), np.zeros((3, w_hh.shape[1], 1))
    bias[2], inner[2] = b_ih.reshape(3, -1, 1)[2], b_hh.reshape(3, -1, 1)[2]
    return np.concatenate([np.stack(np.split(w_ih, 3)), np.stack(np.split(w_hh, 3)), bias, inner], axis=2)


def test_the_torch_form_is_torchs_gru() -> None:
    """z weighs the old state, r stands after the product, with a bias inside."""
    gru, form = torch.nn.GRU(3, 4, batch_first=True).double(), Form(keeps=True, after=True)
    x, h = RNG.normal(size=(2, 6, 3)), RNG.normal(size=(2, 4))
    got, _ = run_direction(form.cell_type, form.weights(table_of(gru)), "l0", x, h)
    wanted, _ = gru(torch.from_numpy(x), torch.from_numpy(h[None]))
    assert np.allclose(got, wanted.detach().numpy(), atol=1e-12)


def test_the_assignments_form_is_the_references() -> None:
    cell, form = GRUCell(3, 4).double(), Form()
    gates = [getattr(cell, name) for name in ("reset", "update", "candidate")]
    weight, bias = (np.stack([getattr(gate, n).detach().numpy() for gate in gates]) for n in ("weight", "bias"))
    table = np.concatenate([weight, bias[..., None], RNG.normal(size=(3, 4, 1))], axis=2)  # the last is of no use
    x, h = RNG.normal(size=(5, 3)), RNG.normal(size=(5, 4))
    wanted = cell(torch.from_numpy(x), torch.from_numpy(h)).detach().numpy()
    got, _ = run_direction(form.cell_type, form.weights(table), "l0", x[:, None], h)
    assert np.allclose(got[:, 0], wanted, atol=1e-12)


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
