"""gru.forward and attention.forward: the arithmetic is the student's own, which is what these items ask for.

Judged by the functions of torch that a forward pass runs through, so that nothing is charged for a class or an import
that is only there, for a function of the student's with the same name, or for a comparison with torch's module
elsewhere in the hand-in; and a ready-made module is found wherever it is kept. That is seen in the student's process,
where it can be hidden; so what the graded class reaches is also read as text, here. What both show costs the item, and
so does what the process alone shows; where only the text speaks, a person looks at the line. The checks are required:
what torch computes is no solution. A layer that is built and not used is gru.init's business: it shows in the number
of parameters.
"""

from __future__ import annotations

import numpy as np

from autograder.assignments.gru_attention.api import Lab
from autograder.assignments.gru_attention.checks.test_attention import draw, random_attention
from autograder.assignments.gru_attention.comparing import random_gru
from autograder.assignments.gru_attention.values import floats, tokens
from autograder.judge.banned import banned_names
from autograder.judge.marks import item
from autograder.kit.own_work import RECURRENT, RECURRENT_TEXT, expect_own, used
from autograder.kit.recogniser.language_model.sizes import Sizes

ATTENTION = ("scaled_dot_product", "multi_head_attention", "transformer_encoder_layer")
ATTENTION_TEXT = banned_names(
    "Transformer",
    telling={
        "MultiheadAttention", "scaled_dot_product_attention", "multi_head_attention_forward", "TransformerEncoder",
        "TransformerEncoderLayer", "TransformerDecoder", "TransformerDecoderLayer", "_native_multi_head_attention",
        "_scaled_dot_product_attention_math", "_transformer_encoder_layer_fwd", "flex_attention",
        "_scaled_dot_product_flash_attention_for_cpu", "_scaled_dot_product_flash_attention",
        "_scaled_dot_product_efficient_attention",
    },
)  # fmt: skip


@item("gru.forward", required=True)
def test_own_recurrence(lab: Lab, rng: np.random.Generator) -> None:
    """The recurrence is built from linear layers: forward uses no recurrent layer or cell of torch (nn.GRU, nn.GRUCell, nn.RNN, ...)."""
    model, _, inputs, hidden = random_gru(lab, Sizes(), rng)
    args = lab.handed("GRU", "forward", [tokens(inputs), model.states(hidden)])
    found = [name for name in used(model, *args) if name in RECURRENT]
    methods = ("forward", "generate", "init_hidden", "init_weights_uniform")
    expect_own(lab.context.code, "GRU", methods, RECURRENT_TEXT, found, "linear layers and elementwise functions")


@item("attention.forward", required=True)
def test_own_attention(lab: Lab, rng: np.random.Generator) -> None:
    """Attention is built from linear layers, masking, softmax and dropout: forward uses no ready-made attention of torch (nn.MultiheadAttention, scaled_dot_product_attention, ...)."""
    model, _ = random_attention(lab, rng)
    x = draw(rng)
    values = [floats(x), floats(x), floats(x), model.masked(model.all_seen(x, x))]
    names = used(model, *lab.handed("MultiHeadedAttention", "forward", values))
    found = [name for name in names if any(part in name for part in ATTENTION)]
    wanted = "products, masked_fill, softmax and dropout"
    expect_own(lab.context.code, "MultiHeadedAttention", ("forward", "attention"), ATTENTION_TEXT, found, wanted)
