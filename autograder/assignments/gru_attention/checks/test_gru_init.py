"""gru.init: the layers of `GRU`, their first weights, and `init_hidden`.

Sizes are judged by how the number of trainable parameters answers to each argument, so that any names, fused matrices
and own layers will do. First weights are told apart by shape: only embedding and output have an axis of the vocabulary.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autograder.assignments.gru_attention.api import Lab
from autograder.assignments.gru_attention.comparing import expect_order
from autograder.errors import StudentException
from autograder.judge.expect import expect
from autograder.judge.marks import item
from autograder.kit.comparing import NDArray
from autograder.kit.properties.building import expect_count, expect_growth, expect_trainable
from autograder.kit.properties.values import expect_uniform, expect_zero
from autograder.kit.recogniser.language_model.sizes import Sizes
from autograder.kit.types import of_shape, real

INIT = "gru.init"
BASE = Sizes(emb_size=3, hidden_size=5, seq_len=4, batch_size=2, vocab_size=13, num_layers=2)
DRAWN = Sizes(emb_size=10, hidden_size=16, seq_len=4, batch_size=2, vocab_size=37, num_layers=2)
few = settings(max_examples=3)
small = st.integers(1, 9)


def count(lab: Lab, sizes: Sizes) -> int:
    """How many scalars of the model train; built once per setting, since several checks compare with the same one."""
    known = lab.context.counts
    if sizes not in known:
        known[sizes] = lab.gru(sizes).count()
    return known[sizes]


def count_or_none(lab: Lab, sizes: Sizes) -> int | None:
    """None where the model can't be built."""
    try:
        return count(lab, sizes)
    except StudentException:
        return None


def grows(lab: Lab, argument: str, values: tuple[int, int]) -> None:
    """The parameter count must change between two settings as that of a correct model does."""
    one, other = (replace(BASE, **{argument: value}) for value in values)
    got = count(lab, other) - count(lab, one)
    accepted = [b - a for a, b in zip(one.counts(), other.counts(), strict=True)]
    expect_growth(argument, values, got, accepted)


@item(INIT, required=True)
def test_builds(lab: Lab) -> None:
    """GRU can be built from its seven arguments, and has parameters that train."""
    model = lab.gru(BASE)
    smallest = BASE.vocab_size + 3 * BASE.hidden_size
    expect(model.count() >= smallest, "the model has hardly any parameters that train", got=f"{model.count()}")


@item(INIT)
def test_order_of_arguments(lab: Lab) -> None:
    """The seven arguments stand in the order emb_size, hidden_size, seq_len, batch_size, vocab_size, num_layers, dp_keep_prob."""
    lab.gru(BASE)
    expect_order(lab, "GRU", "__init__")


@item(INIT, weight=0, required=True)
def test_follows_its_sizes(lab: Lab) -> None:
    """A living constructor: the parameters answer to the sizes, and some are tables with a row or column for each word."""
    changes = {"emb_size": 8, "hidden_size": 7, "vocab_size": 20, "num_layers": 1}
    usual = count(lab, BASE)
    deaf = [name for name, value in changes.items() if count_or_none(lab, replace(BASE, **{name: value})) == usual]
    expect(len(deaf) < 3, "the parameters do not depend on the sizes", got=f"another {', '.join(deaf)} changes nothing")
    tables = [shape for _, shape, _ in lab.gru(BASE).registered if len(shape) > 1 and BASE.vocab_size in shape]
    expect(bool(tables), "no parameter is a table of words", got="no two-dimensional parameter has a vocabulary axis")


@item(INIT, weight=3)
@few
@given(small, small, st.integers(2, 30), st.integers(1, 3))
@example(3, 4, 13, 3)  # layers that share their parameters show from three on
def test_parameter_count(lab: Lab, emb: int, hidden: int, vocab: int, layers: int) -> None:
    """The trainable parameters are those of an embedding, three gates per layer and one linear output layer, each layer its own."""
    sizes = replace(BASE, emb_size=emb, hidden_size=hidden, vocab_size=vocab, num_layers=layers)
    expect_count(count(lab, sizes), sizes.counts())


