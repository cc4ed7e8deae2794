"""What s6 to s8 ask for: strings of two small languages, a language model of them, and checkers."""

from __future__ import annotations

from autograder.kit.batches import Batches
from autograder.kit.declare import Asked, Function, Input, Module
from autograder.kit.types import Integer, ListOf, Number, Real, Text, Truth

PAD = 4  # the number of the padding token that a constructor is handed where it takes one
NDFA = Function("generate_ndfa", ("n",), ListOf(Text()), ("seed",))
BRACKETS = Function("generate_brackets", ("n",), ListOf(Text()), ("seed",))
LM_BATCHES = Function("make_lm_batches", ("strings", "w2i"), Batches((2, 2)), ("max_tokens", "shuffle", "seed"))
MODEL = Module(
    "AutoregressiveLSTM",
    {"vocab_size": 11, "emb": 5, "hidden": 7, "num_layers": 1},
    (Input("ids", "batch time", "ids", "vocab_size", pad="pad"),),
    (Real("batch time vocab_size"),),
    axes={"pad": lambda sizes: PAD},
    optional=("emb", "hidden", "num_layers"),
    accepted=("pad",),
    more=True,
)
SAMPLE = Function("sample", ("model", "prefix", "w2i"), ListOf(Integer()), ("max_length", "temperature"))
IS_NDFA = Function("is_ndfa", ("tokens",), Truth())
IS_BRACKETS = Function("is_brackets", ("tokens",), Truth())
FRACTION = Function("fraction_valid", ("samples", "w2i", "checker"), Number())
ITEMS: dict[str, Asked | tuple[Asked, ...]] = {
    "s6": (NDFA, BRACKETS),
    "s7.batches": LM_BATCHES,
    "s7.model": MODEL,
    "s7.sample": SAMPLE,
    "s8": (IS_NDFA, IS_BRACKETS, FRACTION),
}
