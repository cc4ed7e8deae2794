"""MultiHeadedAttention of the gru_attention reference: against the equations, against torch, and by its properties."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from reference.gru_attention.module import MultiHeadedAttention

B, T, D = 2, 5, 8
HEADS = [1, 2, 4, 8]
CAUSAL = torch.ones(T, T, dtype=torch.bool).tril().expand(B, T, T)
MASKS = {
    "none": None,
    "all": torch.ones(B, T, T, dtype=torch.bool),
    "causal": CAUSAL,
    "random": torch.rand(B, T, T, generator=torch.Generator().manual_seed(3)) < 0.6,
}
MASKS["random"][:, :, 0] = True  # no row without anything to see


def build(heads=2, dropout=0.0, seed=0) -> MultiHeadedAttention:
    """In float64 and eval mode, with weights and biases that matter."""
    torch.manual_seed(seed)
    module = MultiHeadedAttention(heads, D, dropout).double().eval()
    for parameter in module.parameters():
        nn.init.normal_(parameter, std=0.6)
    return module


def three(seed=1, keys=T):
    """Query, key and value, all different."""
    torch.manual_seed(seed)
    return [torch.randn(B, length, D, dtype=torch.float64) for length in (T, keys, keys)]


def evaluated_by_hand(module, query, key, value, mask=None):
    """One row, head and position at a time."""
    names = ("project_query", "project_key", "project_value", "project_output")
    weights = {name: [p.detach().numpy() for p in getattr(module, name).parameters()] for name in names}
    q, k, v = (
        x.numpy() @ weights[name][0].T + weights[name][1]
        for x, name in zip((query, key, value), names[:3], strict=True)
    )
    d_k = D // module.n_heads
    joined = np.empty_like(q)
    for row, position, head in np.ndindex(len(q), q.shape[1], module.n_heads):
        part = slice(head * d_k, (head + 1) * d_k)
        scores = k[row, :, part] @ q[row, position, part] / math.sqrt(d_k)
        if mask is not None:
            scores = np.where(mask[row, position].numpy(), scores, -1e9)
        share = np.exp(scores - scores.max())
        joined[row, position, part] = share / share.sum() @ v[row, :, part]
    return joined @ weights["project_output"][0].T + weights["project_output"][1]


@pytest.mark.parametrize("heads", HEADS)
@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS.keys())
def test_forward_is_the_equations(heads, mask):
    module, inputs = build(heads, dropout=0.4), three()
    expected = evaluated_by_hand(module, *inputs, mask)
    np.testing.assert_allclose(module(*inputs, mask).detach().numpy(), expected, atol=1e-12)


@pytest.mark.parametrize("heads", HEADS)
@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS.keys())
def test_forward_is_torchs_module(heads, mask):
    module, inputs = build(heads), three()
    theirs = nn.MultiheadAttention(D, heads, batch_first=True).double().eval()
    ours = (module.project_query, module.project_key, module.project_value)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([linear.weight for linear in ours]))
        theirs.in_proj_bias.copy_(torch.cat([linear.bias for linear in ours]))
    theirs.out_proj.load_state_dict(module.project_output.state_dict())
    hidden = None if mask is None else ~mask.repeat_interleave(heads, dim=0)  # theirs says what may NOT be seen
    expected, _ = theirs(*inputs, attn_mask=hidden, need_weights=False)
    torch.testing.assert_close(module(*inputs, mask), expected)


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS.keys())
@pytest.mark.parametrize("keys", [1, T, 9])
def test_attention_is_torchs_function(mask, keys):
    if mask is not None and keys != T:
        mask = torch.ones(B, T, keys, dtype=torch.bool)
    query, key, value = (x.unflatten(-1, (2, 4)).transpose(1, 2) for x in three(keys=keys))
    mask = None if mask is None else mask.unsqueeze(1)
    result, weights = build().attention(query, key, value, mask)
    torch.testing.assert_close(result, nn.functional.scaled_dot_product_attention(query, key, value, mask))
    assert weights.shape == (B, 2, T, keys)
    torch.testing.assert_close(weights.sum(-1), torch.ones(B, 2, T, dtype=torch.float64))


def test_single_precision_stays_near():
    module, inputs = build(4), three()
    expected = evaluated_by_hand(module, *inputs, CAUSAL)
    result = module.float()(*(x.float() for x in inputs), CAUSAL)
    np.testing.assert_allclose(result.detach().numpy(), expected, atol=1e-5)


@settings(max_examples=25)
@given(st.sampled_from(HEADS), st.integers(1, 4), st.integers(1, 6), st.integers(1, 6))
def test_shapes(heads, rows, queries, keys):
    module = build(heads).float()
    query, key = torch.randn(rows, queries, D), torch.randn(rows, keys, D)
    assert module(query, key, key).shape == (rows, queries, D)
    assert module(query, key, key, torch.ones(rows, queries, keys)).shape == (rows, queries, D)


@pytest.mark.parametrize("kind", [torch.bool, torch.uint8, torch.int64, torch.float32, torch.float64])
def test_masks_of_any_type(kind):
    module, inputs = build(), three()
    torch.testing.assert_close(module(*inputs, CAUSAL.to(kind)), module(*inputs, CAUSAL))


@pytest.mark.parametrize("heads", HEADS)
@pytest.mark.parametrize("changed", range(1, T))
def test_later_tokens_change_nothing_under_a_causal_mask(heads, changed):
    module, (x, _, _) = build(heads), three()
    before = module(x, x, x, CAUSAL)
    x = x.clone()
    x[:, changed:] += 1
    after = module(x, x, x, CAUSAL)
    torch.testing.assert_close(after[:, :changed], before[:, :changed])
    assert (after[:, changed:] - before[:, changed:]).abs().amax(dim=-1).min() > 1e-6


def test_a_fully_masked_row_is_finite_and_uniform():
    module, (query, key, value) = build(), three()
    mask = torch.ones(B, T, T)
    mask[:, 2] = 0
    result = module(query, key, value, mask)
    assert result.isfinite().all()
    mean = module.project_output(module.project_value(value).mean(dim=1))
    torch.testing.assert_close(result[:, 2], mean)


def test_heads_differ():
    two, one = build(2), build(1)
    one.load_state_dict(two.state_dict())
    inputs = three()
    assert (one(*inputs) - two(*inputs)).abs().max() > 1e-3


def test_the_scale_is_the_root_of_a_heads_width():
    """Queries and keys of ones with d_k = 4: the score is 4/2 = 2 where the key is there, 0 where it isn't."""
    module = build(2)
    query, key = torch.ones(1, 1, 1, 4), torch.tensor([[[[1.0] * 4, [0.0] * 4]]])
    _, weights = module.attention(query, key, key)
    assert weights[0, 0, 0, 0] == pytest.approx(math.exp(2) / (math.exp(2) + 1))


