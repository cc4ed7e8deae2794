"""attention.forward: masks with an axis for the heads, and the inner `attention` method, which is handed such masks.

What is decided here: the course hands forward masks [B, T, T], so a module that refuses [B, 1, T, T], or answers with
another shape, is right. One that takes it must give the right output. `attention` is part of the starter code's
interface, not of the task: it is judged only if the class has it, it takes (query, key, value, mask, dropout) and
returns (result, weights), and only where forward itself is right, so that no mistake is charged twice. The weights
that it returns may be those before or after dropout.
"""

from __future__ import annotations

import numpy as np
import pytest

from autograder.assignments.gru_attention.api import Attention, Lab
from autograder.assignments.gru_attention.checks.test_attention import HEADS, UNITS, draw, random_attention
from autograder.assignments.gru_attention.checks.test_attention_masks import random_mask
from autograder.assignments.gru_attention.values import floats
from autograder.errors import StudentException
from autograder.judge.expect import Mismatch, NotJudged, expect
from autograder.judge.marks import item
from autograder.kit.comparing import NDArray, close, expect_close
from autograder.kit.recogniser.attention.equations import softmax
from autograder.kit.recogniser.attention.roles import AttentionRoles, find_attention_roles
from autograder.student.proxy import Object
from autograder.wire.frames import Array

ATTENTION = "attention.forward"
BATCH, LENGTH, D_K = 4, 5, UNITS // HEADS  # no two axes of the same length
RATE = 0.25


def right_attention(
    lab: Lab, rng: np.random.Generator, dropout: float = 0.0
) -> tuple[Attention, AttentionRoles, NDArray]:
    """A module in eval mode whose forward is right with masks [B, T, T].

    Raises:
        NotJudged: it is not.
    """
    roles = find_attention_roles(lab, HEADS, UNITS)
    model, vector = random_attention(lab, rng, dropout=dropout)
    q, k, v = (draw(rng, BATCH, LENGTH) for _ in range(3))
    mask = random_mask(rng, BATCH, LENGTH)
    try:
        right = isinstance(roles, AttentionRoles) and close(
            model.forward(q, k, v, mask), roles.evaluate(vector, (q, k, v), mask)
        )
    except (StudentException, Mismatch):
        right = False
    if lab.student.fatal is not None:
        raise lab.student.fatal
    if not right or not isinstance(roles, AttentionRoles):
        raise NotJudged("forward is not right with a mask [batch, query, key], which other checks say")
    return model, roles, vector


@item(ATTENTION, visibility="hidden")
def test_mask_with_head_axis(lab: Lab, rng: np.random.Generator) -> None:
    """Where masks with an axis for the heads, [batch, 1, query, key] or one for each head, are taken, they mean the same (a module that refuses them loses nothing)."""
    model, roles, vector = right_attention(lab, rng)
    q, k, v = (draw(rng, BATCH, LENGTH) for _ in range(3))
    mask = random_mask(rng, BATCH, LENGTH)
    wanted = roles.evaluate(vector, (q, k, v), mask)
    for axis in (1, HEADS):
        try:
            got = model.forward(q, k, v, np.repeat(mask[:, None], axis, axis=1))
        except (StudentException, Mismatch):
            if lab.student.fatal is not None:
                raise
            continue
        expect_close(
            got, wanted, f"with a mask [{BATCH}, {axis}, {LENGTH}, {LENGTH}] the equations give another output"
        )


# ---- the inner method ------------------------------------------------------------------------------------------------
def inner(
    lab: Lab, model: Attention, inputs: list[NDArray], mask: NDArray, dropout: Object | None
) -> tuple[NDArray, NDArray]:
    """Result [B, n, T, d_k] and weights [B, n, T, T] of `attention`; skips the check where it is another interface."""
    arguments = (*map(floats, inputs), model.masked(mask[:, None]), dropout)
    try:
        answer = model.object.call("attention", *arguments, seed=3)
    except StudentException as error:
        if lab.student.fatal is not None:
            raise
        pytest.skip(f"there is no attention(query, key, value, mask, dropout) that takes these: {error}")
    parts = answer if isinstance(answer, (tuple, list)) else ()
    shapes = [part.data.shape for part in parts if isinstance(part, Array) and part.data.dtype.kind == "f"]
    if len(parts) != 2 or shapes != [(BATCH, HEADS, LENGTH, D_K), (BATCH, HEADS, LENGTH, LENGTH)]:
        pytest.skip("`attention` does not return a result and weights")
    return parts[0].data.astype(np.float64), parts[1].data.astype(np.float64)


def head_inputs(rng: np.random.Generator) -> tuple[list[NDArray], NDArray, NDArray]:
    """Query, key and value [B, n, T, d_k], a mask [B, T, T], and the weights that they give."""
    inputs = [rng.normal(size=(BATCH, HEADS, LENGTH, D_K)).astype(np.float32) for _ in range(3)]
    mask = random_mask(rng, BATCH, LENGTH)
    scores = inputs[0].astype(np.float64) @ inputs[1].swapaxes(2, 3) / np.sqrt(D_K)
    return inputs, mask, softmax(np.where(mask[:, None], scores, -np.inf))


@item(ATTENTION)
def test_inner_attention(lab: Lab, rng: np.random.Generator) -> None:
    """If the class has the method attention(query, key, value, mask, dropout), it attends within each head with a mask [batch, 1, query, key] and returns the result and weights whose rows sum to one."""
    model, _, _ = right_attention(lab, rng)
    inputs, mask, wanted = head_inputs(rng)
    result, weights = inner(lab, model, inputs, mask, None)
    expect_close(result, wanted @ inputs[2], "the result of `attention` is another")
    sums = weights.sum(axis=-1)
    expect_close(sums, np.ones_like(sums), "the rows of weights that `attention` returns do not sum to one")
    expect_close(weights, wanted, "the weights that `attention` returns are others")


@item(ATTENTION, visibility="hidden")
def test_inner_dropout(lab: Lab, rng: np.random.Generator) -> None:
    """The dropout that the method attention(query, key, value, mask, dropout) is given falls on the weights."""
    model, _, _ = right_attention(lab, rng, RATE)  # with its own rate: one that uses its own dropout is right too
    model.train()
    inputs, mask, wanted = head_inputs(rng)
    result, weights = inner(lab, model, inputs, mask, lab.student.torch_module("Dropout", RATE))
    plain = wanted @ inputs[2]
    expect(not close(result, plain), "the dropout handed to `attention` is not used", got=result)
    kept = np.abs(weights) > 1e-6
    if kept.any() and close(weights[kept], wanted[kept] / (1 - RATE)):  # else they are not those after dropout
        expect_close(result, weights @ inputs[2], "the result is not that of the weights after dropout")
