"""gru.forward and attention.forward: the arithmetic is the student's own, which is what these items ask for.

Judged by the functions of torch that a forward pass runs through, so that nothing is charged for a class or an import
that is only there, for a function of the student's with the same name, or for a comparison with torch's module
elsewhere in the hand-in; and a ready-made module is found wherever it is kept. A layer that is built and not used is
gru.init's business: it shows in the number of parameters. The checks are required: what torch computes is no solution.
"""

from __future__ import annotations

import numpy as np
import pytest

from autograder.assignments.gru_attention.api import Lab, Sizes, everything, floats, tokens
from autograder.assignments.gru_attention.checks.test_attention import draw, random_attention
from autograder.assignments.gru_attention.comparing import random_gru
from autograder.errors import StudentException
from autograder.judge.expect import expect
from autograder.judge.marks import item
from autograder.judge.models import Model

RECURRENT = frozenset(
    {"gru", "gru_cell", "lstm", "lstm_cell", "rnn_tanh", "rnn_tanh_cell", "rnn_relu", "rnn_relu_cell"}
)
ATTENTION = ("scaled_dot_product", "multi_head_attention", "transformer_encoder_layer")


def used(lab: Lab, model: Model, *args: object) -> list[str]:
    """The functions of torch that forward uses; skips the check where forward fails, which the other checks say."""
    try:
        return model.torch_functions(*args)
    except StudentException as error:
        if lab.student.fatal is not None:
            raise
        pytest.skip(f"forward does not run: {error}")


def is_recurrent(name: str) -> bool:
    return name in RECURRENT


def is_attention(name: str) -> bool:
    return any(part in name for part in ATTENTION)


@item("gru.forward", required=True)
def test_own_recurrence(lab: Lab, rng: np.random.Generator) -> None:
    """The recurrence is built from linear layers: forward uses no recurrent layer or cell of torch (nn.GRU, nn.GRUCell, nn.RNN, ...)."""
    model, _, inputs, hidden = random_gru(lab, Sizes(), rng)
    found = [name for name in used(lab, model, tokens(inputs), floats(hidden)) if is_recurrent(name)]
    wanted = "linear layers and elementwise functions"
    expect(not found, "forward leaves the recurrence to torch", got=f"uses torch's {', '.join(found)}", expected=wanted)


@item("attention.forward", required=True)
def test_own_attention(lab: Lab, rng: np.random.Generator) -> None:
    """Attention is built from linear layers, masking, softmax and dropout: forward uses no ready-made attention of torch (nn.MultiheadAttention, scaled_dot_product_attention, ...)."""
    model, _ = random_attention(lab, rng)
    x = draw(rng)
    names = used(lab, model, floats(x), floats(x), floats(x), model.masked(everything(x, x)))
    found = [name for name in names if is_attention(name)]
    wanted = "products, masked_fill, softmax and dropout"
    expect(not found, "forward leaves attention to torch", got=f"uses torch's {', '.join(found)}", expected=wanted)
