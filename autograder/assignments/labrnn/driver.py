"""The training driver of LabRNN, for the scripted runs of kit/driver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from autograder.assignments.labrnn.api import Context
from autograder.assignments.labrnn.reference import given_source, solution_source
from autograder.errors import LostName, MissingName
from autograder.judge.lost import lost_sentence
from autograder.kit.driver import drive
from autograder.kit.driver.run import Drive
from autograder.kit.driver.script import SIZES, Script
from autograder.kit.text_classification.containers import contain
from autograder.kit.text_classification.corpus import POOL
from autograder.student.proxy import Override, Student

DRIVER = "train_and_test_model_with_hparams"
NAMES = drive.Driver(
    DRIVER, "HyperParams", "load_imdb", ("LSTM", "GRU"), (POOL[0], POOL[1]), ("lstm",),
    optional={"predict_sentiment": (0, 0.5)},  # broken in some editions; a word that is said here is in no vocabulary
    variations={
        "first": {"OPTIM": "adam", "LR": 0.001},
        "last": {"OPTIM": "rmsprop", "LR": 0.001},
        "tie": {"OPTIM": "adagrad", "LR": 0.001},
    },
)  # fmt: skip
GIVEN = ("train", "evaluate", "collate", "count_parameters", "get_accuracy", "ConstantWithWarmup")
SOLVED = ("build_vocab", "tokenize", "IMDB", "LSTM", "GRU")


def run_all(student: Student, context: Context) -> list[Drive]:
    """The driver under every script; other editions than that of 2023 with the optimizer that they give.

    Raises:
        StudentError: the driver fails with the notebook's own parts and with the reference's, or is missing.
    """
    driver = NAMES if context.edition.name == "2023" else replace(NAMES, variations={})

    def data(script: Script, texts: Sequence[str]) -> list[Any]:
        return parts_of(script, texts, context.container or "list")

    return drive.run_all(student, driver, data, own_parts, all_parts)


def parts_of(script: Script, texts: Sequence[str], container: str) -> list[Any]:
    """What load_imdb is to return: x_train, x_valid, x_test, y_train, y_valid, y_test."""
    words = ["positive" if label else "negative" for label in script.labels]
    return [contain(values[script.rows(part)], container) for values in (texts, words) for part in SIZES]


def own_parts(student: Student) -> list[Override]:
    """What the template gives and the notebook lacks.

    Raises:
        MissingName: there is no driver.
    """
    inventory = student.inventory()
    entry = inventory.get(DRIVER, {})
    if entry.get("kind") == "lost":
        raise LostName(lost_sentence(DRIVER, int(entry.get("cell", 0)), int(entry.get("line", 0)), student))
    if not entry:
        raise MissingName(f"the notebook does not define `{DRIVER}`")
    return [Override((name,), given_source(name)) for name in GIVEN if name not in inventory]


def all_parts(student: Student) -> list[Override]:
    """The reference's parts for everything that the driver stands on."""
    own_parts(student)
    return [*(Override((n,), given_source(n)) for n in GIVEN), *(Override((n,), solution_source(n)) for n in SOLVED)]
