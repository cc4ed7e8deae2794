"""The reference's classes on the real film reviews: `IMDB_CSV=/path/to/IMDBDataset.csv make test-slow`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from autograder.assignments.labrnn.accuracy import Candidate, task
from autograder.assignments.labrnn.recipes import fast
from autograder.evidence import ClassVerdict
from autograder.kit.text_classification.tokens import load
from autograder.kit.training.verify import verify
from autograder.metrics import Metric
from autograder.records import Cell
from autograder.sandbox import ZygoteSandbox
from autograder.student.proxy import Student
from autograder.wire.limits import Limits
from fixtures.corpus import read_source
from fixtures.labrnn.build import CORPUS, HERE
from tests.labrnn_accuracy.verdict_cells import SOLVED, cells_of

REAL = os.environ.get("IMDB_CSV", "")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not REAL, reason="NOT VERIFIED ON REAL DATA: set IMDB_CSV to the file of 50,000 film reviews"),
]


def verdict_on(cells: Sequence[Cell], name: str, trainer: ZygoteSandbox, cache: Path) -> ClassVerdict:
    tokens = load(Path(REAL), cache)
    declared = task(Candidate(name), tokens, fast(tokens), Metric("accuracy", "higher", 0.84))
    return verify(Student(trainer, cells, Limits()), name, declared, secret=b"real")


def test_both_classes_reach_the_bar(trainer: ZygoteSandbox, tmp_path: Path) -> None:
    for name in ("LSTM", "GRU"):
        verdict = verdict_on(SOLVED, name, trainer, tmp_path)
        assert verdict.verdict == "verified", verdict.reason
        assert verdict.test_acc is not None and verdict.test_acc >= 0.84 and verdict.data == Path(REAL).name


@pytest.mark.parametrize(("name", "verdict"), [("bag_of_words_in_disguise", "structure"), ("label_table", "below")])
def test_wrong_classes_do_not(name: str, verdict: str, trainer: ZygoteSandbox, tmp_path: Path) -> None:
    cells = cells_of(CORPUS.build_one(read_source(HERE / "accuracy" / f"{name}.py")))
    found = verdict_on(cells, "LSTM", trainer, tmp_path)
    assert found.verdict == verdict, found.reason
