"""What the tests of verdicts share: a sandbox that is ready to train, and a verdict on one notebook's LSTM."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from autograder.accuracy import recipe, tokens
from autograder.accuracy.candidate import Candidate
from autograder.accuracy.verify import verify
from autograder.batch import ENTRY
from autograder.evidence import ClassVerdict
from autograder.records import Cell
from autograder.sandbox import ZygoteSandbox, open_sandbox
from autograder.student.proxy import Student
from autograder.wire.limits import Limits
from fixtures.corpus import Source
from fixtures.labrnn.build import CORPUS
from tests.accuracy.verdict_cells import SALT, SECRET, Judge, cells_of


@pytest.fixture(scope="session")
def trainer() -> Iterator[ZygoteSandbox]:
    """A sandbox with what trainings import."""
    opened = open_sandbox(Limits(), preload=("torch._dynamo", "matplotlib.pyplot"), entry=ENTRY)
    opened.wait_ready()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def language() -> tokens.Tokens:
    return tokens.synthetic(recipe.LESSONS, recipe.EXAMS, seed=7)


@pytest.fixture(scope="session")
def judge(trainer: ZygoteSandbox, language: tokens.Tokens) -> Judge:
    """The verdict on the LSTM of a source or of cells; further arguments change the recipe."""

    def verdict(what: Source | Sequence[Cell], *, name: str = "LSTM", **changes: object) -> ClassVerdict:
        cells = cells_of(CORPUS.build_one(what)) if isinstance(what, Source) else what
        chosen = replace(recipe.fast(language), **changes)  # type: ignore[arg-type]
        found = verify(
            Student(trainer, cells, Limits()),
            [Candidate(name)],
            tokens=language,
            recipe=chosen,
            threshold=0.84,
            secret=SECRET,
            salt=SALT,
        )
        return found[name]

    return verdict
