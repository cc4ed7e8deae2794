"""The names by which trainings are known in an assignment's notebooks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Names:
    """`driver`: the notebook's function that trains and tests one model. `kinds`: of recurrent models, the usual one
    first. All others: fields of the object that holds the settings of a training.
    """

    driver: str
    kinds: tuple[str, ...] = ("LSTM", "GRU")
    layers: str = "N_LAYERS"
    hidden: str = "HIDDEN_DIM"
    embedding: str = "EMBEDDING_DIM"
    bidirectional: str = "BIDIRECTIONAL"
    optimizer: str = "OPTIM"
    rate: str = "LR"
