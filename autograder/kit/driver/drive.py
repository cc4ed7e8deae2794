"""Runs a notebook's training driver under every script.

The driver runs as it stands, see kit/inside/scripted_driver.py. Nothing that comes back is believed but the figures
that it returns or prints: each epoch and part has a test loss of its own, drawn from the course's secret. If it goes
wrong with the notebook's own parts (vocabulary, dataset, models, one epoch of training), it runs again with the
reference's, and the better verdict counts: those parts have items of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.errors import MalformedAnswer, StudentError
from autograder.judge.seeds import secret, seed_of
from autograder.kit.driver.run import Drive
from autograder.kit.driver.script import BATCH, EPOCHS, KINDS, SIZES, Script, script_of, spelt
from autograder.kit.extensions import SCRIPTED_DRIVER
from autograder.student.proxy import Override, Student

Parts = Callable[[Student], Sequence[Override]]
Data = Callable[[Script, Sequence[str]], list[Any]]


@dataclass(frozen=True)
class Driver:
    """The names that a driver is called and stands on, in the notebook.

    `settings`: the class of its first argument, with the fields `batch_size` and `epochs`; `arguments`: those after it,
    left out where it takes only one. `load`: the function that returns the data. `models`: classes that answer by the
    script. `optional`: functions that it may call, each with what it says where it fails. `words`: two that a text may
    consist of. `variations`: further settings by the script's kind; a driver that can't work with them has another item
    to say so, and runs without.
    """

    name: str
    settings: str
    load: str
    models: tuple[str, ...]
    words: tuple[str, str]
    arguments: tuple[Any, ...] = ()
    batch_size: str = "BATCH_SIZE"
    epochs: str = "N_EPOCHS"
    optional: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    variations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def names(self) -> dict[str, Any]:
        """As the other side wants to know them."""
        optional = {name: list(said) for name, said in self.optional.items()}
        return {
            "driver": self.name,
            "settings": self.settings,
            "load": self.load,
            "models": list(self.models),
            "optional": optional,
        }


def run_all(student: Student, driver: Driver, data: Data, own: Parts, reference: Parts) -> list[Drive]:
    """The driver under every script, with the notebook's own parts or with the reference's, whichever is better.

    `data`: what `load` returns of a script, given the texts of its rows. `own`, `reference`: what is put into a process
    of the notebook's for either.

    Raises:
        StudentError: the driver fails both ways, or is missing.
    """
    attempts: list[tuple[int, list[Drive]]] = []
    failure: StudentError | None = None
    for parts in (own, reference):
        try:
            runs = attempt(student, driver, data, parts)
        except StudentError as error:
            failure = error  # of the last attempt, with the reference's parts: what is wrong with the driver itself
            continue
        wrong = sum(problem is not None for run in runs for problem in run.problems())
        attempts.append((wrong, runs))
        if not wrong:
            break
    if not attempts:
        assert failure is not None
        raise failure
    return min(attempts, key=lambda pair: pair[0])[1]


def attempt(student: Student, driver: Driver, data: Data, parts: Parts) -> list[Drive]:
    """In a process of its own, since the notebook's names may come to hold the scripted data."""
    other = student.twin()
    try:
        other.load()
        other.begin_item()
        other.override(*student.overrides, *parts(other))
        other.extend(SCRIPTED_DRIVER)
        return [varied(other, driver, data, kind) for kind in KINDS]
    finally:
        other.close()
        student.used.cpu_seconds += other.used.cpu_seconds


def varied(student: Student, driver: Driver, data: Data, kind: str) -> Drive:
    """The scripts differ in other settings too, since a driver may report other figures with some."""
    if kind in driver.variations:
        try:
            return one(student, driver, data, kind, driver.variations[kind])
        except StudentError:
            if student.fatal is not None:  # it hung or ended its process
                raise
    return one(student, driver, data, kind, {})


def one(
    student: Student,
    driver: Driver,
    data: Data,
    kind: str,
    settings: Mapping[str, Any],
) -> Drive:
    """The driver under one script.

    Raises:
        StudentError: it failed.
    """
    script = script_of(kind, np.random.default_rng(seed_of(secret(), f"training loop, {kind}")))
    parts = [part for part in SIZES for _ in range(SIZES[part])]
    texts = [spelt(row, driver.words) for row in range(len(script.labels))]
    answer = student.ask(
        "scripted_driver.run", driver.name, names=driver.names, more=list(driver.arguments), data=data(script, texts),
        settings={driver.batch_size: BATCH, driver.epochs: EPOCHS, **settings},
        script={"labels": list(script.labels), "parts": parts, "losses": script.losses.tolist()},
    )  # fmt: skip
    if type(answer) is not dict or type(answer.get("printed")) is not str:
        raise MalformedAnswer("the answer is not that of a scripted run")
    return Drive(script, answer.get("value"), answer["printed"])
