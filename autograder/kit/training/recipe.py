"""How the judge trains a model, and when it is enough."""

from __future__ import annotations

from dataclasses import dataclass

OPTIMIZERS = ("sgd", "adagrad", "adam", "rmsprop")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One training, and how often it is tried.

    `batch`: sequences in an update; `clip`: bound on the gradient's norm, 0 for none; `warmup`: updates in which the
    learning rate rises; `falls`: from the first update on it falls in a line, to nothing after the last epoch, so that
    where a training ends depends little on its seed. Validation comes after every 1/`slices` epoch. At `stop` the test
    decides; with a worse figure than `give_up` after `patience` epochs the attempt ends. `seconds`: wall clock for one
    model, all its attempts together.
    """

    name: str
    batch: int
    rate: float
    epochs: int
    slices: int
    stop: float
    give_up: float
    patience: float
    attempts: int
    seconds: float
    optimizer: str = "adam"
    decay: float = 0.0
    clip: float = 1.0
    warmup: int = 0
    falls: bool = False
