"""The checks that need no training, and what a training in the student process does, both without a sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import dedent

import numpy as np
import pytest
import torch

from autograder.assignments.labrnn.accuracy import Candidate
from autograder.assignments.labrnn.recipes import EXAMS, FAST_SYNTHETIC, LESSONS
from autograder.errors import StudentException
from autograder.inside import fast_rnn, offline
from autograder.judge.expect import Mismatch
from autograder.judge.models import Model
from autograder.kit.inside.training import Sequences, windows
from autograder.kit.text_classification import structure
from autograder.kit.text_classification.data import Data, draw
from autograder.kit.text_classification.tokens import synthetic
from autograder.kit.training import sequences
from autograder.kit.training.trainer import Numbers, Trainer, logits
from autograder.records import Cell
from autograder.sandbox.inprocess import InProcess
from autograder.student.proxy import Student
from autograder.wire.frames import Array, Opaque
from autograder.wire.limits import Limits
from tests.labrnn_accuracy.verdict_cells import SOLVED

RECIPE = FAST_SYNTHETIC
VOCABULARY = 40
LSTM = Candidate("LSTM")


@pytest.fixture(scope="module", autouse=True)
def offline_process() -> None:
    offline.prepare()


@pytest.fixture(autouse=True)
def torchs_own_kernels() -> Iterator[None]:
    """Trainings in this process swap them."""
    yield
    fast_rnn.uninstall()


def loaded(*patches: str) -> Student:
    cells = [*SOLVED, *(Cell(900 + k, dedent(patch)) for k, patch in enumerate(patches))]
    student = Student(InProcess(), cells, Limits(call_seconds=60.0))
    student.load()
    student.begin_check()
    return student


def fault(forward: str, seed: int = 0) -> str:
    """What the structure of the reference's LSTM with another forward is found to be."""
    body = dedent(forward).strip().replace("\n", "\n        ")
    student = loaded(f"class LSTM(LSTM):\n    def forward(self, ids, length):\n        {body}\n")
    model = LSTM.build(student, VOCABULARY, RECIPE, seed=0)
    return structure.fault(model, VOCABULARY, np.random.default_rng(seed))


OUTPUTS = "outputs = self.rnn(self.embedding(ids))[0]\nrows, last = torch.arange(len(ids)), length.long() - 1\n"


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(
    "forward",
    [
        "return super().forward(ids, length)",
        OUTPUTS + "return self.fc(outputs[rows, last])",
        OUTPUTS + "return self.fc(torch.stack([o[: int(n)].mean(0) for o, n in zip(outputs, length)]))",
        OUTPUTS + "return self.fc(torch.stack([o[: int(n)].max(0).values for o, n in zip(outputs, length)]))",
    ],
    ids=["last state", "gathered", "mean", "maximum"],
)
def test_recurrent_models_pass_whatever_the_weights(forward: str, seed: int) -> None:
    assert fault(forward, seed) == ""


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("forward", "words"),
    [
        (OUTPUTS + "return self.fc(outputs[:, -1])", "padding"),
        (OUTPUTS + "return self.fc(outputs[:, 0])", "last word"),
        (OUTPUTS + "return self.fc(outputs[rows, (last - 1).clamp(0)])", "last word"),
        ("return super().forward(torch.cat([ids[:, :1] * 0 + 3, ids[:, 1:]], 1), length)", "first word"),
        ("return super().forward(ids.sort(1, descending=True).values, length)", "order of the words"),
        ("return super().forward(ids, length).mean(0, keepdim=True).expand(len(ids), 2)", "alone"),
        ("return super().forward(ids, length).cumsum(0)", "in another order"),
        ("return super().forward(ids, length) + torch.rand(len(ids), 2)", "called again"),
        ("return super().forward(ids, length) * 0", "last word"),
    ],
)
def test_others_are_found_out(forward: str, words: str, seed: int) -> None:
    assert words in fault(forward, seed)


