"""lab1.e.init and lab1.g.init: the layers of `LSTM` and `GRU`.

Sizes are judged by how the number of trainable parameters answers to each argument, so that any layer names and
own cells will do.
"""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.assignments.labrnn.api import LabRNN
from autograder.errors import MalformedAnswer, StudentCrash, StudentError, StudentTimeout
from autograder.judge.expect import Mismatch, NeedsPerson, NotJudged, expect
from autograder.judge.marks import item
from autograder.kit.extensions import fill_function
from autograder.kit.properties.building import expect_count, expect_growth, expect_trainable
from autograder.kit.properties.modes import differs
from autograder.kit.properties.values import expect_zero, orthogonal
from autograder.kit.recogniser.classifier.alive import life_of
from autograder.kit.recogniser.classifier.anatomy import (
    RECURRENT,
    accepted_counts,
    counts_both_ways,
    expected_count,
    has_dropout,
)
from autograder.kit.recogniser.classifier.batches import Spec, batch_of
from autograder.kit.recogniser.classifier.judged_sizes import ballast, count, plain
from autograder.kit.recogniser.classifier.model import Model

INIT = ("lab1.e.init", "lab1.g.init")
BASE = Spec(vocab_size=13, embedding_dim=3, hidden_dim=5, output_dim=2)
few = settings(max_examples=3)
specs = st.builds(
    Spec,
    vocab_size=st.integers(4, 30),
    embedding_dim=st.integers(1, 9),
    hidden_dim=st.integers(1, 9),
    output_dim=st.integers(2, 4),
)


def grows_by(lab: LabRNN, kind: str, one: Spec, other: Spec, argument: str) -> None:
    """The parameter count must change between two settings as that of a correct model does."""
    got = count(lab, kind, other) - count(lab, kind, one)
    wanted = [expected_count(kind, other, biases) - expected_count(kind, one, biases) for biases in (2, 1)]
    expect_growth(argument, (getattr(one, argument), getattr(other, argument)), got, wanted)


@item(*INIT, required=True)
def test_builds(lab: LabRNN, kind: str) -> None:
    """The model can be built from its arguments, and has an embedding, recurrent weights and a head that train."""
    model = lab.new_model(kind, BASE)
    smallest = BASE.vocab_size + 3 * BASE.hidden_dim
    expect(
        model.count() >= smallest,
        "the model has no or hardly any parameters that train",
        got=f"{model.count()} parameters",
    )
    if plain(model):
        return
    life = life_of(lab, kind)
    expect(not life.dead or typed(model), f"its parameters are no embedding, recurrent layer and head: {life.dead}")
    if not life.way:
        raise NeedsPerson(
            f"`{kind}` is not built of one embedding, recurrent layers and a linear head, and its forward can't show what it is"
        )


def typed(model: Model) -> bool:
    """Whether torch's own embedding, recurrent and linear layers are among its modules."""
    return all(any(m.is_a(*names) for m in model.submodules()) for names in (("Embedding",), RECURRENT, ("Linear",)))


@item(*INIT)
def test_argument_order(lab: LabRNN, kind: str) -> None:
    """The constructor takes its arguments in the given order, so that a call by position works."""
    expect(
        kind not in lab.context.by_keyword,
        f"the arguments of {kind} stand in another order (the other checks name them)",
        expected=", ".join(field.name for field in fields(Spec)),
    )
    lab.new_model(kind, BASE)


@item(*INIT, weight=3)
@few
@given(specs, st.integers(1, 3))
def test_parameter_count(lab: LabRNN, kind: str, spec: Spec, layers: int) -> None:
    """The number of parameters is that of an embedding, the recurrent layers and one linear head, and of nothing else."""
    spec = replace(spec, n_layers=layers)
    expect_count(count(lab, kind, spec), accepted_counts(kind, spec))
    model = lab.new_model(kind, spec)
    idle = {name for name, shape, _ in model.parameters if 0 not in shape} & ballast(lab, kind, model)
    expect(not idle, "the logits do not depend on these parameters", got=sorted(idle)[:3])


@item(*INIT, visibility="hidden")
def test_full_size(lab: LabRNN, kind: str) -> None:
    """At the lab's hidden size of 100 the number of parameters is right too."""
    spec = Spec(50, 2, 100, 2)
    expect_count(count(lab, kind, spec), accepted_counts(kind, spec))


@item(*INIT)
def test_vocab_size(lab: LabRNN, kind: str) -> None:
    """The embedding has one row per word: vocab_size is honoured."""
    grows_by(lab, kind, BASE, replace(BASE, vocab_size=20), "vocab_size")


