"""GRU and RNN of the gru_attention reference: against the equations in float64, against torch, by their properties."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from reference.gru_attention.module import GRU, RNN, GRUCell, RNNCell

MODELS = [GRU, RNN]
E, H, T, B, V = 4, 5, 7, 3, 11


def build(kind=GRU, layers=2, keep=1.0, seed=0, **sizes) -> nn.Module:
    """A model in float64 and eval mode whose weights and biases are all large enough to matter."""
    torch.manual_seed(seed)
    arguments = {"emb_size": E, "hidden_size": H, "seq_len": T, "batch_size": B, "vocab_size": V} | sizes
    model = kind(**arguments, num_layers=layers, dp_keep_prob=keep).double().eval()
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.7)
    return model


def batch(layers=2, length=T, rows=B, seed=1):
    torch.manual_seed(seed)
    return torch.randint(V, (length, rows)), torch.randn(layers, rows, H, dtype=torch.float64)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def gru_step(x, h, weights):
    joined = np.concatenate([x, h])
    r, z = (sigmoid(weights[f"{gate}.weight"] @ joined + weights[f"{gate}.bias"]) for gate in ("reset", "update"))
    candidate = np.tanh(weights["candidate.weight"] @ np.concatenate([x, r * h]) + weights["candidate.bias"])
    return (1 - z) * h + z * candidate


def rnn_step(x, h, weights):
    return np.tanh(weights["linear.weight"] @ np.concatenate([x, h]) + weights["linear.bias"])


def evaluated_by_hand(model, inputs, hidden):
    """Logits and last states, one row, step and layer at a time."""
    step = rnn_step if isinstance(model, RNN) else gru_step
    cells = [{name: value.numpy() for name, value in cell.state_dict().items()} for cell in model.layers]
    embedding, weight, bias = (p.detach().numpy() for p in (model.embedding.weight, *model.output.parameters()))
    logits = np.empty((*inputs.shape, len(bias)))
    states = hidden.numpy().copy()
    for row in range(inputs.shape[1]):
        for time, token in enumerate(inputs[:, row]):
            x = embedding[token]
            for layer, weights in enumerate(cells):
                x = states[layer, row] = step(x, states[layer, row], weights)
            logits[time, row] = weight @ x + bias
    return logits, states


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_forward_is_the_equations(kind, layers):
    model = build(kind, layers, keep=0.6)
    inputs, hidden = batch(layers)
    logits, last = model(inputs, hidden)
    expected = evaluated_by_hand(model, inputs, hidden)
    np.testing.assert_allclose(logits.detach().numpy(), expected[0], atol=1e-12)
    np.testing.assert_allclose(last.detach().numpy(), expected[1], atol=1e-12)


def test_single_precision_stays_near_the_equations():
    model = build()
    inputs, hidden = batch()
    expected, _ = evaluated_by_hand(model, inputs, hidden)
    logits, last = model.float()(inputs, hidden.float())
    assert logits.dtype == last.dtype == torch.float32
    np.testing.assert_allclose(logits.detach().numpy(), expected, atol=1e-5)


# ---- torch's own modules, where the algebra allows it ----------------------------------------------------------------
def mapped(cell: GRUCell, inputs: int) -> nn.GRUCell:
    """torch's cell with the same gates, rows r, z, n; its z weighs the OLD state, so ours has the other sign."""
    theirs = nn.GRUCell(inputs, H).double()
    weights = [cell.reset.weight, -cell.update.weight, cell.candidate.weight]
    biases = [cell.reset.bias, -cell.update.bias, cell.candidate.bias]
    with torch.no_grad():
        theirs.weight_ih.copy_(torch.cat([weight[:, :inputs] for weight in weights]))
        theirs.weight_hh.copy_(torch.cat([weight[:, inputs:] for weight in weights]))
        theirs.bias_ih.copy_(torch.cat(biases))
        theirs.bias_hh.zero_()
    return theirs