@pytest.mark.parametrize(
    ("forward", "words"),
    [
        ("return super().forward(ids, length)[:, :1]", "shape [8, 1]"),
        ("return super().forward(ids, length).double()", "float64"),
        ("return super().forward(ids, length) / 0 * 0", "finite"),
        ("return None", "a NoneType"),
        ("return super().forward(ids, length).squeeze()[: len(ids)] if len(ids) > 1 else torch.rand(2)", "one review"),
    ],
)
def test_answers_that_are_no_logits(forward: str, words: str) -> None:
    with pytest.raises(Mismatch, match=words.replace("[", r"\[")):
        fault(forward)


def test_the_object_is_left_as_it_was() -> None:
    """It is the one that is trained afterwards."""
    model = LSTM.build(loaded(), VOCABULARY, RECIPE, seed=3)
    before = model.state()
    assert structure.fault(model, VOCABULARY, np.random.default_rng(0)) == ""
    after = model.state()
    assert before.keys() == after.keys() and all(np.array_equal(before[name], after[name]) for name in before)


def test_exceptions_are_the_students() -> None:
    with pytest.raises(StudentException, match="not done"):
        fault("raise NotImplementedError('not done')")


def test_logits_are_checked_for_their_kind() -> None:
    good = np.zeros((3, 2), np.float32)
    assert np.array_equal(logits(Array("tensor", good), 3, 2), good)
    largest = np.array([[-3.4e38, 3.4e38], [0, 1]], np.float32)
    assert np.isfinite(np.diff(logits(Array("tensor", largest), 2, 2)).std())
    for answer in (Array("tensor", good[:2]), Opaque("x", "y"), [0.0], None, Array("tensor", good.astype(np.int64))):
        with pytest.raises(Mismatch):
            logits(answer, 3, 2)


# ---- training --------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def data() -> Data:
    return draw(synthetic(LESSONS, EXAMS, 3), RECIPE.shares, 5, 0, seed=4)


def begun(model: Model, data: Data, seed: int) -> Trainer:
    return Trainer.begin(model, data.train, RECIPE, seed, classes=2, with_lengths=True)


def accuracy(found: Numbers, part: sequences.Sequences) -> float:
    return sequences.accuracy(found, part.targets)


def test_training_learns_and_predictions_are_in_order(data: Data) -> None:
    model = LSTM.build(loaded(), data.vocab_size, RECIPE, seed=1)
    training = begun(model, data, seed=1)
    before = accuracy(training.predict(data.valid), data.valid)
    training.advance(400)
    found = training.predict(data.valid)
    assert before < 0.6 < 0.85 < accuracy(found, data.valid)
    order = np.random.default_rng(0).permutation(len(data.valid))
    np.testing.assert_allclose(training.predict(data.valid.rows(order)), found[order], atol=1e-4)


def test_the_same_seed_trains_the_same_model(data: Data) -> None:
    def trained(seed: int) -> np.ndarray:
        training = begun(LSTM.build(loaded(), data.vocab_size, RECIPE, seed), data, seed)
        training.advance(6)
        return training.predict(data.valid)

    one, again, other = trained(1), trained(1), trained(2)
    assert np.array_equal(one, again) and not np.allclose(one, other)


def test_batches_are_padded_on_the_right() -> None:
    reviews = Sequences(torch.tensor([5, 6, 7, 8, 9, 4], dtype=torch.int32), torch.tensor([3, 1, 2]))
    ids, lengths = reviews.batch(np.array([1, 0]))
    assert ids.tolist() == [[8, 0, 0], [5, 6, 7]] and lengths.tolist() == [1.0, 3.0]
    assert ids.dtype == torch.int64 and lengths.dtype == torch.float32


def test_windows_cover_all_rows_once() -> None:
    lengths = np.sort(np.random.default_rng(0).integers(1, 257, 3000))
    rows = np.arange(3000)
    found = list(windows(rows, lengths))
    assert np.array_equal(np.concatenate(found), rows)
    assert max(len(some) for some in found) <= 500
    assert max(len(some) * lengths[some].max() for some in found) <= 1 << 17
