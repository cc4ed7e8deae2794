"""The loss, the optimiser's step and the tokenizer, each against the judge's own."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from autograder.judge.expect import expect, expect_equal
from autograder.judge.marks import item
from autograder.kit.comparing import close, expect_close
from autograder.kit.lab import Lab

MERGES = [(104, 101), (108, 108), (256, 257), (32, 119), (258, 111), (195, 169), (97, 97), (262, 97)]  # he ll hell " w"


def entropy(logits: np.ndarray, targets: np.ndarray) -> np.float64:
    shifted = logits.astype(np.float64) - logits.max(-1, keepdims=True)
    return (np.log(np.exp(shifted).sum(-1)) - np.take_along_axis(shifted, targets[:, None], 1)[:, 0]).mean()


@item("loss", required=True, weight=2)
def test_mean_of_negative_log_likelihoods(lab: Lab, rng: np.random.Generator) -> None:
    """The loss is the mean over the batch of -log softmax(logits)[target]."""
    for batch, vocab in ((1, 4), (5, 7)):
        logits, targets = rng.normal(0, 2, (batch, vocab)).astype(np.float32), rng.integers(0, vocab, batch)
        loss = np.asarray(lab.call("cross_entropy", logits, targets))
        expect_close(loss, entropy(logits, targets), "the loss is another one")


@item("loss")
def test_logits_of_any_magnitude(lab: Lab, rng: np.random.Generator) -> None:
    """Logits in the thousands, of either sign, give a finite loss: the right one."""
    for shift in (3000.0, -3000.0):
        logits = (shift + 100 * rng.normal(size=(4, 6))).astype(np.float32)
        targets = rng.integers(0, 6, 4)
        expect_close(np.asarray(lab.call("cross_entropy", logits, targets)), entropy(logits, targets), "it overflows")


def adamw(weight, gradient, m, v, step, lr, betas, eps, decay):  # type: ignore[no-untyped-def]
    m, v = betas[0] * m + (1 - betas[0]) * gradient, betas[1] * v + (1 - betas[1]) * gradient**2
    moved = lr * (m / (1 - betas[0] ** step)) / (np.sqrt(v / (1 - betas[1] ** step)) + eps)
    return weight - moved - lr * decay * weight, m, v


def stepped(lab: Lab, rng: np.random.Generator, step: int, decay: float) -> list[tuple[np.ndarray, np.ndarray]]:
    """What came back and what is right, for the weight and both moments."""
    weight, gradient, m = (rng.normal(size=(2, 3)) for _ in range(3))
    state = (weight, gradient, m, rng.uniform(0.1, 1, (2, 3)), step, 0.1, (0.9, 0.99), 0.01, decay)
    return list(zip(lab.call("adamw_step", *state), adamw(*state), strict=True))


@item("adamw", required=True)
def test_moments(lab: Lab, rng: np.random.Generator) -> None:
    """The moments move towards the gradient and its square, by 1 - beta."""
    for got, wanted in stepped(lab, rng, 3, 0.0)[1:]:
        expect_close(got, wanted, "another moment")


@item("adamw", weight=2)
def test_step_with_bias_correction(lab: Lab, rng: np.random.Generator) -> None:
    """The weight moves by lr m̂ / (√v̂ + eps), both moments divided by 1 - beta^step."""
    for step in (1, 2, 50):
        expect_close(*stepped(lab, rng, step, 0.0)[0], "another step")


@item("adamw", weight=2)
def test_decoupled_decay(lab: Lab, rng: np.random.Generator) -> None:
    """The decay takes lr · decay · weight off, for the weight as it was before the step; moments don't see it."""
    plain = all(close(*pair) for pair in stepped(lab, rng, 2, 0.0))
    for got, wanted in stepped(lab, rng, 2, 0.3) if plain else ():
        expect_close(got, wanted, "with decay the step is another one")
    expect(plain, "without decay the step is already another one")


def encoded(text: str, merges: list[tuple[int, int]]) -> list[int]:
    """By regular expressions on characters that stand for ids; the judge's way must be another one than a student's."""
    ids = "".join(map(chr, text.encode()))
    for number, (left, right) in enumerate(merges, 256):
        ids = re.sub(re.escape(chr(left) + chr(right)), chr(number), ids)
    return [ord(one) for one in ids]


@item("encode", required=True)
def test_merges_apply(lab: Lab) -> None:
    """`hello` under the merges of h e, l l and he ll is two ids; bytes that no merge joins stay."""
    expect_equal(lab.call("bpe_encode", "hello", MERGES[:3]), [258, 111], "other ids")
    expect_equal(lab.call("bpe_encode", "hé", []), [104, 195, 169], "without merges the ids are the bytes")


@item("encode", weight=3)
@given(st.text(st.sampled_from("helo wéa"), max_size=12))
@example("aaaaa hello world")
def test_earliest_merge_first(lab: Lab, text: str) -> None:
    """Of all merges that apply, the earliest of the list is made first, everywhere, from left to right."""
    expect_equal(lab.call("bpe_encode", text, MERGES), encoded(text, MERGES), "other ids")