def open_reset(cell: GRUCell) -> None:
    """r = 1: the two places of the reset gate agree."""
    nn.init.zeros_(cell.reset.weight)
    nn.init.constant_(cell.reset.bias, 1000.0)


def test_cell_is_torchs_when_the_reset_gate_is_open():
    cell = build().layers[0]
    open_reset(cell)
    x, h = torch.randn(B, E, dtype=torch.float64), torch.randn(B, H, dtype=torch.float64)
    torch.testing.assert_close(cell(x, h), mapped(cell, E)(x, h))


def test_cell_is_torchs_for_a_zero_state():
    """U(r h) = r(U h) = 0 then, whatever r."""
    cell = build().layers[0]
    x, h = torch.randn(B, E, dtype=torch.float64), torch.zeros(B, H, dtype=torch.float64)
    torch.testing.assert_close(cell(x, h), mapped(cell, E)(x, h))


def test_cell_is_torchs_for_diagonal_recurrence():
    """A diagonal U and r commute."""
    cell = build().layers[0]
    with torch.no_grad():
        cell.candidate.weight[:, E:] *= torch.eye(H)
    x, h = torch.randn(B, E, dtype=torch.float64), torch.randn(B, H, dtype=torch.float64)
    torch.testing.assert_close(cell(x, h), mapped(cell, E)(x, h))


def test_cell_differs_from_torchs_in_general():
    cell = build().layers[0]
    x, h = torch.randn(B, E, dtype=torch.float64), torch.randn(B, H, dtype=torch.float64)
    assert (cell(x, h) - mapped(cell, E)(x, h)).abs().max() > 1e-3


def test_stack_is_torchs_gru_when_the_reset_gates_are_open():
    model = build(layers=3)
    theirs = nn.GRU(E, H, 3).double()
    for layer, cell in enumerate(model.layers):
        open_reset(cell)
        for name, value in mapped(cell, H if layer else E).named_parameters():
            getattr(theirs, f"{name}_l{layer}").data.copy_(value.data)
    inputs, hidden = batch(layers=3)
    outputs, last = theirs(model.embedding(inputs), hidden)
    logits, states = model(inputs, hidden)
    torch.testing.assert_close(states, last)
    torch.testing.assert_close(logits, model.output(outputs))


def test_stack_is_torchs_rnn():
    model = build(RNN, layers=3)
    theirs = nn.RNN(E, H, 3).double()
    with torch.no_grad():
        for layer, cell in enumerate(model.layers):
            inputs = H if layer else E
            getattr(theirs, f"weight_ih_l{layer}").copy_(cell.linear.weight[:, :inputs])
            getattr(theirs, f"weight_hh_l{layer}").copy_(cell.linear.weight[:, inputs:])
            getattr(theirs, f"bias_ih_l{layer}").copy_(cell.linear.bias)
            getattr(theirs, f"bias_hh_l{layer}").zero_()
    inputs, hidden = batch(layers=3)
    outputs, last = theirs(model.embedding(inputs), hidden)
    logits, states = model(inputs, hidden)
    torch.testing.assert_close(states, last)
    torch.testing.assert_close(logits, model.output(outputs))


# ---- properties ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("bias", "kept"), [(-1000.0, True), (1000.0, False)])
def test_limits_of_the_update_gate(bias, kept):
    """z = 0 keeps the state; z = 1 replaces it by the candidate."""
    cell = build().layers[0]
    open_reset(cell)
    nn.init.constant_(cell.update.bias, bias)
    x, h = torch.randn(B, E, dtype=torch.float64), torch.randn(B, H, dtype=torch.float64)
    candidate = torch.tanh(cell.candidate(torch.cat([x, h], dim=1)))
    torch.testing.assert_close(cell(x, h), h if kept else candidate)


def test_closed_reset_gate_forgets_the_state():
    cell = build().layers[0]
    nn.init.constant_(cell.reset.bias, -1000.0)
    nn.init.zeros_(cell.update.weight)
    nn.init.constant_(cell.update.bias, 1000.0)
    x = torch.randn(B, E, dtype=torch.float64)
    first, second = (cell(x, torch.randn(B, H, dtype=torch.float64)) for _ in range(2))
    torch.testing.assert_close(first, second)


