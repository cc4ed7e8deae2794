"""Models of the LabRNN reference against the equations, in float64 and one step at a time."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from reference.labrnn.module import GRU, LSTM, count_parameters, init_weights, predict_sentiment

MODELS = [LSTM, GRU]
SHAPES = [(layers, both) for layers in (1, 2, 3) for both in (False, True)]


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def lstm_step(x, h, c, w_x, w_h, b_x, b_h):
    """Hochreiter & Schmidhuber (1997) with forget gate; gates stacked as input, forget, cell, output."""
    i, f, g, o = np.split(w_x @ x + b_x + w_h @ h + b_h, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def gru_step(x, h, c, w_x, w_h, b_x, b_h):
    """Cho et al. (2014), reset after the product; gates stacked as reset, update, new."""
    r_x, z_x, n_x = np.split(w_x @ x + b_x, 3)
    r_h, z_h, n_h = np.split(w_h @ h + b_h, 3)
    z = sigmoid(z_x + z_h)
    return (1 - z) * np.tanh(n_x + sigmoid(r_x + r_h) * n_h) + z * h, c


def evaluated_by_hand(model: nn.Module, ids: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Return the logits of each row alone, steps at or after its length masked out."""
    weights = {name: value.double().numpy() for name, value in model.state_dict().items()}
    step = lstm_step if isinstance(model.rnn, nn.LSTM) else gru_step
    suffixes = ["", "_reverse"] if model.rnn.bidirectional else [""]
    logits = []
    for row, steps in zip(ids, length, strict=True):
        sequence = weights["embedding.weight"][row]
        for layer in range(model.rnn.num_layers):
            outputs, final = [], []
            for suffix in suffixes:
                kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
                parameters = [weights[f"rnn.{kind}_l{layer}{suffix}"] for kind in kinds]
                h = c = np.zeros(model.rnn.hidden_size)
                states = np.zeros((len(row), model.rnn.hidden_size))
                times = range(len(row)) if suffix == "" else reversed(range(len(row)))
                for time in times:
                    if time < steps:
                        h, c = step(sequence[time], h, c, *parameters)
                        states[time] = h
                outputs.append(states)
                final.append(h)
            sequence = np.concatenate(outputs, axis=1)
        logits.append(weights["fc.weight"] @ np.concatenate(final) + weights["fc.bias"])
    return np.array(logits)


def small_model(kind, layers=1, both=False, dropout=0.0, seed=0):
    """A model whose weights and biases are all large enough to matter."""
    torch.manual_seed(seed)
    model = kind(30, 4, 5, 2, layers, dropout, 0, both, weight_init_fn=lambda layer: None)
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.5)
    return model


def batch(seed=0, rows=6, longest=9):
    torch.manual_seed(seed)
    length = torch.randint(1, longest + 1, (rows,)).float()
    length[rows // 2] = longest
    ids = torch.randint(2, 30, (rows, longest))
    ids[torch.arange(longest) >= length[:, None]] = 0
    return ids, length


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize(("layers", "both"), SHAPES)
def test_forward_equals_the_equations(kind, layers, both):
    model = small_model(kind, layers, both, dropout=0.3).eval()
    ids, length = batch()
    with torch.no_grad():
        logits = model(ids, length)
    assert logits.dtype == torch.float32
    np.testing.assert_allclose(logits.numpy(), evaluated_by_hand(model, ids.numpy(), length.numpy()), atol=2e-6)


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize(("layers", "both"), SHAPES)
def test_padding_and_neighbours_change_nothing(kind, layers, both):
    model = small_model(kind, layers, both).eval()
    ids, length = batch()
    with torch.no_grad():
        logits = model(ids, length)
        padded = torch.cat([ids, torch.full((len(ids), 20), 7)], dim=1)
        torch.testing.assert_close(model(padded, length), logits)
        order = torch.randperm(len(ids))
        torch.testing.assert_close(model(ids[order], length[order]), logits[order])
        for row in range(len(ids)):
            alone = model(ids[row : row + 1, : int(length[row])], length[row : row + 1])
            torch.testing.assert_close(alone, logits[row : row + 1])


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(MODELS),
    st.integers(3, 50),
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(1, 4),
    st.booleans(),
)
def test_parameter_count_is_the_closed_formula(kind, vocabulary, embedding, hidden, layers, both):
    d, g = 1 + both, {LSTM: 4, GRU: 3}[kind]
    expected = (
        vocabulary * embedding
        + d * g * hidden * (embedding + hidden + 2)
        + (layers - 1) * d * g * hidden * (d * hidden + hidden + 2)
        + 2 * d * hidden
        + 2
    )
    assert count_parameters(kind(vocabulary, embedding, hidden, 2, layers, 0.0, 0, both)) == expected


