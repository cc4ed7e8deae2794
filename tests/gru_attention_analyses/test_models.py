"""Perplexity and gradients over time, on modules here and on submissions behind the wire."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from autograder.assignments.gru_attention.analyses import norms, perplexity
from autograder.assignments.gru_attention.analyses.gradients import final_loss_gradients
from autograder.assignments.gru_attention.analyses.models import SUPPLY, StudentModel, TorchModel
from autograder.errors import MalformedAnswer, StudentException
from autograder.inside.server import Server
from autograder.records import Cell
from autograder.sandbox import InProcess
from autograder.student.proxy import Student
from autograder.wire.limits import Limits
from reference.gru_attention import SCRIPT
from reference.gru_attention.module import GRU, RNN

H, T, B, V, L = 6, 35, 4, 12, 2
SIZES = (5, H, T, B, V, L, 0.5)


def build(kind=GRU, seed=0) -> nn.Module:
    torch.manual_seed(seed)
    return kind(*SIZES).double()


def text(length=T + 1, seed=1):
    """Tokens [length, B] and zero states."""
    return np.random.default_rng(seed).integers(V, size=(length, B)), np.zeros((L, B, H))


# ---- gradients -------------------------------------------------------------------------------------------------------
def unrolled_gradients(model, inputs, targets, hidden):
    """The same by hand, with the layers of the reference: the top layer's very tensors keep their gradients."""
    states, tops = list(hidden), []
    for x in model.embedding(inputs):
        for layer, cell in enumerate(model.layers):
            x = states[layer] = cell(x, states[layer])
        x.retain_grad()
        tops.append(x)
    nn.functional.cross_entropy(model.output(tops[-1]), targets[-1], reduction="sum").backward()
    return torch.stack([top.grad for top in tops]).numpy()


@pytest.mark.parametrize("kind", [GRU, RNN])
def test_gradients_are_those_of_the_unrolled_model(kind):
    model, (tokens, hidden) = build(kind), text()
    found = TorchModel(model).gradients(tokens[:-1], tokens[1:], hidden)
    assert model.training and all(parameter.grad is None for parameter in model.parameters())
    arguments = (torch.from_numpy(part) for part in (tokens[:-1], tokens[1:], hidden))
    np.testing.assert_allclose(found, unrolled_gradients(model, *arguments), rtol=1e-8, atol=1e-14)
    assert found.shape == (T, B, H)


class Overwriting(GRU):
    """Writes the new states into the tensor that it is given, as many submissions do."""

    def forward(self, inputs, hidden):
        tops = []
        for x in self.embedding(inputs):
            for layer, cell in enumerate(self.layers):
                x = hidden[layer] = cell(x, hidden[layer].clone())
            tops.append(x)
        return self.output(torch.stack(tops)), hidden


class Detaching(GRU):
    def forward(self, inputs, hidden):
        logits, new = super().forward(inputs, hidden)
        return logits, new.detach()


class Amnesic(GRU):
    def forward(self, inputs, hidden):
        return super().forward(inputs, torch.zeros_like(hidden))


class TwoLayersOut(GRU):
    def forward(self, inputs, hidden):
        logits, new = super().forward(inputs, hidden)
        return logits.tanh(), new


def test_models_that_overwrite_their_state_have_the_same_gradients():
    ours, theirs, (tokens, hidden) = build(), build(Overwriting), text()
    expected = TorchModel(ours).gradients(tokens[:-1], tokens[1:], hidden)
    np.testing.assert_allclose(TorchModel(theirs).gradients(tokens[:-1], tokens[1:], hidden), expected, rtol=1e-9)
    assert not hidden.any()


@pytest.mark.parametrize(
    ("kind", "why"), [(Detaching, "detached"), (Amnesic, "depend"), (TwoLayersOut, "no parameter")]
)
def test_gradients_that_there_are_none_of(kind, why):
    tokens, hidden = text()
    with pytest.raises(ValueError, match=why):
        TorchModel(build(kind)).gradients(tokens[:-1], tokens[1:], hidden)


@pytest.mark.parametrize("kind", [GRU, RNN])
@pytest.mark.parametrize("average", ["gradients", "norms"])
@pytest.mark.parametrize("scale", ["range", "maximum"])
def test_curves_rise_to_the_last_step(kind, average, scale):
    tokens, hidden = text()
    curve = norms.gradient_curve(TorchModel(build(kind)), tokens[:-1], tokens[1:], hidden, average, scale)
    assert curve.shape == (T,) and curve[-1] == curve.max() == 1
    assert curve.min() == 0 if scale == "range" else 0 <= curve.min() < 0.1


def test_norm_of_the_mean_and_mean_of_the_norms():
    gradients = np.array([[[3.0, 4.0], [-3.0, -4.0]], [[0.0, 2.0], [0.0, 4.0]]])
    assert norms.norms(gradients).tolist() == [0, 3]
    assert norms.norms(gradients, "norms").tolist() == [5, 3]