@item(INIT)
def test_emb_size(lab: Lab) -> None:
    """emb_size is the width of the embedding and of the first layer's input."""
    grows(lab, "emb_size", (3, 8))


@item(INIT)
def test_hidden_size(lab: Lab) -> None:
    """hidden_size is the width of every layer's state and of the output layer's input."""
    grows(lab, "hidden_size", (5, 7))


@item(INIT)
def test_vocab_size(lab: Lab) -> None:
    """vocab_size is the number of words of the embedding and of the output layer."""
    grows(lab, "vocab_size", (13, 20))


@item(INIT)
def test_num_layers(lab: Lab) -> None:
    """num_layers is the number of stacked layers, each with parameters of its own."""
    grows(lab, "num_layers", (2, 1))
    grows(lab, "num_layers", (2, 4))


@item(INIT, weight=2)
@few
@given(small, st.integers(1, 4), st.integers(1, 3))
def test_init_hidden(lab: Lab, hidden: int, batch: int, layers: int) -> None:
    """init_hidden() returns zeros of the shape [num_layers, batch_size, hidden_size]."""
    model = lab.gru(replace(BASE, hidden_size=hidden, batch_size=batch, num_layers=layers))
    values = of_shape(real(model.object.call("init_hidden"), "init_hidden"), (layers, batch, hidden), "init_hidden")
    expect(not values.any(), "init_hidden must return zeros", got=values)


# ---- first weights ---------------------------------------------------------------------------------------------------
def drawn(lab: Lab, again: bool = True) -> dict[str, dict[str, NDArray]]:
    """Parameters by kind: embedding, output, bias (of the output), gates; after init_weights_uniform() if `again`."""
    model = lab.gru(DRAWN)
    if again:
        try:
            model.object.call("init_weights_uniform")
        except StudentException:
            lab.student.calls.pop()  # another name: the constructor's own call is judged
    kinds: dict[str, dict[str, NDArray]] = {"embedding": {}, "output": {}, "bias": {}, "gates": {}}
    for name, values in ((name, values) for name, values in model.state().items() if values.size):
        others = [n for n in values.shape if n != DRAWN.vocab_size]
        kind = {(DRAWN.emb_size,): "embedding", (DRAWN.hidden_size,): "output", (): "bias"}.get(tuple(others), "gates")
        kinds[kind if len(others) < values.ndim else "gates"][name] = values
    return kinds


@item(INIT)
def test_embedding_range(lab: Lab) -> None:
    """init_weights_uniform draws the embedding's weights uniformly from -0.1 to 0.1."""
    expect_uniform(drawn(lab)["embedding"], 0.1, "the embedding")


@item(INIT)
def test_output_range(lab: Lab) -> None:
    """init_weights_uniform draws the output layer's weights uniformly from -0.1 to 0.1 and sets its bias to 0."""
    kinds = drawn(lab)
    expect_uniform(kinds["output"], 0.1, "the output layer's weights")
    expect_zero(kinds["bias"], "the output layer's bias")


@item(INIT, weight=2)
def test_gates_range(lab: Lab) -> None:
    """init_weights_uniform draws all weights and biases of the gates uniformly from -k to k with k = sqrt(1 / hidden_size)."""
    expect_uniform(drawn(lab)["gates"], DRAWN.hidden_size**-0.5, "the gates' parameters")


@item(INIT, visibility="hidden")
def test_constructor_draws(lab: Lab) -> None:
    """A new model has these first weights already: the constructor draws them."""
    kinds = drawn(lab, again=False)
    tables = [v for kind in ("embedding", "output") for v in kinds[kind].values()]
    expect(bool(tables), "no parameter has the shape of the embedding or the output layer")
    widest = max(float(np.abs(v).max()) for v in tables)
    shown = f"embedding or output up to {widest:.3g}"
    expect(widest <= 0.1001, "a new model is not initialised as asked", got=shown, expected="at most 0.1")


@item(INIT, visibility="hidden")
def test_all_trainable(lab: Lab) -> None:
    """Every parameter trains: none is frozen."""
    expect_trainable(lab.gru(BASE).registered)
