"""Finds out what a LabRNN notebook is before its checks run, and overrides what the template gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from autograder.assignment import Prepared
from autograder.assignments.labrnn.api import Context
from autograder.assignments.labrnn.calling import PARAMETERS
from autograder.assignments.labrnn.edition import Edition, another_order, find_edition, takes
from autograder.assignments.labrnn.reference import given_source, solution_source
from autograder.assignments.labrnn.thresholds import Thresholds
from autograder.errors import StudentError
from autograder.judge.models import arrays
from autograder.kit.names import out_of_reach
from autograder.kit.properties.values import orthogonal
from autograder.kit.recogniser.classifier.batches import Spec
from autograder.records import Submission
from autograder.student.proxy import Object, Override, Student

GRADED = {
    "lab1.a": "load_imdb", "lab1.b": "build_vocab", "lab1.c": "tokenize", "lab1.d": "IMDB", "lab1.e.init": "LSTM",
    "lab1.e.forward": "LSTM", "lab1.g.init": "GRU", "lab1.g.forward": "GRU",
}  # fmt: skip
WITH_GRU = (
    "lab1.g.init", "lab1.g.forward", "lab1.h.runs", "lab1.h.answer", "lab2.b.runs", "lab2.b.bar", "lab2.b.answer",
)  # fmt: skip
SETTINGS = Thresholds
HELPERS = ("collate", "count_parameters", "get_accuracy")
FIXED = {
    "PAD_INDEX": 0, "UNK_INDEX": 1, "PAD_TOKEN": "<pad>", "UNK_TOKEN": "<unk>", "MAX_LENGTH": 256, "BATCH_SIZE": 96,
    "EMBEDDING_DIM": 1, "HIDDEN_DIM": 100, "OUTPUT_DIM": 2, "N_LAYERS": 1, "DROPOUT_RATE": 0.0, "LR": 0.01,
    "N_EPOCHS": 5, "WD": 0, "OPTIM": "sgd", "BIDIRECTIONAL": False,
}  # fmt: skip
OTHERWISE = ("LR", "OPTIM")  # that other editions are known to give otherwise
SEEDS = (2, 5, 12)  # by edition of the template


def prepare(student: Student, submission: Submission) -> Prepared:
    """Decide the edition, override missing or broken helpers, and collect remarks.

    Raises:
        SandboxError: no student process could be started.
    """
    inventory = student.inventory()
    fields, remarks = hyperparams(student, inventory)
    edition = find_edition(inventory, fields)
    for name in (n for n in HELPERS if not defined(inventory, n)):
        student.override(Override((name,), given_source(name)))
    remarks += list(init_weights(student, inventory))
    why = f"Not in this edition of the assignment ({edition.name})."
    excused = {} if edition.gru else dict.fromkeys(WITH_GRU, why)
    if edition.name != "2023":
        remarks.append(f"This notebook is {edition.name}; what it lacks is not in this edition and costs nothing.")
    take = frozenset(name for name in ("LSTM", "GRU") if takes(inventory, name, "bidirectional") is not False)
    missing = out_of_reach(student, submission, inventory, GRADED.values())
    own = {name: entry.get("parameters", []) for name, entry in inventory.items() if name in PARAMETERS}
    context = Context(edition, missing, take_bidirectional=take, by_keyword=by_keyword(inventory, take), parameters=own)
    return Prepared(context, excused, tuple(remarks))


def by_keyword(inventory: Mapping[str, Mapping[str, Any]], take: frozenset[str]) -> frozenset[str]:
    """The classes whose constructor names all arguments as the assignment does, and has them in another order."""
    names = [field.name for field in fields(Spec)]
    return frozenset(
        name for name in ("LSTM", "GRU") if another_order(inventory, name, names if name in take else names[:-1])
    )


def unknown() -> Context:
    """What checks are handed before anything is known."""
    return Context(Edition())


def substitutes(item: str) -> tuple[Override, ...]:
    """The reference's parts that replace a broken `item` when later items are judged."""
    name = GRADED[item]
    return (Override((name,), solution_source(name)),)


def defined(inventory: Mapping[str, Mapping[str, Any]], name: str) -> bool:
    return inventory.get(name, {}).get("kind") in ("function", "class")


def hyperparams(student: Student, inventory: Mapping[str, Mapping[str, Any]]) -> tuple[list[str], list[str]]:
    """The fields of the notebook's HyperParams, and remarks; a missing or broken class is replaced by the given one."""
    student.begin_check()
    try:
        instance = student.call("HyperParams", keep=True)
        fields = student.fields(instance)
        asked = [name for name in (*FIXED, "SEED") if name in fields]
        changed = dict(zip(asked, instance.get_each(asked), strict=True))
        seed = [changed.pop("SEED")] if "SEED" in fields else []
    except StudentError as error:
        student.begin_check()
        student.override(Override(("HyperParams",), given_source("HyperParams")))
        why = "is missing" if "HyperParams" not in inventory else f"can't be used ({error})"
        return [], [f"HyperParams {why}; the functions were judged with the given one."]
    known = find_edition(inventory, fields).name == "2023"
    remarks = [
        f"HyperParams.{name} is {value!r:.80}, the assignment gives {FIXED[name]!r}: it may not change in Lab 1."
        if known
        else f"HyperParams.{name} is {value!r:.80}, the edition of 2023 gives {FIXED[name]!r}; yours may give another."
        for name, value in changed.items()
        if value != FIXED[name] and (known or name not in OTHERWISE)
    ]
    remarks += [f"HyperParams.SEED is {value!r:.80}: the seed may not change." for value in seed if value not in SEEDS]
    return fields, remarks


def init_weights(student: Student, inventory: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Replace `init_weights` by the given one unless it does what the given one does; say so."""
    student.begin_check()
    try:
        holds = "init_weights" in inventory and initialises(student)
        why = "does not initialise weights as the given one does" if "init_weights" in inventory else "is missing"
    except StudentError as error:
        holds, why = False, f"can't be used ({error})"
    if not holds:
        student.begin_check()
        student.override(Override(("init_weights",), given_source("init_weights")))
        yield f"init_weights {why}; the models were judged with the given one."


def initialises(student: Student) -> bool:
    """Whether every recurrent matrix comes out orthogonal and every bias zero."""
    for kind in ("LSTM", "GRU"):
        module = student.torch_module(kind, 3, 5)
        student.call("init_weights", module)
        for name, values in state(module).items():
            if "bias" in name and values.any():
                return False
            if "weight" in name and not orthogonal(values, atol=1e-4):
                return False
    linear = student.torch_module("Linear", 3, 5)
    student.call("init_weights", linear)
    bias = state(linear).get("bias")
    return bias is not None and not bias.any()


def state(module: Object) -> dict[str, np.ndarray[Any, Any]]:
    return arrays(module.ask("state"))
