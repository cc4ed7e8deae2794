"""Proofs of life: without merit there is nothing to pay for properties that a constant has too.

Each item's purpose in one required check that weighs nothing. A right class with one fault passes it; what it asks for
is told in the kit's recogniser, in life.py of each, and for the constructor in test_gru_init.py.
"""

from __future__ import annotations

import numpy as np

from autograder.assignments.gru_attention.api import Gru, Lab
from autograder.errors import StudentException
from autograder.judge.expect import Mismatch, expect
from autograder.judge.marks import item
from autograder.kit.comparing import NDArray
from autograder.kit.lab import SCALE
from autograder.kit.recogniser.attention import life as attention_life
from autograder.kit.recogniser.language_model import life as gru_life
from autograder.kit.recogniser.language_model.sizes import Sizes, random_hidden, random_tokens
from autograder.kit.recogniser.signs import Sign, weight

LENGTH, LARGE = 6, 4.0
TEXT = Sizes(seq_len=LENGTH, batch_size=6, vocab_size=7)  # only embedding and output have an axis of the vocabulary


@item("gru.forward", weight=0, required=True)
def test_recurrence_lives(lab: Lab, rng: np.random.Generator) -> None:
    """A living GRU: logits depend on the tokens and their order, on the hidden state, and on the weights of gates."""
    expect_alive(gru_life.missing_signs(lab, rng), gru_life.MAX_MISSING, "this is no GRU")


@item("attention.forward", weight=0, required=True)
def test_attention_lives(lab: Lab, rng: np.random.Generator) -> None:
    """A living attention: query, key and value count, and what is attended to depends on them."""
    expect_alive(attention_life.missing_signs(lab, rng), attention_life.MAX_MISSING, "this is no attention")


def expect_alive(missing: list[Sign], allowed: int, message: str) -> None:
    shown = "; ".join(sign.missing for sign in missing)
    expect(weight(missing) <= allowed, f"{message}: {shown}", got=shown)


@item("gru.generate", weight=0, required=True)
def test_text_lives(lab: Lab, rng: np.random.Generator) -> None:
    """A living generator: the tokens depend on the model's weights, its gates' too, on where the text starts, and on what was generated before."""
    model = lab.gru(TEXT)
    vector = (LARGE * rng.normal(0, SCALE, model.scalars)).astype(np.float32)
    first, hidden = random_tokens(rng, TEXT)[0], random_hidden(rng, TEXT)
    before = text(model, vector, first, hidden)
    gates = np.concatenate(
        [np.full(int(np.prod(shape)), TEXT.vocab_size not in shape) for _, shape, _ in model.parameters]
    )
    for part, what in ((gates, "gates"), (~gates, "embedding and output layer")):
        if not part.any():  # all in one parameter
            continue
        other = vector.copy()
        other[part] = LARGE * rng.normal(0, SCALE, int(part.sum()))
        changed = (text(model, other, first, hidden) != before).any()
        expect(bool(changed), f"the text does not depend on the weights of the {what}", got=before)
    elsewhere = text(model, vector, (first + 1) % TEXT.vocab_size, -hidden)
    expect(
        bool((elsewhere != before).any()), "the text does not depend on the token and state it starts from", got=before
    )
    expect_not_repeated(lab, rng)


def text(model: Gru, vector: NDArray, first: NDArray, hidden: NDArray) -> NDArray:
    model.load_vector(vector)
    return model.generate(first, hidden, LENGTH, seed=0)


def expect_not_repeated(lab: Lab, rng: np.random.Generator) -> None:
    """Fail where every text of several models is one word over and over, though its own model would go on otherwise."""
    model, contradicted = lab.gru(TEXT), False
    for _ in range(4):
        first, hidden = random_tokens(rng, TEXT)[0], random_hidden(rng, TEXT)
        got = text(model, (LARGE * rng.normal(0, SCALE, model.scalars)).astype(np.float32), first, hidden)
        if (got != got[0]).any():
            return
        try:
            logits, _ = model.forward(np.concatenate([first[None], got[:-1]]), hidden)
        except (StudentException, Mismatch):  # forward's own item says so
            if lab.student.fatal is not None:
                raise
            continue
        contradicted |= bool((logits.argmax(axis=-1) != got).any())
    expect(not contradicted, "the first prediction is repeated, whatever the model says after it", got=got)
