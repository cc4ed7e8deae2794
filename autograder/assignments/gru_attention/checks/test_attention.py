"""attention.forward: what `MultiHeadedAttention` computes when everything may be seen, in eval mode.

A mask that allows all is given, since many working modules need one (zeros, where a module hides what a mask allows);
the checks of masks are in test_attention_masks.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.assignments.gru_attention.api import Attention, Lab
from autograder.assignments.gru_attention.comparing import expect_order
from autograder.assignments.gru_attention.values import everything
from autograder.errors import StudentException
from autograder.judge.expect import Mismatch, NotJudged, expect
from autograder.judge.marks import item
from autograder.kit.comparing import NDArray, close, expect_close, expect_other
from autograder.kit.lab import SCALE
from autograder.kit.properties.answers import expect_same
from autograder.kit.properties.batches import expect_rows_alone
from autograder.kit.properties.building import expect_count
from autograder.kit.properties.calls import expect_nothing_kept
from autograder.kit.properties.modes import expect_as_in_eval, expect_still, expect_varied
from autograder.kit.recogniser.attention.roles import AttentionRoles, find_attention_roles
from autograder.kit.recogniser.unknown import Unknown
from autograder.kit.types import real

ATTENTION = "attention.forward"
HEADS, UNITS = 2, 6
few = settings(max_examples=3)
seeds = st.integers(0, 2**16)
SHAPES = st.tuples(st.integers(1, 4), st.integers(1, 5), st.sampled_from([(1, 4), (2, 4), (2, 6), (3, 6)]))


def random_attention(
    lab: Lab, rng: np.random.Generator, heads: int = HEADS, units: int = UNITS, dropout: float = 0.0
) -> tuple[Attention, NDArray]:
    """A module in eval mode whose every number is random, and those numbers."""
    model = lab.attention(heads, units, dropout)
    vector = rng.normal(0, SCALE, model.scalars).astype(np.float32)
    model.load_vector(vector)
    return model, vector


def draw(rng: np.random.Generator, batch: int = 3, length: int = 4, units: int = UNITS) -> NDArray:
    return rng.normal(size=(batch, length, units)).astype(np.float32)


def known_attention(lab: Lab, heads: int = HEADS, units: int = UNITS) -> AttentionRoles:
    """What each number does. If the module has all numbers that it should have, it must be possible to say.

    Raises:
        Mismatch: they are there but don't act as the four projections.
        NotJudged: a whole projection is missing, which another check says.
    """
    found = find_attention_roles(lab, heads, units)
    if isinstance(found, Unknown):
        if lab.attention(heads, units).scalars <= 3 * units * (units + 1) + units:
            raise NotJudged("the module lacks a whole projection, which another check says")
        raise Mismatch(f"the module is not built of four linear projections: {found.reason}")
    return found


@item(ATTENTION, weight=2, required=True)
@few
@given(SHAPES, seeds)
def test_shape(lab: Lab, shape: tuple[int, int, tuple[int, int]], seed: int) -> None:
    """forward(query, key, value, mask) computes, with the module's parameters, a float tensor of the query's shape, for any batch, length and number of heads."""
    batch, length, (heads, units) = shape
    rng = np.random.default_rng(seed)
    q, k, v = (draw(rng, batch, length, units) for _ in range(3))
    one, two = (random_attention(lab, rng, heads, units)[0].forward(q, k, v, grad=True) for _ in range(2))
    expect_other(one, two, "the output does not depend on the module's parameters")


@item(ATTENTION)
def test_one_value(lab: Lab, rng: np.random.Generator) -> None:
    """forward returns the output alone, not a tuple; its arguments and the constructor's stand in the assignment's order."""
    expect_order(lab, "MultiHeadedAttention", "__init__")
    expect_order(lab, "MultiHeadedAttention", "forward")
    model, x = lab.attention(HEADS, UNITS), draw(rng)
    real(model.raw(x, x, x, model.masked(model.all_seen(x, x))), "what forward returns")


@item(ATTENTION, weight=2)
def test_parameter_count(lab: Lab) -> None:
    """There are four linear layers with biases, n_units by n_units: query, key, value and output, whatever the number of heads."""
    for heads, units in ((1, 4), (2, 6), (3, 6)):
        expect_count(lab.attention(heads, units).count(), [4 * units * (units + 1)])


@item(ATTENTION, weight=4)
@few
@given(SHAPES, seeds)
def test_self_attention(lab: Lab, shape: tuple[int, int, tuple[int, int]], seed: int) -> None:
    """With query, key and value the same, the output is that of the equations with the module's own weights."""
    batch, length, (heads, units) = shape
    roles, rng = known_attention(lab, heads, units), np.random.default_rng(seed)
    model, vector = random_attention(lab, rng, heads, units)
    x = draw(rng, batch, length, units)
    expect_close(model.forward(x, x, x), roles.evaluate(vector, (x, x, x), everything(x, x)), "another output")


