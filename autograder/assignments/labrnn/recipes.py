"""How the judge trains: numbers that were measured to make correct classes pass in seconds and wrong ones fail."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from autograder.kit.text_classification.tokens import SYNTHETIC, Tokens
from autograder.kit.training import recipe as training
from autograder.kit.training.recipe import OPTIMIZERS

SMALL = 20_000  # reviews; fewer are taken for the synthetic language or something like it
DEVIATIONS = 3.09  # standard errors: one verdict in a thousand would be wrong by the test reviews' chance alone


@dataclass(frozen=True, kw_only=True)
class Recipe(training.Recipe):
    """Beside the training itself: the sizes of the model, and which words it sees.

    `shares`: training, validation and test; `common`: so many most frequent words are left out, and those with fewer
    than `min_count` places.
    """

    shares: tuple[int, int, int]
    common: int = 0
    min_count: int = 5
    embedding: int
    hidden: int
    layers: int = 1
    dropout: float = 0.0
    bidirectional: bool = False


FAST = Recipe(
    name="fast", shares=(7, 1, 2), common=120, embedding=16, hidden=32, batch=96, rate=3e-3, epochs=3, slices=8,
    stop=0.86, give_up=0.70, patience=1, attempts=4, seconds=420.0,
)  # fmt: skip
FAST_SMALL = Recipe(
    name="fast", shares=(7, 1, 2), embedding=8, hidden=32, batch=32, rate=5e-3, epochs=8, slices=2,
    stop=0.96, give_up=0.70, patience=3, attempts=4, seconds=90.0,
)  # fmt: skip
FAST_SYNTHETIC = Recipe(
    name="fast", shares=(1500, 500, 2000), embedding=8, hidden=32, batch=32, rate=1.5e-2, epochs=10, slices=2,
    stop=0.94, give_up=0.75, patience=6, attempts=5, seconds=90.0,
)  # fmt: skip
LESSONS, EXAMS = 1500, 2500  # reviews of the synthetic language


def fast(tokens: Tokens) -> Recipe:
    """The judge's own sizes and settings, those that suit so many reviews."""
    if tokens.name == SYNTHETIC:
        return FAST_SYNTHETIC
    return FAST_SMALL if len(tokens.lengths) < SMALL else FAST


def published(tokens: Tokens, settings: Mapping[str, Any]) -> Recipe:
    """The notebook's own settings under the rules of the course's driver; what is missing or absurd is the default's.

    Deep or wide models collapse under these settings now and then although their code is correct.
    """
    base = fast(tokens)
    optimizer = settings.get("OPTIM")
    return replace(
        base,
        name="published",
        embedding=_whole(settings, "EMBEDDING_DIM", 1, 512),
        hidden=_whole(settings, "HIDDEN_DIM", 100, 512),
        layers=_whole(settings, "N_LAYERS", 1, 8),
        batch=_whole(settings, "BATCH_SIZE", 96, 1024),
        epochs=_whole(settings, "N_EPOCHS", 5, 5),
        rate=_real(settings, "LR", 0.01, 10.0),
        decay=_real(settings, "WD", 0.0, 1.0),
        dropout=_real(settings, "DROPOUT_RATE", 0.0, 0.95),
        bidirectional=settings.get("BIDIRECTIONAL") is True,
        optimizer=optimizer if type(optimizer) is str and optimizer in OPTIMIZERS else "sgd",
        clip=0.0,
        warmup=200,
        slices=2,
        patience=base.epochs,
        attempts=2,
        seconds=900.0,
    )


def _whole(settings: Mapping[str, Any], name: str, default: int, most: int) -> int:
    value = settings.get(name)
    return value if type(value) is int and 1 <= value <= most else default


def _real(settings: Mapping[str, Any], name: str, default: float, most: float) -> float:
    value: Any = settings.get(name)
    return float(value) if type(value) in (int, float) and 0 <= value <= most else default


def margin(bar: float, number: int) -> float:
    """By how much a model that is as good as `bar` may miss it on `number` reviews, whatever its luck with them."""
    return DEVIATIONS * math.sqrt(bar * (1 - bar) / number)
