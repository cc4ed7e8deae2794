"""Verified perplexity without a training: the language and its law, trigrams, structure, and who is charged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hands import SUITE, after_reference, lab_of, loaded, reference

from autograder.assignments.gru_attention.context import Context
from autograder.assignments.gru_attention.verified import (
    language,
    recipes,
    structure,
    treebank,
    verifying,
    yardstick,
)
from autograder.assignments.gru_attention.verified.learner import MODELS
from autograder.assignments.gru_attention.verified.lessons import Lessons
from autograder.assignments.gru_attention.verified.trigram import counting, trigram_perplexity
from autograder.assignments.gru_attention.verified.verifying import incredible
from autograder.assignments.gru_attention.verified.yardstick import Yardstick
from autograder.errors import ConfigError, GraderError, StudentError
from autograder.evidence import Attempt, ClassVerdict
from autograder.judge.plugin import Bench, Judge
from autograder.judge.session import with_checks
from autograder.kit.training.task import Task
from autograder.records import Outcome, Submission

RECIPES = {"GRU": replace(recipes.GRU, batch=8), "MultiHeadedAttention": replace(recipes.TRANSFORMER, batch=8)}
BELOW = ClassVerdict("", "below", "It was trained once and reached 9; the bar is 7.", 9.0, 7.0)


@pytest.fixture(autouse=True)
def settings(judge_settings: None) -> None: ...


@pytest.fixture(scope="module")
def drawn() -> language.Lessons:
    return language.lessons(3)


# ---- lessons ---------------------------------------------------------------------------------------------------------
def test_the_language_is_a_law_that_no_trigram_knows(drawn: language.Lessons) -> None:
    law = language.language(np.random.default_rng(1)).law
    assert np.allclose(law.sum(axis=-1), 1) and law.min() >= 0
    assert drawn.least is not None and 1.4 * drawn.least < trigram_perplexity(drawn) < drawn.vocab_size
    again, other = language.lessons(3), language.lessons(4)
    assert np.array_equal(again.texts, drawn.texts) and not np.array_equal(other.texts, drawn.texts)


def test_the_next_word_is_in_no_context(drawn: language.Lessons) -> None:
    """What stands at the place of the target is drawn anew: no more often the target than by the law."""
    test = drawn.test
    shown = test.ids[np.arange(len(test)), np.minimum(test.ends + 1, drawn.length - 1)]
    inside = test.ends + 1 < drawn.length
    assert (shown[inside] == test.targets[inside]).mean() < 0.2
    assert test.ids.shape == (language.TEST, language.LENGTH) and test.ends.min() >= 1


def test_words_have_other_numbers_each_time(drawn: language.Lessons) -> None:
    one, other = drawn.renamed(1), drawn.renamed(2)
    assert not np.array_equal(one.texts, other.texts)
    assert (
        trigram_perplexity(one) == pytest.approx(trigram_perplexity(other)) == pytest.approx(trigram_perplexity(drawn))
    )
    train = one.train
    assert np.array_equal(train.targets.reshape(-1, 16)[:, :-1], train.ids.reshape(-1, 16)[:, 1:])


def test_nothing_beats_the_law_but_by_luck(drawn: language.Lessons) -> None:
    assert drawn.least is not None and 0.98 * drawn.least < incredible(7.0, drawn) < drawn.least
    assert incredible(7.0, replace(drawn, least=None)) == pytest.approx(4.2)


def test_counting_is_a_bar_where_the_reference_clearly_beats_it(drawn: language.Lessons) -> None:
    one, two, three = counting(drawn)
    assert three == trigram_perplexity(drawn) < two < one < drawn.vocab_size
    found = Yardstick("", (200.0, 95.0, 91.0), {"a": 80.0, "b": 89.0, "c": 93.0})
    assert [found.counted(name) for name in "abc"] == [91.0, 95.0, 200.0]


def test_a_treebank_is_read(tmp_path: Path) -> None:
    line = " the cat <unk> sat on N mats \n"
    for part, many in (("train", 4000), ("valid", 1100), ("test", 1100)):
        (tmp_path / f"ptb.{part}.txt").write_text(line * many)
    treebank.check_treebank(tmp_path)
    found = treebank.treebank(tmp_path, seed=1)
    assert found.vocab_size == 8 and found.texts.shape[1] == treebank.LENGTH + 1 and found.least is None
    assert trigram_perplexity(found) < 1.3
    short = np.unique(found.texts, axis=0)
    assert len(found.texts) == treebank.LESSONS > len(short)  # a short text is learnt from again
    (tmp_path / "ptb.test.txt").write_text(line)
    with pytest.raises(ConfigError, match=r"ptb\.test\.txt holds 8 words"):
        treebank.check_treebank(tmp_path)
    (tmp_path / "ptb.test.txt").unlink()
    with pytest.raises(ConfigError, match=r"holds no test\.txt"):
        treebank.check_treebank(tmp_path)


# ---- the reference's trainings ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(("known", "wanted"), [(True, 80.0), (False, 90.0)])
def test_one_unlucky_training_moves_no_bar_on_real_text(
    drawn: language.Lessons, monkeypatch: pytest.MonkeyPatch, known: bool, wanted: float
) -> None:
    salts = []

    def trained(student: object, name: str, declared: Task[Lessons], *, secret: bytes, salt: str) -> ClassVerdict:
        salts.append(salt)
        assert declared.metric.bar > 1 or not known  # which no attempt reaches on real text, so that all are made
        tried = tuple(Attempt(n, (), 0.0, value, 0.0, "") for n, value in enumerate((80.0, 130.0, 90.0)))
        return replace(BELOW, attempts=tried)

    lessons = drawn if known else replace(drawn, least=None)
    monkeypatch.setattr(yardstick, "verify", trained)
    monkeypatch.setattr(verifying, "verify", trained)
    course = yardstick.Course(None, b"tests")
    student = loaded(reference())
    assert course.of_reference(student, "GRU", lessons, 200.0, "salt") == wanted
    with pytest.raises(GraderError, match="could not be trained"):
        course.of_reference(student, "GRU", lessons, 80.0, "salt")
    held = verifying.Verifying(student, Context(), course, 1.1)
    held.verdict("GRU", Yardstick("salt", (200.0, 150.0, 140.0), {"GRU": wanted}), drawn)
    assert salts == ["salt"] * 3  # weights and batches of a hand-in are drawn as the reference's


# ---- structure -------------------------------------------------------------------------------------------------------
AHEAD = """
class GRU(OwnGRU):
    def forward(self, inputs, hidden):
        logits, hidden = super().forward(inputs, hidden)
        return logits + logits.flip(0), hidden