def test_rows_are_independent_and_positions_of_the_key_have_no_order():
    module, (query, key, value) = build(), three()
    result = module(query, key, value)
    for row in range(B):
        alone = module(*(x[row : row + 1] for x in (query, key, value)))
        torch.testing.assert_close(alone, result[row : row + 1])
    order = torch.randperm(T)
    torch.testing.assert_close(module(query, key[:, order], value[:, order]), result)
    torch.testing.assert_close(module(query[:, order], key, value), result[:, order])


def test_dropout_acts_on_the_weights_in_training_only():
    module, inputs = build(dropout=0.5), three()
    torch.testing.assert_close(module(*inputs), module(*inputs))
    module.train()
    assert not torch.equal(module(*inputs), module(*inputs))
    heads = [x.unflatten(-1, (2, 4)).transpose(1, 2) for x in inputs]
    result, weights = module.attention(*heads, dropout=module.dropout)
    _, all_of_them = module.attention(*heads)
    kept = weights != 0
    assert 0.2 < kept.double().mean() < 0.8
    torch.testing.assert_close(weights[kept], 2 * all_of_them[kept])
    torch.testing.assert_close(result, weights @ heads[2])


def test_the_probability_is_that_of_dropping():
    assert MultiHeadedAttention(2, D).dropout.p == 0.1
    module, inputs = build(dropout=1.0).train(), three()
    torch.testing.assert_close(module(*inputs), module.project_output.bias.expand(B, T, D))


def test_gradients_reach_every_projection():
    module = build(dropout=0.2).train()
    module(*three(), CAUSAL).pow(2).sum().backward()
    missing = {name for name, p in module.named_parameters() if p.grad is None or not p.grad.abs().sum() > 1e-9}
    assert missing == {"project_key.bias"} or not missing  # softmax takes away what all keys share


def test_gradients_are_those_of_finite_differences():
    module, inputs = build(), [x[:, :3].requires_grad_() for x in three()]
    torch.autograd.gradcheck(lambda *three: module(*three, CAUSAL[:, :3, :3]), inputs)


@pytest.mark.parametrize("heads", HEADS)
def test_parameter_count(heads):
    module = MultiHeadedAttention(heads, D)
    assert sum(parameter.numel() for parameter in module.parameters()) == 4 * (D**2 + D)


def test_heads_must_divide_the_units():
    with pytest.raises(ValueError, match="3 heads"):
        MultiHeadedAttention(3, D)
