"""HyperParams as the assignment gives it, and what part of the assignment a training's settings belong to."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from typing import Any

from autograder.assignments.labrnn.reference import given_source
from autograder.kit.observer.constants import constants, same
from autograder.kit.observer.names import Names

NAMES = Names("train_and_test_model_with_hparams")
SIZES = ("N_LAYERS", "HIDDEN_DIM", "EMBEDDING_DIM")
ADAPTIVE = ("adagrad", "rmsprop", "adam")
PARTS = ("lab1.f", "lab1.h", *(f"lab2.{letter}" for letter in "abcdefg"))  # that ask for trainings
SEEDS = (2, 5, 12)  # by edition of the template
GATES = {"LSTM": 4, "GRU": 3}
OPTIMIZERS: dict[str, dict[str, float]] = {  # the driver's settings beside learning rate and weight decay
    "sgd": {"momentum": 0.9},
    "adagrad": {"eps": 1e-6},
    "adam": {"eps": 1e-6},
    "rmsprop": {"eps": 1e-6, "momentum": 0.9},
}
WARMUP_STEPS = 200


@cache
def template() -> Mapping[str, Any]:
    """The fields of the given HyperParams that are plain constants."""
    return constants(ast.parse(given_source("HyperParams")))


def changed(settings: Mapping[str, Any], own: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The known settings that differ from the given ones, or from the notebook's `own` where it changed the class.

    The seed has rules of its own.
    """
    given = {**template(), **(own or {})}
    return {k: v for k, v in settings.items() if k in given and k != "SEED" and not same(v, given[k])}


def part_of(kind: str, settings: Mapping[str, Any], own: Mapping[str, Any] | None = None) -> str:
    """The part of the assignment that asks for such a training; empty where the settings don't tell.

    Bidirectional: g. Otherwise by how many of layers, hidden size and embedding were changed: one is c, d or e, more
    are f; with the sizes as given, SGD is Lab 1, another optimizer Lab 2 a (LSTM) or b (GRU).
    """
    if not all(name in settings for name in SIZES):
        return ""
    if settings.get("BIDIRECTIONAL") is True:
        return "lab2.g"
    sizes = [name for name in SIZES if name in changed(settings, own)]
    if len(sizes) > 1:
        return "lab2.f"
    if sizes:
        return {"N_LAYERS": "lab2.c", "HIDDEN_DIM": "lab2.d", "EMBEDDING_DIM": "lab2.e"}[sizes[0]]
    if kind not in GATES or "OPTIM" not in settings:
        return ""
    if optimizer(settings) == "sgd":
        return "lab1.f" if kind == "LSTM" else "lab1.h"
    return "lab2.a" if kind == "LSTM" else "lab2.b"


def optimizer(settings: Mapping[str, Any]) -> str:
    """The optimizer's name in lower case; empty when unknown."""
    name = settings.get("OPTIM")
    return name.strip().lower() if isinstance(name, str) else ""


def parameters(kind: str, vocab: int, settings: Mapping[str, Any], *, narrow_head: bool = False) -> int | None:
    """Trainable parameters of embedding, recurrent layers (two bias vectors) and a head for two classes.

    narrow_head: of a bidirectional model whose head reads one direction only. None when a size is unknown.
    """
    sizes = [settings.get(name) for name in SIZES]
    if kind not in GATES or any(type(size) is not int for size in sizes):
        return None
    layers, hidden, embedding = (int(size) for size in sizes if size is not None)
    ways = 2 if settings.get("BIDIRECTIONAL") is True else 1
    wide = ways * GATES[kind] * hidden
    head = 2 * (hidden if narrow_head else ways * hidden) + 2
    return (
        vocab * embedding + wide * (embedding + hidden + 2) + (layers - 1) * wide * (ways * hidden + hidden + 2) + head
    )
