"""Training tasks of both directions, on models that predict the next token; without a sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from textwrap import dedent

import numpy as np
import pytest
import torch

from autograder.evidence import ClassVerdict
from autograder.inside import fast_rnn
from autograder.judge.models import Model, parameters_of
from autograder.kit.inside import training as inside
from autograder.kit.training.attempt import train
from autograder.kit.training.learner import ModuleLearner
from autograder.kit.training.recipe import Recipe
from autograder.kit.training.sequences import Sequences, accuracy, joined, perplexity
from autograder.kit.training.task import Task
from autograder.kit.training.verify import verify
from autograder.metrics import Metric
from autograder.records import Cell
from autograder.sandbox.inprocess import InProcess
from autograder.student.proxy import Student
from autograder.wire.limits import Limits

WORDS = 6
RECIPE = Recipe(
    name="fast", batch=8, rate=3e-2, epochs=3, slices=1, stop=1.3, give_up=5.0, patience=1, attempts=2, seconds=60
)
MODEL = """
import torch
class LM(torch.nn.Module):
    def __init__(self, vocab):
        super().__init__()
        self.embedding, self.rnn = torch.nn.Embedding(vocab, 8), torch.nn.GRU(8, 16, batch_first=True)
        self.fc = torch.nn.Linear(16, vocab)
    def forward(self, ids):
        outputs, state = self.rnn(self.embedding(ids))
        return self.fc(outputs), state
