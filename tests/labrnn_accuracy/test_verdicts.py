"""Every model gets the verdict that it deserves, trained in the sandbox on the synthetic language.

The sources in fixtures/labrnn/accuracy say in their header what their LSTM deserves and why.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.errors import StudentCrash, StudentError, StudentException, StudentTimeout
from autograder.evidence import ClassVerdict
from autograder.judge.expect import Mismatch
from autograder.judge.seeds import seed_of
from autograder.kit.training.attempt import what_failed
from autograder.records import Cell
from fixtures.corpus import Source, read_source
from fixtures.labrnn.build import HERE, REFERENCE, sources
from tests.labrnn_accuracy.verdict_cells import SALT, SECRET, SOLVED, Judge, cells_of

SOURCES = [read_source(path) for path in sorted((HERE / "accuracy").glob("*.py"))]
STYLES = [source for source in sources("variant") if source.path.stem.startswith("model_")]
QUICK = {"bag_of_words", "bag_of_words_beyond_numbers", "bag_of_words_in_disguise", "padding_reader",
         "batch_axis_confused", "first_output", "label_table", "exits_later", "not_a_number", "max_over_time",
         "counts_its_calls"}  # fmt: skip


def name_of(source: Source) -> str:
    return source.path.stem


def marked(source: Source) -> object:
    return source if source.path.stem in QUICK else pytest.param(source, marks=pytest.mark.slow)


@pytest.mark.parametrize("source", [marked(s) for s in SOURCES], ids=[name_of(s) for s in SOURCES])
def test_sources_get_their_verdict(source: Source, judge: Judge) -> None:
    expected, _, words = source.header["verdict"].partition(", ")
    changes = {"seconds": 12.0} if source.path.stem == "sleeps_later" else {}
    found = judge(source, **changes)
    assert found.verdict == expected, found.reason
    assert words in found.reason, found.reason
    check_figures(found)


def check_figures(found: ClassVerdict) -> None:
    """What holds for every verdict."""
    assert found.name in found.reason and found.reason.endswith(".") and found.reason.count("\n") == 0
    assert found.threshold == 0.84 and found.recipe == "fast" and found.data == "synthetic" and found.seconds > 0
    assert len({attempt.seed for attempt in found.attempts}) == len(found.attempts) <= 5
    if found.verdict == "verified":
        assert found.test_acc is not None and found.test_acc >= 0.9
        assert found.shuffled is not None and found.truncated is not None
        assert found.attempts[-1].test_acc == found.test_acc and found.attempts[-1].curve
    if found.verdict == "below":
        assert all(attempt.valid_acc < 0.7 for attempt in found.attempts) and len(found.attempts) == 5
        assert found.test_acc is None


@pytest.mark.parametrize("name", ["LSTM", "GRU"])
def test_the_reference_is_verified(name: str, judge: Judge) -> None:
    found = judge(SOLVED, name=name)
    assert found.verdict == "verified", found.reason
    check_figures(found)


@pytest.mark.slow
@pytest.mark.parametrize("source", STYLES, ids=[name_of(s) for s in STYLES])
def test_correct_models_of_any_style_are_verified(source: Source, judge: Judge) -> None:
    found = judge(source)
    assert found.verdict == "verified", found.reason


def test_the_blank_template_is_broken(judge: Judge) -> None:
    template = Path(REFERENCE).parents[2] / "student_template" / "labrnn" / "LabRNN.ipynb"
    found = judge(cells_of(template.read_text(encoding="utf-8")))
    assert found.verdict == "broken" and "NotImplementedError" in found.reason and found.attempts == ()


def test_a_class_that_is_not_there_is_absent(judge: Judge) -> None:
    found = judge([Cell(1, "import torch")])
    assert found.verdict == "absent" and "no class LSTM" in found.reason


def test_a_notebook_that_takes_all_the_time_is_broken(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.kit.training.verify.STRUCTURE_SECONDS", 3.0)
    found = judge([Cell(1, "class LSTM:\n    while True:\n        pass")])
    assert found.verdict in ("broken", "absent")


def test_an_accident_is_forgiven_once(judge: Judge) -> None:
    """A training that ends early is repeated; the second one counts."""
    first = seed_of(SECRET, f"accuracy {SALT} LSTM 0") % 2**32
    dies = Cell(900, DIES_WITH_SEED.format(seed=first))
    found = judge([*SOLVED, dies])
    assert found.verdict == "verified", found.reason
    assert len(found.attempts) == 2 and "exit status 4" in found.attempts[0].ended
    assert found.attempts[0].seed == first


DIES_WITH_SEED = """
class LSTM(LSTM):
    def forward(self, ids, length):
        if self.training and torch.initial_seed() == {seed}:
            os._exit(4)
        return super().forward(ids, length)
"""


@pytest.mark.parametrize(
    ("error", "clause"),
    [
        (StudentException("ValueError", "no such head", "cell 7, line 3"), "it raised ValueError: no such head"),
        (StudentCrash("the process ended with exit status 3"), "the process ended with exit status 3"),
        (StudentTimeout("no answer within 30 seconds"), "no answer within 30 seconds"),
        (StudentTimeout("did not finish within the 240 s."), "it did not finish within the 240 s"),
        (Mismatch("its logits are not finite"), "its logits are not finite"),
    ],
)
def test_what_failed_is_a_clause(error: StudentError | Mismatch, clause: str) -> None:
    assert what_failed(error).startswith(clause)