@item(ATTENTION, weight=3)
def test_cross_attention(lab: Lab, rng: np.random.Generator) -> None:
    """Query, key and value play their own parts: with three different inputs the output is that of the equations."""
    roles = known_attention(lab)
    model, vector = random_attention(lab, rng)
    q, k, v = draw(rng), draw(rng), draw(rng)
    got, mask = model.forward(q, k, v), everything(q, k)
    ways = {"query and key exchanged": (k, q, v), "key and value exchanged": (q, v, k), "the query for all": (q, q, q)}
    other = next((n for n, inputs in ways.items() if close(got, roles.evaluate(vector, inputs, mask))), "other weights")
    wanted = roles.evaluate(vector, (q, k, v), mask)
    expect(close(got, wanted), f"the output is that of {other}", got=got, expected=wanted)


@item(ATTENTION, weight=3)
def test_scale(lab: Lab, rng: np.random.Generator) -> None:
    """The scores are divided by sqrt(d_k), the width of one head, and not by sqrt(n_units), d_k or nothing."""
    roles = known_attention(lab)
    model, vector = random_attention(lab, rng)
    q, k, v = 2 * draw(rng), 2 * draw(rng), draw(rng)
    got, mask, d_k = model.forward(q, k, v), everything(q, k), UNITS // HEADS
    ways = {"divided by sqrt(n_units)": UNITS**-0.5, "divided by d_k": 1 / d_k, "not divided": 1.0,
            "multiplied by sqrt(d_k)": d_k**0.5, "divided by n_units": 1 / UNITS, "divided by sqrt(n_heads)": HEADS**-0.5}  # fmt: skip
    way = next((n for n, s in ways.items() if close(got, roles.evaluate(vector, (q, k, v), mask, s))), "")
    expect(not way, f"the scores are {way}", got=way, expected="divided by sqrt(d_k)")


@item(ATTENTION)
def test_linear_in_value(lab: Lab, rng: np.random.Generator) -> None:
    """The weights come from query and key alone: outputs for two values add up to that for their sum (and that for none)."""
    model, _ = random_attention(lab, rng)
    q, k, v, w = draw(rng), draw(rng), draw(rng), draw(rng)
    one, two, both, none = (model.forward(q, k, value) for value in (v, w, v + w, 0 * v))
    expect_close(one + two, both + none, "the output is not linear in value")
    expect_other(both, one, "value does not count")


@item(ATTENTION)
def test_weights_sum_to_one(lab: Lab, rng: np.random.Generator) -> None:
    """Every row of weights sums to one: if all positions hold the same value, all outputs are equal, whatever query and key."""
    model, _ = random_attention(lab, rng)
    value = np.repeat(draw(rng, length=1), 4, axis=1)
    one, two = (model.forward(2 * draw(rng), draw(rng), value) for _ in range(2))
    expect_close(one, np.repeat(one[:, :1], 4, axis=1), "outputs differ though all values are equal")
    expect_close(two, one, "outputs depend on query and key though all values are equal")


@item(ATTENTION)
def test_query_and_key_count(lab: Lab, rng: np.random.Generator) -> None:
    """The weights depend on the query and on the key."""
    model, _ = random_attention(lab, rng)
    q, k, v = draw(rng), draw(rng), draw(rng)
    before = model.forward(q, k, v)
    expect_other(before, model.forward(draw(rng), k, v), "another query changes nothing")
    expect_other(before, model.forward(q, draw(rng), v), "another key changes nothing")


@item(ATTENTION, weight=2)
def test_order_of_positions(lab: Lab, rng: np.random.Generator) -> None:
    """Positions are kept apart: the order of keys with their values does not matter, and outputs stand in the order of the queries."""
    model, _ = random_attention(lab, rng)
    q, k, v = draw(rng), draw(rng), draw(rng)
    before, order = model.forward(q, k, v), [1, 2, 0, 3]
    expect_close(model.forward(q, k[:, order], v[:, order]), before, "another order of keys and values")
    expect_close(model.forward(q[:, order], k, v), before[:, order], "another order of queries")


@item(ATTENTION)
def test_rows_apart(lab: Lab, rng: np.random.Generator) -> None:
    """The batch is the first axis and its rows do not mix: each alone gives what it gives within the batch."""
    model, _ = random_attention(lab, rng)
    case = model.case(draw(rng), draw(rng), draw(rng))
    together, *alone = model.answers([case, *(case.take("batch", [row]) for row in range(3))])
    expect_rows_alone(together, alone)


@item(ATTENTION)
def test_heads_differ(lab: Lab, rng: np.random.Generator) -> None:
    """Heads attend on their own: one, two and three heads with the same weights give different outputs."""
    model, vector = random_attention(lab, rng, heads=1)
    q, k, v = draw(rng), draw(rng), draw(rng)
    outputs = [model.forward(q, k, v)]
    for heads in (2, 3):
        other = lab.attention(heads, UNITS)
        if other.scalars != model.scalars:
            raise NotJudged("the number of parameters depends on n_heads, which another check says")
        other.load_vector(vector)
        outputs.append(other.forward(q, k, v))
        expect_other(outputs[-2], outputs[-1], f"{heads} heads give what {heads - 1} gave")