"""


@dataclass(frozen=True)
class Text:
    """Sentences that count upwards from a random word on: only the first one is a surprise."""

    train: Sequences
    valid: Sequences
    test: Sequences


def counting(seed: int) -> Text:
    rng = np.random.default_rng(seed)

    def part(many: int) -> Sequences:
        lengths = rng.integers(3, 12, many)
        tokens = [(rng.integers(WORDS) + np.arange(n + 1)) % WORDS for n in lengths]
        ids, targets = (np.concatenate([t[k : len(t) - 1 + k] for t in tokens]) for k in (0, 1))
        return Sequences(ids.astype(np.int32), lengths, targets, per_token=True)

    return Text(part(200), part(20), part(30))


@pytest.fixture(autouse=True)
def torchs_own_kernels() -> Iterator[None]:
    """Trainings in this process swap them."""
    yield
    fast_rnn.uninstall()


def student_of(source: str) -> Student:
    return Student(InProcess(), [Cell(1, dedent(source))], Limits())


def task(metric: Metric, measure: Callable[..., float], **changes: object) -> Task[Text]:
    recipe = replace(RECIPE, **{k: v for k, v in changes.items() if k in vars(RECIPE)})  # type: ignore[arg-type]

    def build(student: Student, data: Text, seed: int) -> ModuleLearner:
        built, parameters = student.build_model("LM", [WORDS], {}, seed)
        model = Model(built, parameters_of(parameters))
        return ModuleLearner(model, data, recipe, measure, WORDS, examined=lambda rng: "")

    declared = Task("synthetic", "characters", 30, metric, recipe, counting, build)
    return replace(declared, **{k: v for k, v in changes.items() if k in vars(declared)})  # type: ignore[arg-type]


def judged(source: str, declared: Task[Text]) -> ClassVerdict:
    return verify(student_of(source), "LM", declared, secret=b"s", salt="t")


LOWER, HIGHER = Metric("perplexity", "lower", 1.5), Metric("token accuracy", "higher", 0.95)


def test_a_language_model_is_verified_by_its_perplexity() -> None:
    found = judged(MODEL, task(LOWER, perplexity))
    assert found.verdict == "verified" and found.test_acc is not None and 1.0 <= found.test_acc <= 1.5, found
    assert found.threshold == 1.5 and found.attempts[-1].curve and found.doubt == ""
    assert "on 30 characters that it had not seen; the bar is 1.5" in found.reason


def test_the_same_model_is_verified_by_its_token_accuracy() -> None:
    found = judged(MODEL, task(HIGHER, accuracy, stop=0.97, give_up=0.5))
    assert found.verdict == "verified" and found.test_acc is not None and found.test_acc >= 0.95, found


def test_what_does_not_learn_is_given_up() -> None:
    found = judged(MODEL, task(LOWER, perplexity, rate=0.0, give_up=3.0))
    assert found.verdict == "below" and len(found.attempts) == 2 and found.test_acc is None
    assert "given up: validation was at least" in found.attempts[0].ended
    assert found.attempts[0].valid_acc > 5 and "in validation; the bar is 1.5" in found.reason


def test_a_figure_within_chance_reaches_the_bar_and_an_incredible_one_waits() -> None:
    strict = task(replace_bar(LOWER, 0.5), perplexity, stop=1.3)
    assert judged(MODEL, strict).verdict == "below"
    assert "is the same within chance" in judged(MODEL, replace(strict, margin=1.0)).reason
    doubted = judged(MODEL, replace(task(LOWER, perplexity), incredible=1.45))
    assert doubted.verdict == "verified" and "better than anything that can be learned here" in doubted.doubt


def replace_bar(metric: Metric, bar: float) -> Metric:
    return Metric(metric.name, metric.direction, bar)


@pytest.mark.parametrize(
    ("forward", "words"),
    [
        ("return self.fc(self.embedding(ids))[..., :2]", "can't"),
        ("raise ValueError('no')", "it raised ValueError: no"),
    ],
)
def test_what_is_broken_is_told(forward: str, words: str) -> None:
    patched = f"{dedent(MODEL)}\nclass LM(LM):\n    def forward(self, ids):\n        {forward}\n"
    found = judged(patched, task(LOWER, perplexity))
    assert found.verdict == "broken" and words in found.reason, found


def test_structure_comes_first() -> None:
    declared = task(LOWER, perplexity)

    def build(student: Student, data: Text, seed: int) -> ModuleLearner:
        learner = declared.build(student, data, seed)
        assert isinstance(learner, ModuleLearner)
        learner.examined = lambda rng: "it looks ahead"
        return learner

    found = judged(MODEL, replace(declared, build=build))
    assert (found.verdict, found.attempts) == ("structure", ())
    assert found.reason == "LM was not trained, since it looks ahead."
    assert judged("x = 1", declared).reason == "The notebook has no class LM, or its cell failed to load."


def test_an_attempt_ends_where_the_models_own_code_fails_on_its_way() -> None:
    student = student_of(MODEL.replace("outputs, state", "assert not self.training; outputs, state"))
    student.load()
    student.begin_check()
    found = train(student, task(LOWER, perplexity), counting(1), 3, np.random.default_rng(0))
    assert "AssertionError" in found.broken and found.attempt.ended.startswith("ended: it raised")


# ---- figures and batches ---------------------------------------------------------------------------------------------
def test_metrics_are_those_of_the_books() -> None:
    logits = np.log(np.array([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]]))
    targets = np.array([0, 2])
    assert accuracy(logits, targets) == 0.5
    assert perplexity(logits, targets) == pytest.approx(1 / np.sqrt(0.5 * 0.1))
    assert perplexity(logits + 1000, targets) == pytest.approx(1 / np.sqrt(0.5 * 0.1))  # nothing overflows


def test_rows_take_their_tokens_targets_along() -> None:
    part = Sequences(np.arange(6), np.array([1, 3, 2]), np.arange(10, 16), per_token=True)
    some = part.rows(np.array([2, 0]))
    assert some.ids.tolist() == [4, 5, 0] and some.targets.tolist() == [14, 15, 10] and some.lengths.tolist() == [2, 1]
    whole = joined([some, part])
    assert whole.per_token and whole.targets.tolist() == [14, 15, 10, *range(10, 16)]


def test_predictions_per_token_are_in_the_order_of_the_tokens() -> None:
    class Echo(torch.nn.Module):
        def forward(self, ids: torch.Tensor) -> torch.Tensor:
            return torch.nn.functional.one_hot(ids, 9).float()

    ids, lengths = torch.tensor([5, 6, 7, 8, 1, 2], dtype=torch.int32), torch.tensor([3, 1, 2])
    trainer = inside.Trainer(
        Echo(), ids, lengths, ids.long(), optimizer="adam", rate=0.1, decay=0.0, batch=2, clip=0.0, warmup=0,
        per_token=True, with_lengths=False, fast=False, seed=0,
    )  # fmt: skip
    found = inside.predicted(trainer, ids, lengths)
    assert found.data.argmax(axis=1).tolist() == ids.tolist()
    assert trainer.step() == pytest.approx(float(np.log(np.e + 8) - 1))  # padding counts for nothing


@pytest.mark.parametrize(
    ("warmup", "fall", "wanted"), [(0, 0, [1, 1, 1, 1, 1]), (2, 0, [0.5, 1, 1, 1, 1]), (0, 4, [1, 0.75, 0.5, 0.25, 0])]
)
def test_the_learning_rate_rises_and_falls(warmup: int, fall: int, wanted: list[float]) -> None:
    ids, lengths = torch.tensor([1, 2], dtype=torch.int32), torch.tensor([1, 1])
    trainer = inside.Trainer(
        torch.nn.Embedding(3, 3), ids, lengths, ids.long(), optimizer="sgd", rate=1.0, decay=0.0, batch=1, clip=1.0,
        warmup=warmup, fall=fall, per_token=True, with_lengths=False, fast=False, seed=0,
    )  # fmt: skip
    assert trainer.optimizer is not None
    found = [(trainer.step(), trainer.optimizer.param_groups[0]["lr"])[1] for _ in range(5)]
    assert found == pytest.approx(wanted)
