"""The judge's LSTM and GRU in numpy against torch's own, and what the judge accepts as a standard model."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.inside import modules
from autograder.judge.models import Submodule
from autograder.kit.recogniser.cells import run_layers
from autograder.kit.recogniser.classifier.anatomy import (
    GATES,
    accepted_counts,
    counts_both_ways,
    expected_count,
    standard,
)
from autograder.kit.recogniser.classifier.batches import Batch, Spec, batch_of, changed_at, swapped
from autograder.kit.recogniser.classifier.readings import readings
from autograder.wire import frames
from reference.labrnn import module as solved

CASES = list(itertools.product(["LSTM", "GRU"], [1, 2, 3], [False, True], [(1, 5), (4, 3), (6, 6)]))


def torch_module(
    kind: str, sizes: tuple[int, int], layers: int, bidirectional: bool, **options: Any
) -> torch.nn.Module:
    torch.manual_seed(layers)
    options = {
        "num_layers": layers,
        "bidirectional": bidirectional,
        "batch_first": True,
        "dtype": torch.float64,
    } | options
    module: torch.nn.Module = getattr(torch.nn, kind)(*sizes, **options)
    return module


def weights_of(module: torch.nn.Module) -> dict[str, Any]:
    return {name: p.detach().numpy() for name, p in module.named_parameters()}


@pytest.mark.parametrize(("kind", "layers", "bidirectional", "sizes"), CASES)
def test_outputs_and_states(kind: str, layers: int, bidirectional: bool, sizes: tuple[int, int]) -> None:
    module = torch_module(kind, sizes, layers, bidirectional)
    for length in (1, 2, 7):
        inputs = torch.randn(1, length, sizes[0], dtype=torch.float64)
        with torch.no_grad():
            output, state = module(inputs)
        final = (state[0] if kind == "LSTM" else state)[:, 0].numpy()
        got, cells = run_layers(kind, weights_of(module), layers, bidirectional, inputs[0].numpy())
        assert len(got) == layers
        np.testing.assert_allclose(got[-1], output[0].numpy(), rtol=1e-10, atol=1e-12)
        if kind == "LSTM" and not bidirectional:
            np.testing.assert_allclose(cells[-1], state[1][-1, 0].numpy(), rtol=1e-10, atol=1e-12)
        ways = readings(got, sizes[1])
        if bidirectional:
            expected = np.concatenate([final[-2], final[-1]])
            np.testing.assert_allclose(ways["the final states of both directions"], expected, rtol=1e-10, atol=1e-12)
            np.testing.assert_allclose(ways["only the backward direction's final state"], final[-1], rtol=1e-10)
        else:
            np.testing.assert_allclose(ways["the top layer's output at the last real position"], final[-1], rtol=1e-10)
        for number in range(1, layers):
            below = ways[f"the last state of layer {number} instead of the top layer's"]
            np.testing.assert_allclose(below[: sizes[1]], final[(number - 1) * (1 + bidirectional)], rtol=1e-10)


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_without_biases(kind: str) -> None:
    module = torch_module(kind, (3, 4), 2, True, bias=False)
    inputs = torch.randn(1, 5, 3, dtype=torch.float64)
    with torch.no_grad():
        wanted = module(inputs)[0][0].numpy()
    np.testing.assert_allclose(
        run_layers(kind, weights_of(module), 2, True, inputs[0].numpy())[0][-1], wanted, rtol=1e-10, atol=1e-12
    )


def test_readings_are_all_different() -> None:
    rng = np.random.default_rng(0)
    for width, length in ((3, 4), (6, 4), (6, 3)):
        layers, cells = [rng.normal(size=(length, width)) for _ in range(2)], rng.normal(size=(length, width))
        ways = readings(layers, 3, cells)
        for (one, a), (two, b) in itertools.combinations(ways.items(), 2):
            assert a.shape != b.shape or not np.allclose(a, b), (one, two)
    assert "the output one position before the last" not in readings([rng.normal(size=(1, 3))], 3)


# ---- the whole model -------------------------------------------------------------------------------------------------
class Answers:
    """What a student process would say of a model."""

    def __init__(self, model: torch.nn.Module) -> None:
        rows = frames.unpack(frames.pack(modules.submodules(model)))
        self.modules = [Submodule(path, name, bases, dict(settings)) for path, name, bases, settings in rows]
        self.state = {name: array.data for name, array in frames.unpack(frames.pack(modules.state(model))).items()}


def reference_model(kind: str, spec: Spec) -> torch.nn.Module:
    torch.manual_seed(3)
    model: torch.nn.Module = getattr(solved, kind)(
        spec.vocab_size,
        spec.embedding_dim,
        spec.hidden_dim,
        spec.output_dim,
        spec.n_layers,
        0.0,
        spec.pad_index,
        spec.bidirectional,
    )
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, 0, 0.6)
    return model.eval()


@pytest.mark.parametrize(
    ("kind", "layers", "bidirectional"), [*itertools.product(["LSTM", "GRU"], [1, 2, 3], [False, True])]
)
def test_readings_of_the_reference(kind: str, layers: int, bidirectional: bool) -> None:
    spec = Spec(n_layers=layers, bidirectional=bidirectional)
    model = reference_model(kind, spec)
    answers = Answers(model)
    known = standard(answers.modules, answers.state)
    assert known is not None
    assert (known.cell_type, known.layers, known.bidirectional, known.hidden) == (kind, layers, bidirectional, 4)
    batch = batch_of(np.random.default_rng(1), [5, 1, 3], spec)
    with torch.no_grad():
        logits = model(*(torch.from_numpy(a.data) for a in batch.arguments())).numpy()
    way = "the final states of both directions" if bidirectional else "the top layer's output at the last real position"
    ways = known.readings_of(batch)
    np.testing.assert_allclose(ways[way], logits, rtol=1e-4, atol=1e-5)
    others = [name for name, other in ways.items() if name != way and np.allclose(other, logits, rtol=1e-3, atol=1e-4)]
    assert not others


class OwnCell(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.head = torch.nn.Embedding(5, 2), torch.nn.Linear(2, 2)


class Extra(OwnCell):
    def __init__(self) -> None:
        super().__init__()
        self.rnn, self.scale = torch.nn.LSTM(2, 2), torch.nn.Parameter(torch.ones(1))


class Projected(OwnCell):
    def __init__(self) -> None:
        super().__init__()
        self.rnn = torch.nn.LSTM(2, 3, proj_size=2)


class TwoTypes(OwnCell):
    def __init__(self) -> None:
        super().__init__()
        self.rnn, self.other = torch.nn.LSTM(2, 2), torch.nn.GRU(2, 2)


class ComputedWeights(OwnCell):
    def __init__(self) -> None:
        super().__init__()
        self.rnn = torch.nn.LSTM(2, 2)
        torch.nn.utils.parametrizations.weight_norm(self.rnn, "weight_hh_l0")


@pytest.mark.parametrize("build", [OwnCell, Extra, Projected, TwoTypes, ComputedWeights])
def test_other_builds_are_not_taken_for_standard(build: type[torch.nn.Module]) -> None:
    answers = Answers(build())
    assert standard(answers.modules, answers.state) is None


class Stacked(OwnCell):
    """Two recurrent modules, one on the other."""

    def __init__(self, first: torch.nn.Module, second: torch.nn.Module) -> None:
        super().__init__()
        self.layers = torch.nn.ModuleList([first, second])


@pytest.mark.parametrize("name", ["LSTM", "GRU", "RNN", "LSTMCell", "GRUCell", "RNNCell"])
def test_modules_one_on_the_other_are_layers(name: str) -> None:
    torch.manual_seed(1)
    stacked = Stacked(getattr(torch.nn, name)(2, 2), getattr(torch.nn, name)(2, 2))
    answers = Answers(stacked)
    known = standard(answers.modules, answers.state)
    assert known is not None and (known.cell_type, known.layers) == (name.removesuffix("Cell"), 2)
    inputs = torch.randn(1, 4, 2)
    state: Any = inputs.transpose(0, 1)
    for layer in stacked.layers:
        if name.endswith("Cell"):
            memory, outputs = None, []
            for step in state:
                memory = layer(step, memory)
                outputs.append(memory[0] if isinstance(memory, tuple) else memory)
            state = torch.stack(outputs)
        else:
            state = layer(state)[0]
    wanted = stacked.head(state[-1]).detach().numpy()
    got = known.read(inputs.numpy().astype(np.float64))["the top layer's output at the last real position"]
    np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-5)


# ---- counts ----------------------------------------------------------------------------------------------------------
SPECS = [
    Spec(vocab, e, h, out, layers, 0.0, 0, both)
    for (vocab, e, h, out), layers, both in itertools.product(
        [(11, 4, 4, 2), (13, 3, 5, 2), (20, 1, 7, 5)], [1, 2, 4], [False, True]
    )
]


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_counts_of_real_models(kind: str) -> None:
    for spec in SPECS:
        model = reference_model(kind, spec)
        real = sum(p.numel() for p in model.parameters())
        assert expected_count(kind, spec) == real and real in accepted_counts(kind, spec)
        recurrent = sum(p.numel() for name, p in model.named_parameters() if "bias_ih" in name)
        assert real - recurrent in accepted_counts(kind, spec)  # one bias vector per gate
        narrow = real - spec.hidden_dim * spec.output_dim
        assert (narrow in accepted_counts(kind, spec)) == spec.bidirectional  # a head of hidden_dim inputs


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
@pytest.mark.parametrize("layers", [1, 2, 4])
def test_counts_of_two_stacks(kind: str, layers: int) -> None:
    spec = Spec(13, 3, 5, 2, layers, 0.0, 0, True)
    stacks = [getattr(torch.nn, kind)(3, 5, layers) for _ in range(2)]
    total = 13 * 3 + sum(p.numel() for stack in stacks for p in stack.parameters()) + (2 * 5 + 1) * 2
    assert total == expected_count(kind, spec, apart=True) and total in counts_both_ways(kind, spec, 2)
    assert expected_count(kind, spec) in counts_both_ways(kind, spec, 2)


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_counts_of_wrong_models_are_not_accepted(kind: str) -> None:
    other = {"LSTM": "GRU", "GRU": "LSTM"}[kind]
    for spec in SPECS:
        accepted = accepted_counts(kind, spec)
        real = expected_count(kind, spec)
        assert expected_count(other, spec) not in accepted
        assert expected_count(kind, replace(spec, n_layers=spec.n_layers + 1)) not in accepted
        assert real + 1 not in accepted and real - 1 not in accepted
        assert expected_count(kind, replace(spec, bidirectional=not spec.bidirectional)) not in accepted
    assert (GATES["LSTM"], GATES["GRU"]) == (4, 3)


def test_the_published_numbers() -> None:
    assert expected_count("LSTM", Spec(37_996, 1, 100, 2)) == 79_398
    assert expected_count("GRU", Spec(37_996, 1, 100, 2)) == 69_098


# ---- batches ---------------------------------------------------------------------------------------------------------
@settings(max_examples=60)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=5), st.integers(0, 2**31), st.integers(0, 4))
def test_batches(lengths: list[int], seed: int, pad: int) -> None:
    spec = Spec(vocab_size=7, pad_index=pad)
    batch = batch_of(np.random.default_rng(seed), lengths, spec, width=max(lengths) + 2)
    assert batch.ids.dtype == np.int64 and batch.length.dtype == np.float32 and batch.length.tolist() == lengths
    for row, length in zip(batch.ids, lengths, strict=True):
        assert pad not in row[:length] and (row[length:] == pad).all()
        assert (np.diff(row[:length]) != 0).all() and set(row[:length]) <= set(range(7))
    assert batch.trimmed().ids.shape[1] == max(lengths)
    assert batch.padded(3, pad).ids.shape[1] == max(lengths) + 5


def test_changed_batches_differ_where_they_should() -> None:
    spec = Spec()
    batch = batch_of(np.random.default_rng(0), [5, 3], spec)
    for row, position in ((0, 0), (0, 4), (1, 2)):
        other = changed_at(batch, row, position, spec)
        assert (
            np.argwhere(other.ids != batch.ids).tolist() == [[row, position]]
            and other.ids[row, position] != spec.pad_index
        )
    other = swapped(batch, 0, 3)
    assert other.ids[0, 3:5].tolist() == batch.ids[0, [4, 3]].tolist() and (other.ids[1] == batch.ids[1]).all()
    assert isinstance(other, Batch)