"""
LAST_WORD = """
class GRU(OwnGRU):
    def forward(self, inputs, hidden):
        return torch.stack([super(GRU, self).forward(row[None], hidden)[0][0] for row in inputs]), hidden
"""
MIXED = """
class GRU(OwnGRU):
    def forward(self, inputs, hidden):
        logits, hidden = super().forward(inputs, hidden)
        return logits + logits.mean(1, keepdim=True), hidden
"""
CONSTANT = """
class GRU(OwnGRU):
    def forward(self, inputs, hidden):
        return self.output.bias.expand(*inputs.shape, len(self.output.bias)), hidden
"""
UNMASKED = """
class MultiHeadedAttention(OwnAttention):
    def forward(self, query, key, value, mask=None):
        return super().forward(query, key, value, None)
"""


def clause(handed_in: Submission, name: str) -> str:
    lab = lab_of(handed_in)
    model = MODELS[name](lab, 11, 8, RECIPES[name], 1)
    return structure.fault(model, 8, np.random.default_rng(2))


@pytest.mark.parametrize(
    ("text", "name", "wanted"),
    [
        ("pass", "GRU", ""),
        ("pass", "MultiHeadedAttention", ""),
        (AHEAD, "GRU", structure.AHEAD),
        (LAST_WORD, "GRU", structure.FORGETS),
        (MIXED, "GRU", structure.MIXED),
        (CONSTANT, "GRU", structure.MUTE),
        (UNMASKED, "MultiHeadedAttention", structure.AHEAD),
    ],
)
def test_structure(text: str, name: str, wanted: str) -> None:
    assert clause(after_reference(text), name) == wanted


LAST = """
class GRU(OwnGRU):
    def __init__(self, *sizes):
        super().__init__(*sizes)
        own = self.embedding
        del self.embedding
        self.embedding = own