@pytest.mark.parametrize("kind", MODELS)
@settings(max_examples=20)
@given(length=st.integers(1, 6), rows=st.integers(1, 5), layers=st.integers(1, 3))
def test_shapes_for_any_batch(kind, length, rows, layers):
    inputs, hidden = batch(layers, length, rows)
    logits, last = build(kind, layers)(inputs, hidden)
    assert logits.shape == (length, rows, V)
    assert last.shape == (layers, rows, H)
    assert (logits.logsumexp(dim=-1).abs() > 1e-6).all()  # raw: no log-softmax


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("cut", range(1, T))
def test_two_parts_are_one_whole(kind, cut):
    model = build(kind, keep=0.5)
    inputs, hidden = batch()
    whole, last = model(inputs, hidden)
    first, between = model(inputs[:cut], hidden)
    second, end = model(inputs[cut:], between)
    torch.testing.assert_close(torch.cat([first, second]), whole)
    torch.testing.assert_close(end, last)


@pytest.mark.parametrize("kind", MODELS)
def test_rows_are_independent(kind):
    model = build(kind)
    inputs, hidden = batch()
    logits, last = model(inputs, hidden)
    for row in range(B):
        alone, end = model(inputs[:, row : row + 1], hidden[:, row : row + 1])
        torch.testing.assert_close(alone, logits[:, row : row + 1])
        torch.testing.assert_close(end, last[:, row : row + 1])


@pytest.mark.parametrize("kind", MODELS)
def test_the_given_state_stays_as_it_was(kind):
    model = build(kind, keep=0.5).train()
    inputs, hidden = batch()
    before = hidden.clone()
    model(inputs, hidden)
    model.generate(inputs[0], hidden, 3)
    assert torch.equal(hidden, before)


@pytest.mark.parametrize("kind", MODELS)
def test_gradients_reach_every_parameter_over_carried_states(kind):
    model = build(kind, keep=0.5).train()
    inputs, hidden = batch()
    _, hidden = model(inputs, hidden)
    logits, _ = model(inputs, hidden)
    nn.functional.cross_entropy(logits.flatten(0, 1), inputs.flatten()).backward()
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in model.parameters())


@pytest.mark.parametrize("kind", MODELS)
def test_gradients_are_those_of_finite_differences(kind):
    model = build(kind)
    inputs, hidden = batch(length=3)
    torch.autograd.gradcheck(lambda h: model(inputs, h), hidden.requires_grad_())


# ---- dropout ---------------------------------------------------------------------------------------------------------
def test_dropout_only_in_training_and_keep_is_the_probability_to_keep():
    inputs, hidden = batch()
    model = build(keep=0.7)
    torch.testing.assert_close(model(inputs, hidden), model(inputs, hidden))
    model.train()
    assert not torch.equal(model(inputs, hidden)[0], model(inputs, hidden)[0])
    assert model.dropout.p == pytest.approx(0.3)
    sure = build(keep=1.0).train()
    torch.testing.assert_close(sure(inputs, hidden), sure(inputs, hidden))


def test_dropout_stays_off_the_recurrent_path():
    """With z = 0 the states pass through any number of steps untouched, even when dropout keeps nothing."""
    model = build(keep=0.0).train()
    for cell in model.layers:
        nn.init.constant_(cell.update.bias, -1000.0)
        nn.init.zeros_(cell.update.weight)
    inputs, hidden = batch()
    logits, last = model(inputs, hidden)
    torch.testing.assert_close(last, hidden)
    torch.testing.assert_close(logits, model.output.bias.expand_as(logits))  # all that went up was dropped


