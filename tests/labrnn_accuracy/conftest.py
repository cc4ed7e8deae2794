"""What the tests of verdicts share: a sandbox that is ready to train, and a verdict on one notebook's LSTM."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from autograder.assignments.labrnn import recipes
from autograder.assignments.labrnn.accuracy import Candidate, task
from autograder.batch import ENTRY
from autograder.evidence import ClassVerdict
from autograder.kit.text_classification import tokens
from autograder.kit.training.verify import verify
from autograder.metrics import Metric
from autograder.records import Cell
from autograder.sandbox import ZygoteSandbox, open_sandbox
from autograder.student.proxy import Student
from autograder.wire.limits import Limits
from fixtures.corpus import Source
from fixtures.labrnn.build import CORPUS
from tests.labrnn_accuracy.verdict_cells import SALT, SECRET, Judge, cells_of


@pytest.fixture(scope="session")
def trainer() -> Iterator[ZygoteSandbox]:
    """A sandbox with what trainings import."""
    opened = open_sandbox(Limits(), preload=("torch._dynamo", "matplotlib.pyplot"), entry=ENTRY)
    opened.wait_ready()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def language() -> tokens.Tokens:
    return tokens.synthetic(recipes.LESSONS, recipes.EXAMS, seed=7)


@pytest.fixture(scope="session")
def judge(trainer: ZygoteSandbox, language: tokens.Tokens) -> Judge:
    """The verdict on the LSTM of a source or of cells; further arguments change the recipe."""

    def verdict(what: Source | Sequence[Cell], *, name: str = "LSTM", **changes: object) -> ClassVerdict:
        cells = cells_of(CORPUS.build_one(what)) if isinstance(what, Source) else what
        chosen = replace(recipes.fast(language), **changes)  # type: ignore[arg-type]
        declared = task(Candidate(name), language, chosen, Metric("accuracy", "higher", 0.84))
        return verify(Student(trainer, cells, Limits()), name, declared, secret=SECRET, salt=SALT)

    return verdict
