"""attention.forward: masks [B, Tq, Tk], the same for all heads, true where a query may see a key."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.assignments.gru_attention.api import Lab
from autograder.assignments.gru_attention.checks.test_attention import HEADS, UNITS, draw, random_attention
from autograder.assignments.gru_attention.values import everything, first_of
from autograder.judge.expect import Mismatch, expect
from autograder.judge.marks import item
from autograder.kit.comparing import NDArray, close, expect_close, expect_other
from autograder.kit.properties.calls import expect_untouched
from autograder.kit.recogniser.attention.roles import find_attention_roles
from autograder.kit.recogniser.unknown import Unknown
from autograder.kit.types import of_shape, real
from autograder.wire.frames import Array

ATTENTION = "attention.forward"
few = settings(max_examples=4)


def random_mask(rng: np.random.Generator, batch: int = 3, length: int = 4) -> NDArray:
    """Every query may see at least one key; no two rows are alike if that can be."""
    mask = rng.random((batch, length, length)) < 0.6
    np.put_along_axis(mask, rng.integers(0, length, (batch, length, 1)), True, axis=2)
    return mask


@item(ATTENTION, weight=3)
@few
@given(st.sampled_from([1, 2, 3]), st.integers(2, 5), st.integers(0, 2**16))
def test_mask(lab: Lab, batch: int, length: int, seed: int) -> None:
    """Each query sees only the keys that the mask [batch, query, key] allows it, in all heads, for any batch size."""
    rng, roles = np.random.default_rng(seed), find_attention_roles(lab, HEADS, UNITS)
    model, vector = random_attention(lab, rng)
    q, k, v = (draw(rng, batch, length) for _ in range(3))
    mask = random_mask(rng, batch, length)
    expect(not lab.context.hides, "the mask is read the other way: what it allows is hidden")
    got = model.forward(q, k, v, mask)
    if not isinstance(roles, Unknown) and close(
        model.forward(q, k, v), roles.evaluate(vector, (q, k, v), everything(q, k))
    ):
        expect_close(got, roles.evaluate(vector, (q, k, v), mask), "with this mask the equations give another output")
        return
    for row in range(batch):  # the rest is charged elsewhere: what no query of the last place may see can't count there
        hidden = ~mask[row, -1]
        other = v.copy()
        other[row, hidden] += 5
        expect_close(model.forward(q, k, other, mask)[row, -1], got[row, -1], "a value that is masked counts")


@item(ATTENTION, weight=2)
def test_masked_keys_do_not_count(lab: Lab, rng: np.random.Generator) -> None:
    """What is masked does not count: other keys and values there change nothing, while others do."""
    model, _ = random_attention(lab, rng)
    q, k, v = draw(rng), draw(rng), draw(rng)
    mask = everything(q, k)
    mask[:, :, 3] = False
    before = model.forward(q, k, v, mask)
    k2, v2 = k.copy(), v.copy()
    k2[:, 3], v2[:, 3] = -2 * k[:, 3], v[:, 3] + 5
    expect_close(model.forward(q, k2, v2, mask), before, "another key and value at the masked position")
    v2[:, 2] += 5
    expect_other(before, model.forward(q, k, v2, mask), "another value at a position that may be seen changes nothing")


@item(ATTENTION, weight=2)
def test_causal_mask(lab: Lab, rng: np.random.Generator) -> None:
    """With a causal mask, later positions do not reach earlier outputs, and earlier ones reach later outputs."""
    model, _ = random_attention(lab, rng)
    x = draw(rng, length=5)
    mask = np.tril(np.ones((3, 5, 5), bool))
    before = model.forward(x, x, x, mask)
    for place in (1, 4):
        y = x.copy()
        y[:, place] = draw(rng, length=1)[:, 0]
        after = model.forward(y, y, y, mask)
        expect_close(after[:, :place], before[:, :place], f"position {place} reaches outputs before it")
        expect_other(before[:, place:], after[:, place:], f"position {place} reaches no output from it on")


@item(ATTENTION)
def test_masked_weights_sum_to_one(lab: Lab, rng: np.random.Generator) -> None:
    """Masked weights sum to one too: the mask acts before the softmax, so equal values give equal outputs."""
    model, _ = random_attention(lab, rng)
    value = np.repeat(draw(rng, length=1), 4, axis=1)
    wanted = model.forward(draw(rng), draw(rng), value)
    got = model.forward(draw(rng), draw(rng), value, random_mask(rng))
    expect_close(got, wanted, "with a mask, outputs change though all values are equal")


@item(ATTENTION)
def test_other_kinds_of_mask(lab: Lab, rng: np.random.Generator) -> None:
    """A mask of bytes (0 and 1) means the same as one of booleans, or of floats if they are taken."""
    model, _ = random_attention(lab, rng)
    q, k, v, mask = draw(rng), draw(rng), draw(rng), random_mask(rng)
    wanted = model.forward(q, k, v, mask)
    for kind in ("bool", "uint8", "float32"):
        got = real(first_of(model.raw(q, k, v, model.masked(mask, kind))), "the output")
        expect_close(got, wanted, f"with a mask of {kind}")


@item(ATTENTION)
def test_no_mask(lab: Lab, rng: np.random.Generator) -> None:
    """Without a mask everything may be seen."""
    model, _ = random_attention(lab, rng)
    q, k, v = draw(rng), draw(rng), draw(rng)
    got = real(first_of(model.raw(q, k, v, None)), "the output")
    expect_close(got, model.forward(q, k, v), "without a mask, against a mask that allows all")


@item(ATTENTION, visibility="hidden")
def test_query_that_sees_nothing(lab: Lab, rng: np.random.Generator) -> None:
    """A query that may see nothing does not disturb the others (its own output may be anything, NaN too)."""
    model, _ = random_attention(lab, rng)
    q, k, v = draw(rng), draw(rng), draw(rng)
    mask = random_mask(rng)
    wanted = model.forward(q, k, v, mask)
    mask[1, 2] = False
    answer = first_of(model.raw(q, k, v, model.masked(mask)))
    if not isinstance(answer, Array) or answer.data.dtype.kind != "f":
        raise Mismatch("the output must be a float tensor")
    got = of_shape(answer.data, wanted.shape, "the output").astype(np.float64)
    rest = np.ones(wanted.shape[:2], bool)
    rest[1, 2] = False
    expect_close(got[rest], wanted[rest], "the other queries' outputs change")


@item(ATTENTION, visibility="hidden")
def test_inputs_untouched(lab: Lab, rng: np.random.Generator) -> None:
    """query, key, value and mask are left as they were."""
    model, _ = random_attention(lab, rng)
    q, k, v, mask = draw(rng), draw(rng), draw(rng), random_mask(rng)
    answer = model.raw(q, k, v, model.masked(mask), echo=True)
    expect_untouched(answer, {"query": q, "key": k, "value": v, "mask": mask})