@pytest.mark.parametrize(("kind", "rest"), [(LSTM, 41_402), (GRU, 31_102)])
def test_parameter_count_at_the_default_sizes(kind, rest):
    assert count_parameters(kind(5000, 1, 100, 2, 1, 0.0, 0, False)) == 5000 + rest


def test_only_trainable_parameters_count():
    layer = nn.Linear(3, 2)
    layer.bias.requires_grad_(False)
    assert count_parameters(layer) == 6


def is_orthogonal(weight: torch.Tensor) -> bool:
    narrow = weight if weight.shape[0] >= weight.shape[1] else weight.T
    return torch.allclose(narrow.T @ narrow, torch.eye(narrow.shape[1]), atol=1e-5)


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("both", [False, True])
def test_init_weights(kind, both):
    torch.manual_seed(1)
    model = kind(4000, 30, 40, 2, 2, 0.0, 0, both)
    for name, parameter in model.rnn.named_parameters():
        assert is_orthogonal(parameter) if "weight" in name else not parameter.any(), name
    assert not model.fc.bias.any()
    for weight in (model.embedding.weight, model.fc.weight):
        expected = (2 / sum(weight.shape)) ** 0.5
        assert weight.std().item() == pytest.approx(expected, rel=0.03 if weight.numel() > 1000 else 0.3)
    assert model.embedding.weight[0].any(), "the pad row is filled like the others"


def test_init_weights_leaves_other_layers_alone():
    layer = nn.LayerNorm(4)
    init_weights(layer)
    assert layer.weight.tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("kind", MODELS)
def test_another_initialisation_can_be_passed(kind):
    def fill(layer: nn.Module) -> None:
        for parameter in layer.parameters(recurse=False):
            nn.init.constant_(parameter, 0.25)

    model = kind(9, 2, 3, 2, 1, 0.0, 0, False, weight_init_fn=fill, other="ignored")
    assert all((parameter == 0.25).all() for parameter in model.parameters())


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("layers", [1, 2])
def test_dropout_acts_in_training_alone(kind, layers, recwarn):
    model = small_model(kind, layers, dropout=0.5)
    ids, length = batch()
    model.train()
    assert not torch.equal(model(ids, length), model(ids, length))
    model.eval()
    assert torch.equal(model(ids, length), model(ids, length))
    assert [layer.p for layer in model.modules() if isinstance(layer, nn.Dropout)] == [0.5]
    assert model.rnn.dropout == (0.5 if layers > 1 else 0.0)
    assert not recwarn


@pytest.mark.parametrize("kind", MODELS)
def test_dropout_acts_on_embeddings_and_on_the_final_state(kind):
    model = small_model(kind, dropout=0.5)
    shapes = []
    model.dropout.register_forward_hook(lambda layer, inputs, output: shapes.append(tuple(inputs[0].shape)))
    model(*batch(rows=6, longest=9))
    assert shapes == [(6, 9, 4), (6, 5)]


@pytest.mark.parametrize("kind", MODELS)
def test_the_pad_index_is_that_of_the_embedding(kind):
    assert kind(9, 2, 3, 2, 1, 0.0, 7, False).embedding.padding_idx == 7


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("both", [False, True])
def test_gradients_reach_every_parameter_but_the_pad_row(kind, both):
    model = small_model(kind, 2, both)
    ids, length = batch()
    model(ids, length).logsumexp(dim=1).sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None and parameter.grad.any(), name
    assert not model.embedding.weight.grad[0].any()


@pytest.mark.parametrize("kind", MODELS)
def test_lengths_may_be_integers_and_must_fit(kind):
    model = small_model(kind).eval()
    ids, length = batch()
    assert torch.equal(model(ids, length.long()), model(ids, length))
    for wrong in (0, ids.shape[1] + 1):
        with pytest.raises(RuntimeError):
            model(ids, torch.full((len(ids),), float(wrong)))


@pytest.mark.parametrize("kind", MODELS)
def test_predict_sentiment(kind):
    vocab = {"<pad>": 0, "<unk>": 1, "fine": 2, "film": 3}
    model = small_model(kind, dropout=0.5).train()
    predicted, probability = predict_sentiment("Fine, fine film!", model, vocab, torch.device("cpu"))
    with torch.no_grad():
        expected = model.eval()(torch.tensor([[2, 2, 3]]), torch.tensor([3.0])).softmax(dim=1)[0]
    assert predicted == int(expected.argmax())
    assert probability == pytest.approx(float(expected.max()))
    with pytest.raises(ValueError, match="no word"):
        predict_sentiment(" !", model, vocab, torch.device("cpu"))
