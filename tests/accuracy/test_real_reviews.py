"""The reference's classes on the real film reviews: `IMDB_CSV=/path/to/IMDBDataset.csv make test-slow`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autograder.accuracy.candidate import Candidate
from autograder.accuracy.recipe import fast
from autograder.accuracy.tokens import load
from autograder.accuracy.verify import verify
from autograder.sandbox import ZygoteSandbox
from autograder.student.proxy import Student
from autograder.wire.limits import Limits
from fixtures.corpus import read_source
from fixtures.labrnn.build import CORPUS, HERE
from tests.accuracy.verdict_cells import SOLVED, cells_of

REAL = os.environ.get("IMDB_CSV", "")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not REAL, reason="NOT VERIFIED ON REAL DATA: set IMDB_CSV to the file of 50,000 film reviews"),
]


def test_both_classes_reach_the_bar(trainer: ZygoteSandbox, tmp_path: Path) -> None:
    tokens = load(Path(REAL), tmp_path)
    found = verify(
        Student(trainer, SOLVED, Limits()), [Candidate("LSTM"), Candidate("GRU")], tokens=tokens,
        recipe=fast(tokens), threshold=0.84, secret=b"real",
    )  # fmt: skip
    assert {name: verdict.verdict for name, verdict in found.items()} == {"LSTM": "verified", "GRU": "verified"}
    for verdict in found.values():
        assert verdict.test_acc is not None and verdict.test_acc >= 0.84 and verdict.data == Path(REAL).name


@pytest.mark.parametrize(("name", "verdict"), [("bag_of_words_in_disguise", "structure"), ("label_table", "below")])
def test_wrong_classes_do_not(name: str, verdict: str, trainer: ZygoteSandbox, tmp_path: Path) -> None:
    tokens = load(Path(REAL), tmp_path)
    cells = cells_of(CORPUS.build_one(read_source(HERE / "accuracy" / f"{name}.py")))
    found = verify(
        Student(trainer, cells, Limits()),
        [Candidate("LSTM")],
        tokens=tokens,
        recipe=fast(tokens),
        threshold=0.84,
        secret=b"real",
    )["LSTM"]
    assert found.verdict == verdict, found.reason