"""


def test_first_weights_do_not_depend_on_the_layout() -> None:
    recipe = replace(RECIPES["GRU"], apart=3.0)
    one, other = (MODELS["GRU"](lab_of(h), 11, 8, recipe, 1).state() for h in (reference(), after_reference(LAST)))
    assert list(one) != list(other) and one.keys() == other.keys()
    assert all(np.array_equal(one[name], other[name]) for name in one)
    ((embedding, wide),) = ((name, v) for name, v in one.items() if v.shape == (11, recipe.embedding))
    assert np.abs(wide).max() > 1 > max(np.abs(v).max() for name, v in one.items() if name != embedding)


def test_weights_are_put_back() -> None:
    lab = lab_of(reference())
    model = MODELS["GRU"](lab, 11, 8, RECIPES["GRU"], 1)
    before = model.state()
    structure.fault(model, 8, np.random.default_rng(2))
    assert all(np.array_equal(before[name], value) for name, value in model.state().items())


# ---- who is charged --------------------------------------------------------------------------------------------------
RAISES = "class GRU(OwnGRU):\n    def forward(self, inputs, hidden):\n        return 1 / 0"
BLANK = "class GRU(OwnGRU):\n    def forward(self, inputs, hidden):\n        raise NotImplementedError"
INIT = "gru.init"
CASES = {  # what the hand-in does to its GRU, its verdict, whether gru.forward is broken, or what else -> the outcome
    "verified": ("pass", replace(BELOW, name="GRU", verdict="verified"), False, "passed"),
    "below": ("pass", replace(BELOW, name="GRU"), False, "failed"),
    "doubted": ("pass", replace(BELOW, name="GRU", verdict="verified", doubt="GRU is too good"), False, "pending"),
    "charged before": ("pass", replace(BELOW, name="GRU"), True, "skipped"),
    "layers charged before": ("pass", replace(BELOW, name="GRU"), INIT, "skipped"),
    "reads ahead besides": ("pass", replace(BELOW, name="GRU", verdict="structure"), INIT, "failed"),
    "raises": (RAISES, replace(BELOW, name="GRU", verdict="broken"), True, "skipped"),
    "blank": (BLANK, replace(BELOW, name="GRU", verdict="broken"), True, "failed"),
    "verified without merit": (CONSTANT, replace(BELOW, name="GRU", verdict="verified"), True, "failed"),
    "verified with a fault": ("pass", replace(BELOW, name="GRU", verdict="verified"), True, "passed"),
    "without merit": (CONSTANT, replace(BELOW, name="GRU", verdict="structure"), True, "failed"),
}


@pytest.fixture(scope="module")
def outcomes() -> Iterator[dict[str, Outcome]]:
    found: dict[str, Outcome] = {}
    failure: list[BaseException] = []

    def body(judge: Judge) -> None:
        try:
            for name, (text, verdict, broken, _) in CASES.items():
                upstream = {broken} if isinstance(broken, str) else {"gru.forward"} if broken else set()
                context = Context(accuracy={"GRU": verdict}, broken=upstream)
                student = loaded(after_reference(text))
                (found[name],) = judge.run(Bench(student, context, b"tests"), ["p3.gru.bar"])
        except (AssertionError, StudentError, ValueError) as error:  # pytest would swallow it
            failure.append(error)

    with_checks(SUITE, body)
    assert not failure, failure
    yield found


@pytest.mark.parametrize("name", CASES)
def test_the_bar_is_charged_once(outcomes: dict[str, Outcome], name: str) -> None:
    assert outcomes[name].status == CASES[name][3], outcomes[name].message
