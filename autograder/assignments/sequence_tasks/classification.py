"""What s1 to s4 ask for: batches of reviews, and five modules that share one pattern."""

from __future__ import annotations

from autograder.kit.batches import Batches
from autograder.kit.declare import Asked, Function, Input, Module
from autograder.kit.types import Loose

PAD = 4  # the number of the padding token that constructors are handed where they take one; not 0
SIZES = {"vocab_size": 13, "emb": 5, "hidden": 8, "num_classes": 3}
OPTIONAL = ("emb", "hidden", "num_classes", "dropout")


def classifier(name: str, dropout: bool = False) -> Module:
    """A class of the pattern: token numbers [batch, time] become logits [batch, num_classes]."""
    return Module(
        name,
        SIZES | ({"dropout": 0.0} if dropout else {}),
        (Input("ids", "batch time", "ids", "vocab_size", pad="pad"),),
        (Loose("batch num_classes"),),
        axes={"pad": lambda sizes: PAD},
        dropout="dropout" if dropout else "",
        optional=tuple(one for one in OPTIONAL if dropout or one != "dropout"),
        accepted=("pad",),
    )


MAKE_BATCHES = Function("make_batches", ("x", "y", "w2i"), Batches(), ("max_tokens", "shuffle", "seed"))
MLP = classifier("MLPClassifier")
ELMAN = Module(
    "Elman",
    {"insize": 4, "outsize": 3, "hsize": 12},
    (Input("x", "batch time insize"), Input("hidden", "batch hsize", "state")),
    (Loose("batch time outsize"), Loose("batch hsize")),
    optional=("insize", "outsize", "hsize"),
)
ELMAN_CLASSIFIER = classifier("ElmanClassifier")
RNN = classifier("RNNClassifier", dropout=True)
LSTM = classifier("LSTMClassifier", dropout=True)
ITEMS: dict[str, Asked | tuple[Asked, ...]] = {
    "s1": MAKE_BATCHES,
    "s2": MLP,
    "s3": (ELMAN, ELMAN_CLASSIFIER),
    "s4": (RNN, LSTM),
}