@item(*INIT)
def test_embedding_dim(lab: LabRNN, kind: str) -> None:
    """embedding_dim is the width of the embedding and of the recurrent layer's input."""
    grows_by(lab, kind, BASE, replace(BASE, embedding_dim=8), "embedding_dim")


@item(*INIT)
def test_hidden_dim(lab: LabRNN, kind: str) -> None:
    """hidden_dim is the width of the recurrent layers' state and of the head's input."""
    grows_by(lab, kind, BASE, replace(BASE, hidden_dim=7), "hidden_dim")


@item(*INIT)
def test_output_dim(lab: LabRNN, kind: str) -> None:
    """output_dim is the number of classes that the head gives."""
    grows_by(lab, kind, BASE, replace(BASE, output_dim=4), "output_dim")


@item(*INIT)
def test_n_layers(lab: LabRNN, kind: str) -> None:
    """n_layers is the number of stacked recurrent layers, from 1 to 4."""
    grows_by(lab, kind, BASE, replace(BASE, n_layers=2), "n_layers")
    grows_by(lab, kind, BASE, replace(BASE, n_layers=4), "n_layers")


@item(*INIT)
def test_bidirectional(lab: LabRNN, kind: str) -> None:
    """bidirectional=True adds a second direction to every recurrent layer, and bidirectional=False none."""
    if not lab.context.edition.bidirectional:
        pytest.skip("not in this edition")
    for layers in (1, 2):
        one, two = replace(BASE, n_layers=layers), replace(BASE, n_layers=layers, bidirectional=True)
        got = count(lab, kind, two) - count(lab, kind, one)
        wanted = {n - expected_count(kind, one, b) for b in (2, 1) for n in counts_both_ways(kind, two, b)}
        expect(got in wanted, "bidirectional is not followed", got=f"{got:+,} parameters", expected=f"{max(wanted):+,}")


@item(*INIT)
def test_right_cell(lab: LabRNN, kind: str) -> None:
    """The recurrent layer is of the kind that the class is named after: LSTM has four gates, GRU three."""
    small, large = Spec(9, 1, 20, 2), Spec(9, 41, 20, 2)
    gates = (count(lab, kind, large) - count(lab, kind, small) - 40 * 9) / (40 * 20)
    names: dict[float, str] = {4: "LSTM", 3: "GRU", 1: "plain RNN"}
    expect(
        names.get(gates, kind) == kind,
        f"the class {kind} holds another cell",
        got=f"{gates:g} gates: {names.get(gates)}",
    )
    modules = lab.new_model(kind, BASE).submodules()
    other = [m.bases[0] for m in modules if m.is_a("LSTM", "GRU", "RNN") and not m.is_a(kind)]
    expect(not other, f"the class {kind} holds another recurrent layer", got=other, expected=f"torch.nn.{kind}")
    own = next((layout for (name, _), layout in lab.context.layouts.items() if name == kind and layout), None)
    expect(
        own is None or own.cell_type.startswith(kind),
        f"the class {kind} computes another cell",
        got=own and own.cell_type,
    )


@item(*INIT, weight=0.5)
def test_dropout_rate(lab: LabRNN, kind: str) -> None:
    """dropout_rate is the rate of the model's dropout: with 0 nothing is dropped, not even in training."""
    spec = Spec(n_layers=2, dropout_rate=0.37)
    model = lab.new_model(kind, spec)
    expect(
        has_dropout(model, 0.37) or varies(lab, kind, spec), "dropout_rate=0.37 has no effect: no dropout has this rate"
    )
    none = replace(spec, dropout_rate=0.0)
    told = has_dropout(model, 0.37) and has_dropout(lab.new_model(kind, none), 0.0)
    try:
        random = varies(lab, kind, none) and not varies(lab, kind, none, training=False)  # else it is forward's mistake
    except NotJudged:
        if told:
            return  # forward can't show it, so what the layers say of themselves must do
        raise
    expect(not random, "with dropout_rate=0 the answers in training mode still vary")


@item(*INIT, weight=0.5)
def test_dropout_one_layer(lab: LabRNN, kind: str) -> None:
    """Dropout has an effect with one layer too, which is the default: the recurrent layer's own acts between layers only."""
    spec = Spec(n_layers=1, dropout_rate=0.37)
    if has_dropout(lab.same_model(kind, spec), 0.37, layers_only=True) or varies(lab, kind, spec):
        return
    if not varies(lab, kind, replace(spec, n_layers=2)):
        raise NotJudged("there is no dropout with two layers either")
    expect(
        False, f"dropout_rate=0.37 has no effect with n_layers=1: the dropout of torch.nn.{kind} acts between layers"
    )


