"""Which edition of the assignment a notebook is: decided by its classes and signatures.

2021: `build_vocab` without `hparams`, models without `bidirectional`, no GRU. 2023: all of it. 2025: no GRU and no
OPTIM field. A class that the edition has but the notebook lost or never wrote is not excused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograder.kit.names import own_order


@dataclass(frozen=True)
class Edition:
    """What this edition of the assignment has."""

    hparams: bool = True
    bidirectional: bool = True
    gru: bool = True

    @property
    def weight_init(self) -> bool:
        """Whether it has `init_weights` and the constructor's `weight_init_fn`; 2021 has neither."""
        return self.hparams or self.bidirectional

    @property
    def name(self) -> str:
        """For the report."""
        if self.gru and self.hparams and self.bidirectional:
            return "2023"
        lacks = [
            n
            for n, has in (("hparams", self.hparams), ("bidirectional", self.bidirectional), ("GRU", self.gru))
            if not has
        ]
        return "an edition without " + ", ".join(lacks)


def find_edition(inventory: Mapping[str, Mapping[str, Any]], fields: Sequence[str]) -> Edition:
    """Decide from the notebook's definitions and the fields of its HyperParams (empty: unknown)."""
    hparams = takes(inventory, "build_vocab", "hparams") is not False
    models = [takes(inventory, name, "bidirectional") for name in ("LSTM", "GRU")]
    bidirectional = "BIDIRECTIONAL" in fields or True in models or models == [None, None]
    newest = (hparams or bidirectional) and (not fields or "OPTIM" in fields)
    return Edition(hparams, bidirectional, gru="GRU" in inventory or newest)


def another_order(inventory: Mapping[str, Mapping[str, Any]], name: str, given: Sequence[str]) -> bool:
    """Whether its parameters bear all the given names, in another order."""
    parameters = [str(p) for p in inventory.get(name, {}).get("parameters", ())]
    return own_order([p for p in parameters if p in given], given) is not None


def takes(inventory: Mapping[str, Mapping[str, Any]], name: str, parameter: str) -> bool | None:
    """Whether it takes the parameter; None when it is missing or failed to load."""
    entry = inventory.get(name)
    if entry is None or entry.get("kind") not in ("function", "class"):
        return None
    parameters = [str(p) for p in entry.get("parameters", ())]
    return parameter in parameters or any(p.startswith("*") and not p.startswith("**") for p in parameters)
