"""How the judge trains: numbers that were measured to make correct classes pass in seconds and wrong ones fail."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from autograder.accuracy.tokens import SYNTHETIC, Tokens

SMALL = 20_000  # reviews; fewer are taken for the synthetic language or something like it
DEVIATIONS = 3.09  # standard errors: one verdict in a thousand would be wrong by the test reviews' chance alone
OPTIMIZERS = ("sgd", "adagrad", "adam", "rmsprop")


@dataclass(frozen=True)
class Recipe:
    """One training, and when it is enough.

    Validation comes after every 1/`slices` epoch. At `stop` the test decides; with less than `give_up` after
    `patience` epochs the attempt ends. `seconds`: wall clock for one class, all its attempts together.
    """

    name: Literal["fast", "published"]
    shares: tuple[int, int, int]  # training, validation, test
    common: int  # most frequent words left out
    embedding: int
    hidden: int
    batch: int
    rate: float
    epochs: int
    slices: int
    stop: float
    patience: float
    seconds: float
    layers: int = 1
    dropout: float = 0.0
    bidirectional: bool = False
    optimizer: str = "adam"
    decay: float = 0.0
    clip: float = 1.0  # bound on the gradient's norm, 0 for none
    warmup: int = 0  # updates
    min_count: int = 5
    give_up: float = 0.70
    attempts: int = 4


FAST = Recipe("fast", (7, 1, 2), 120, 16, 32, 96, 3e-3, 3, 8, 0.86, 1, 420.0)
FAST_SMALL = Recipe("fast", (7, 1, 2), 0, 8, 32, 32, 5e-3, 8, 2, 0.96, 3, 90.0)
FAST_SYNTHETIC = Recipe(
    "fast", (1500, 500, 2000), 0, 8, 32, 32, 1.5e-2, 10, 2, 0.94, 6, 90.0, give_up=0.75, attempts=5
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


def lower_bound(threshold: float, number: int) -> float:
    """What a model that is just as good as `threshold` surpasses on `number` reviews, whatever its luck with them."""
    return threshold - DEVIATIONS * math.sqrt(threshold * (1 - threshold) / number)
