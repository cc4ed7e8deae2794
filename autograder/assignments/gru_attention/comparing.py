"""What the checks of gru_attention share: building models with random weights, and comparing."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.assignments.gru_attention.api import Gru, Lab, NDArray, Sizes, random_hidden, random_tokens
from autograder.assignments.gru_attention.gru_roles import find_roles
from autograder.assignments.gru_attention.roles import Roles, Unknown
from autograder.judge.expect import expect

SCALE = 0.6


def close(one: NDArray, two: NDArray) -> bool:
    """Equal up to the rounding of float32."""
    return one.shape == two.shape and np.allclose(one, two, rtol=1e-3, atol=1e-4)


def expect_close(got: NDArray, wanted: NDArray, message: str) -> None:
    expect(close(got, wanted), message, got=got, expected=wanted)


def expect_other(one: NDArray, two: NDArray, message: str) -> None:
    expect(not np.allclose(one, two, rtol=0, atol=1e-6), message, got=two, expected="other numbers")


def random_gru(lab: Lab, sizes: Sizes, rng: np.random.Generator) -> tuple[Gru, NDArray, NDArray, NDArray]:
    """A model in eval mode whose every number is random, those numbers, inputs [T, B] and a hidden state."""
    model = lab.gru(sizes)
    vector = rng.normal(0, SCALE, model.scalars).astype(np.float32)
    model.load_vector(vector)
    return model, vector, random_tokens(rng, sizes), random_hidden(rng, sizes)


def known_roles(lab: Lab, layers: int) -> Roles:
    """What each number of the model does; skips the check if that can't be found: others look at such builds."""
    found = find_roles(lab, layers)
    if isinstance(found, Unknown):
        pytest.skip(f"the model's numbers can't be told apart: {found.reason}")
    return found


def counts(sizes: Sizes) -> dict[int, str]:
    """Numbers of trainable scalars that a correct GRU may have: 3 H (I + H) per layer and biases, embedding, output."""
    e, h, v, layers = sizes.emb_size, sizes.hidden_size, sizes.vocab_size, sizes.num_layers
    weights = 3 * h * (e + h) + (layers - 1) * 6 * h * h + v * e + v * h + v
    forms = {3: "one bias per gate", 4: "a second bias inside the reset", 6: "two biases per gate"}
    return {weights + layers * biases * h: name for biases, name in forms.items()}