# ---- initial values --------------------------------------------------------------------------------------------------
@settings(max_examples=25)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(2, 30), st.integers(1, 4))
def test_parameter_count_is_the_closed_formula(emb, hidden, vocabulary, layers):
    model = GRU(emb, hidden, T, B, vocabulary, layers, 1.0)
    cells = sum(3 * hidden * (inputs + hidden + 1) for inputs in [emb] + [hidden] * (layers - 1))
    expected = vocabulary * emb + cells + hidden * vocabulary + vocabulary
    assert sum(parameter.numel() for parameter in model.parameters()) == expected


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("again", [False, True])
def test_initial_ranges(kind, again):
    torch.manual_seed(0)
    model = kind(60, 64, T, B, 80, 2, 0.5)
    if again:
        for parameter in model.parameters():
            nn.init.constant_(parameter, 9.0)
        model.init_weights_uniform()
    assert torch.equal(model.output.bias, torch.zeros(80))
    assert spread(model.embedding.weight) == pytest.approx(0.1, abs=0.002)
    assert spread(model.output.weight) == pytest.approx(0.1, abs=0.002)
    for name, parameter in model.layers.named_parameters():
        slack = 0.002 if name.endswith("weight") else 0.02
        assert 1 / 8 - slack < spread(parameter) <= 1 / 8


def spread(parameter: torch.Tensor) -> float:
    """The largest size of a value, after a look at the spread of a uniform distribution."""
    largest = parameter.abs().max().item()
    assert parameter.std().item() == pytest.approx(largest / 3**0.5, rel=0.25)
    return largest


def test_layers_share_nothing():
    model = GRU(H, H, T, B, V, 3, 1.0)
    weights = [p for p in model.layers.parameters() if p.dim() == 2]
    assert len({p.data_ptr() for p in weights}) == 9
    assert all(not torch.equal(p, q) for p in weights for q in weights if p is not q)


@pytest.mark.parametrize("kind", MODELS)
def test_init_hidden(kind):
    model = build(kind, layers=3, batch_size=6)
    hidden = model.init_hidden()
    assert torch.equal(hidden, torch.zeros(3, 6, H, dtype=torch.float64))
    assert not hidden.requires_grad
    assert model.init_hidden().data_ptr() != hidden.data_ptr()


# ---- generate --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", MODELS)
def test_generate_is_greedy_and_feeds_itself(kind):
    model = build(kind)
    inputs, hidden = batch()
    tokens = model.generate(inputs[0], hidden, 9)
    assert tokens.shape == (9, B)
    assert tokens.dtype == torch.int64 and not tokens.requires_grad
    logits, _ = model(torch.cat([inputs[:1], tokens[:-1]]), hidden)
    assert torch.equal(logits.argmax(dim=-1), tokens)


@pytest.mark.parametrize("kind", MODELS)
@settings(max_examples=15)
@given(seed=st.integers(0, 99), length=st.integers(0, 12))
def test_a_shorter_text_begins_a_longer_one(kind, seed, length):
    model = build(kind, keep=0.5, seed=seed)
    inputs, hidden = batch(seed=seed)
    assert torch.equal(
        model.generate(inputs[0], hidden, 2 * length)[:length], model.generate(inputs[0], hidden, length)
    )


def test_generate_follows_a_known_rule():
    """Weights that make the likeliest next word the successor, without looking at the state."""
    model = build(layers=1, emb_size=V, hidden_size=V)
    (cell,) = model.layers
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.embedding.weight.copy_(torch.eye(V))
        cell.update.bias.fill_(1000.0)  # the new state is the candidate
        cell.candidate.weight[:, :V] = torch.eye(V)
        model.output.weight.copy_(torch.eye(V).roll(1, dims=0))
    tokens = model.generate(torch.tensor([0, 5, 9]), model.init_hidden(), 4)
    assert tokens.T.tolist() == [[1, 2, 3, 4], [6, 7, 8, 9], [10, 0, 1, 2]]


# ---- the two kinds ---------------------------------------------------------------------------------------------------
def test_the_rnn_has_vanilla_cells():
    assert {type(cell) for cell in build(RNN).layers} == {RNNCell}
    assert {type(cell) for cell in build(GRU).layers} == {GRUCell}