@pytest.mark.parametrize(
    ("curve", "scale", "expected"),
    [
        ([1, 2, 5], "range", [0, 0.25, 1]),
        ([1, 2, 5], "maximum", [0.2, 0.4, 1]),
        ([-1, 1], "range", [0, 1]),
        ([3, 3], "range", [0, 0]),
        ([3, 3], "maximum", [1, 1]),
        ([0, 0], "maximum", [0, 0]),
        ([7], "range", [0]),
    ],
)
def test_rescaled(curve, scale, expected):
    assert norms.rescaled(np.array(curve), scale).tolist() == expected


@pytest.mark.parametrize(
    ("curve", "scale"), [([], "range"), ([1, np.nan], "range"), ([np.inf], "maximum"), ([-1], "maximum")]
)
def test_what_can_not_be_rescaled(curve, scale):
    with pytest.raises(ValueError):
        norms.rescaled(np.array(curve, float), scale)


# ---- perplexity ------------------------------------------------------------------------------------------------------
def test_cross_entropy_is_torchs():
    logits, targets = torch.randn(5, 3, V, dtype=torch.float64) * 30, torch.randint(V, (5, 3))
    expected = nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none")
    found = perplexity.cross_entropy(logits.numpy(), targets.numpy())
    np.testing.assert_allclose(found.ravel(), expected, atol=1e-12)


def test_perplexity_is_the_exponential_of_the_mean():
    assert perplexity.perplexity([math.log(2), math.log(8)]) == pytest.approx(4)  # not 5, the mean of 2 and 8
    assert perplexity.perplexity(np.full((3, 2), math.log(10_000))) == pytest.approx(10_000)
    assert perplexity.perplexity([1e6]) == math.inf
    with pytest.raises(ValueError):
        perplexity.perplexity([])


@pytest.mark.parametrize("seq_len", [1, 7, 36, 99])
def test_a_models_perplexity_does_not_depend_on_the_cuts(seq_len):
    model, (tokens, hidden) = build(), text(41)
    found = perplexity.model_perplexity(TorchModel(model), tokens, hidden, seq_len)
    logits, _ = model.eval()(torch.from_numpy(tokens[:-1]), torch.from_numpy(hidden))
    loss = nn.functional.cross_entropy(logits.flatten(0, 1), torch.from_numpy(tokens[1:]).flatten())
    assert found == pytest.approx(loss.exp().item())


def test_an_untrained_model_knows_nothing():
    model, (tokens, hidden) = build(), text(41)
    nn.init.zeros_(model.output.weight)
    assert perplexity.model_perplexity(TorchModel(model), tokens, hidden, T) == pytest.approx(V)


# ---- behind the wire -------------------------------------------------------------------------------------------------
@pytest.fixture
def student():
    extra = "final_loss_gradients = 'a name of the student'\n\nclass Odd(GRU):\n    def forward(self, i, h): return i\n"
    found = Student(InProcess(Server), [Cell(1, SCRIPT.read_text()), Cell(2, extra)], Limits())
    found.load()
    found.begin_check()
    yield found
    found.close()


@pytest.mark.parametrize("kind", ["GRU", "RNN"])
def test_a_submissions_model_answers_as_it_does_here(student, kind):
    torch.manual_seed(5)
    here = TorchModel({"GRU": GRU, "RNN": RNN}[kind](*SIZES))
    there = StudentModel(student.build_model(kind, SIZES, {}, seed=5)[0])
    tokens, hidden = text(9)
    for _ in range(2):
        np.testing.assert_allclose(there.forward(tokens, hidden)[0], here.forward(tokens, hidden)[0], atol=1e-6)
        arguments = tokens[:-1], tokens[1:], hidden
        np.testing.assert_allclose(there.gradients(*arguments), here.gradients(*arguments), atol=1e-6)
    assert student.overrides == [SUPPLY]
    ours, theirs = (perplexity.model_perplexity(model, tokens, hidden, 4) for model in (here, there))
    assert theirs == pytest.approx(ours, rel=1e-5)
    assert norms.gradient_curve(there, *arguments)[-1] == 1


def test_a_submissions_odd_answers_are_its_own_fault(student):
    odd = StudentModel(student.build_model("Odd", SIZES, {})[0])
    tokens, hidden = text(9)
    with pytest.raises(MalformedAnswer):
        odd.forward(tokens, hidden)
    with pytest.raises(StudentException):
        odd.gradients(tokens[:-1], tokens[1:], hidden)


def test_what_is_sent_is_the_function_and_nothing_of_ours():
    names: dict = {}
    exec(SUPPLY.source, names)
    assert names[SUPPLY.names[0]].__doc__ == final_loss_gradients.__doc__
    assert "autograder" not in SUPPLY.source