def varies(lab: LabRNN, kind: str, spec: Spec, training: bool = True) -> bool:
    """Whether the model answers differently under different seeds; False if it can't answer."""
    model = lab.model_as_it_is(kind, spec)
    model.randomise(np.random.default_rng(0))
    model.train(training)
    batch = batch_of(np.random.default_rng(1), [5, 3, 4, 2, 5, 4], spec)
    try:
        first, *others = model.forward_each([batch] * 5, seeds=range(5))
        return any(differs(first, other) for other in others)
    except (StudentTimeout, StudentCrash, MalformedAnswer):  # also when it is not called again after its last deaths
        raise NotJudged("forward ended the process, so it can't say anything about dropout") from None
    except (StudentError, Mismatch):
        return False  # a forward that fails is charged in its own item


@item(*INIT)
def test_pad_index(lab: LabRNN, kind: str) -> None:
    """The embedding's padding index is pad_index: that row is never trained."""
    spec = replace(BASE, pad_index=3)
    model = lab.model(kind, spec)
    embeddings = [m for m in model.submodules() if m.is_a("Embedding")]
    if embeddings:
        got = [m.settings.get("padding_idx") for m in embeddings]
        expect(got == [3] * len(got), "pad_index is not the embedding's padding_idx", got=got, expected="padding_idx=3")
        return
    batch = batch_of(np.random.default_rng(2), [4, 2, 3], spec)
    batch.ids[0, 1] = spec.pad_index
    gradients = model.gradients(batch, np.ones((3, spec.output_dim)))
    tables = [g for g in gradients.values() if g is not None and g.shape[:1] == (spec.vocab_size,)]
    if not tables:
        raise NotJudged("no parameter has one row for each word")
    expect(all(not table[3].any() for table in tables), "the pad row of the embedding is trained")


@item(*INIT)
def test_weight_init_fn(lab: LabRNN, kind: str) -> None:
    """A weight_init_fn given as keyword is used in place of init_weights."""
    if not lab.context.edition.weight_init:
        pytest.skip("not in this edition")
    filled = fill_function(lab.student, 0.125)
    model = lab.model(kind, BASE, weight_init_fn=filled)
    state = model.state()
    matrices = {n: v for n, v in state.items() if v.ndim > 1} or {n: v.reshape(1, -1) for n, v in state.items()}
    off = [
        n for n, v in matrices.items() if not np.isclose(v, 0.125).all(axis=-1).sum() >= min(len(v), max(len(v) - 1, 1))
    ]
    expect(bool(state) and not off, "weight_init_fn was not applied to every layer", got=off[:3])


@item(*INIT)
def test_initial_weights(lab: LabRNN, kind: str) -> None:
    """Without weight_init_fn, init_weights is applied: recurrent matrices are orthogonal, biases zero."""
    if not lab.context.edition.weight_init:
        pytest.skip("not in this edition")
    model = lab.new_model(kind, BASE)
    state = model.state()
    for module in model.submodules():
        own = {n: v for n, v in state.items() if n.rpartition(".")[0] == module.path}
        if not module.is_a("LSTM", "GRU", "Linear"):
            continue
        expect_zero({name: values for name, values in own.items() if "bias" in name}, "a bias")
        if module.is_a("LSTM", "GRU"):
            skew = [n for n, v in own.items() if "weight" in n and not orthogonal(v, atol=1e-3)]
            expect(not skew, "a recurrent layer's weight matrix is not orthogonal", got=skew)


@item(*INIT, visibility="hidden")
def test_own_weights(lab: LabRNN, kind: str, rng: np.random.Generator) -> None:
    """Every model and every layer has weights of its own: to change one changes no other."""
    model = lab.model(kind, BASE)
    values = model.randomise(rng)
    lab.model(kind, BASE).randomise(rng)
    state = model.state()
    other = [name for name, value in values.items() if name not in state or not np.allclose(state[name], value)]
    expect(not other, "weights changed when other weights were set: they are shared", got=other)


@item(*INIT, weight=2, visibility="hidden")
def test_all_trainable(lab: LabRNN, kind: str) -> None:
    """Every parameter trains: none is frozen."""
    expect_trainable(lab.new_model(kind, BASE).parameters)