@item(ATTENTION)
def test_nothing_remembered(lab: Lab, rng: np.random.Generator) -> None:
    """A call leaves nothing behind: the same inputs give the same output again after other ones."""
    model, _ = random_attention(lab, rng)
    q, k, v = draw(rng), draw(rng), draw(rng)
    expect_nothing_kept(model, model.case(q, k, v), model.case(v, q, k))


@item(ATTENTION, visibility="hidden")
def test_other_key_length(lab: Lab, rng: np.random.Generator) -> None:
    """Where keys may be more than queries, the output is that of the equations too (a module that refuses loses nothing)."""
    roles = known_attention(lab)
    model, vector = random_attention(lab, rng)
    q, k, v = draw(rng, length=3), draw(rng, length=5), draw(rng, length=5)
    try:
        got = model.forward(q, k, v)
    except (StudentException, Mismatch):
        if lab.student.fatal is not None:
            raise
        pytest.skip("keys of another length than the queries are not supported")
    expect_close(got, roles.evaluate(vector, (q, k, v), everything(q, k)), "with five keys and three queries")


# ---- training --------------------------------------------------------------------------------------------------------
@item(ATTENTION)
def test_dropout_only_in_training(lab: Lab, rng: np.random.Generator) -> None:
    """In eval mode nothing is dropped; in training mode the output varies from call to call, but not with dropout=0."""
    model, vector = random_attention(lab, rng, dropout=0.5)
    case, still = model.case(draw(rng), draw(rng), draw(rng)), lab.attention(HEADS, UNITS, 0.0, vector)
    first, (whole,) = expect_still(model, case), still.answers([case])
    expect_same(whole, first, "in eval mode dropout=0.5 changes the output")
    model.train()
    expect_varied(model.answers([case] * 3, seeds=range(3)), "in training mode with dropout=0.5")
    expect_as_in_eval(still, case, "training mode against eval mode with dropout=0")


@item(ATTENTION, weight=2)
def test_dropout_on_weights(lab: Lab, rng: np.random.Generator) -> None:
    """Dropout falls on the attention weights, after the softmax, and `dropout` is the probability of dropping one."""
    roles, rate, length = known_attention(lab), 0.25, 8
    vector, eye = np.zeros(roles.scalars), np.eye(UNITS)
    vector[roles.weights[2]], vector[roles.weights[3]] = eye, eye  # equal weights 1/8 on values of 1, handed through
    model, ones = lab.attention(HEADS, UNITS, rate, vector), np.ones((6, length, UNITS), np.float32)
    model.train()
    kept = model.forward(ones, ones, ones, seed=7) * length * (1 - rate)
    whole = bool(np.allclose(kept, kept.round(), atol=1e-3))
    share = 1 - kept.mean() / length if kept.std() > 0.1 else 0.0
    hint = ": it is taken for the probability of keeping" if abs(share - (1 - rate)) < 0.1 else ""
    shown = f"{share:.0%} of the weights dropped"
    expect(
        whole, "what comes out is not a sum of whole weights: dropout falls elsewhere", got=kept / length / (1 - rate)
    )
    expect(abs(share - rate) < 0.1, f"not `dropout` of the weights{hint}", got=shown, expected=f"about {rate:.0%}")
    between = (kept > 0.5) & (kept < length - 0.5)
    expect(bool(between.mean() > 0.4), "whole outputs are dropped, not single weights", got=kept / length / (1 - rate))


@item(ATTENTION, weight=2)
def test_gradients(lab: Lab, rng: np.random.Generator) -> None:
    """Gradients reach all four projections (only the key's bias, which cancels in the softmax, gets none)."""
    model, _ = random_attention(lab, rng, dropout=0.1)
    model.train()
    inputs = [draw(rng) for _ in range(3)]
    gradient = model.sense(inputs, rng.normal(size=(1, *inputs[0].shape)))[0]
    roles = find_attention_roles(lab, HEADS, UNITS)
    if isinstance(roles, AttentionRoles) and gradient.size > 4 * UNITS * (
        UNITS + 1
    ):  # the parameter count charges more
        places = np.unique(np.concatenate([places.ravel() for places in (*roles.weights, *roles.biases)]))
        gradient = gradient[places[(0 <= places) & (places < gradient.size)]]
    idle = int((np.abs(gradient) < 1e-6 * np.abs(gradient).max(initial=0)).sum()) if gradient.any() else gradient.size
    expect(
        idle <= UNITS,
        "parameters get no gradient",
        got=f"{idle} of {gradient.size} numbers",
        expected=f"{UNITS} at most",
    )
