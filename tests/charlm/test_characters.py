"""What models of characters have in common: answers, lessons, the made-up language, what is printed."""

from __future__ import annotations

import csv
import math
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from autograder.errors import StudentException
from autograder.judge.expect import Mismatch
from autograder.kit.characters import ALPHABET, language
from autograder.kit.characters.answers import distribution, form_of, label, meant
from autograder.kit.characters.contexts import MEMORIES, alike, same_end, same_letters, shown_by, telling
from autograder.kit.characters.lessons import ClassifierLesson, grown
from autograder.kit.characters.printed import other_average
from autograder.kit.characters.windows import VOWELS, cut, in_order
from autograder.wire.frames import Array, Opaque, Scalar

PUBLISHED = Path(__file__).resolve().parents[2] / "fixtures" / "charlm"
RNG = np.random.default_rng(3)
TEXT = language.text(language.syllables(RNG), 20_000, RNG)


# ---- answers ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "answer", [1, True, 1.0, Scalar("numpy.int64", 1), Array("tensor", np.array([1])), Array("ndarray", np.array(True))]
)  # fmt: skip
def test_labels(answer: object) -> None:
    assert label(answer) == 1


@pytest.mark.parametrize(
    "answer", [2, 0.7, "1", None, Array("tensor", np.array([0, 1])), Opaque("Odd", "1"), float("nan")]
)
def test_no_labels(answer: object) -> None:
    with pytest.raises(Mismatch):
        label(answer)


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        (0.7, 1), (0.3, 0), (-2.5, 0), (3.5, 1), ("1", 1), (" Vowel", 1), ("consonant", 0), ([-1.0, 2.0], 1),
        (Array("tensor", np.array([[0.9, 0.1]])), 0), (1, 1), (False, 0), (Scalar("numpy.float32", 0.8), 1),
    ],
)  # fmt: skip
def test_what_a_prediction_was_meant_to_be(answer: object, wanted: int) -> None:
    assert meant(answer) == wanted


@pytest.mark.parametrize("answer", [2, "yes", None, [0.1] * 3, Opaque("Odd", "1"), float("nan"), float("inf")])
def test_what_may_mean_anything(answer: object) -> None:
    with pytest.raises(Mismatch):
        meant(answer)


def test_distributions() -> None:
    vector = np.linspace(-4, -1, 27)
    for answer in (
        Array("ndarray", vector),
        Array("tensor", vector[None]),
        vector.tolist(),
        [Scalar("f", v) for v in vector],
    ):
        assert np.allclose(distribution(answer), vector)
    for answer in (vector[:26].tolist(), "x", 1.0, {"a": 1.0}):
        with pytest.raises(Mismatch):
            distribution(answer)


def test_forms() -> None:
    logits = np.random.default_rng(0).normal(size=27)
    logs = logits - np.log(np.exp(logits).sum())
    told = {"log": logs, "base 2": logs / np.log(2), "base 10": logs / np.log(10), "probabilities": np.exp(logs)}
    told["scores"] = logits + 1
    for name, vector in told.items():
        form = form_of(vector)
        assert form.name == name and np.allclose(form.logs, logs)
    assert form_of(np.full(27, np.nan)).name == "scores"


# ---- lessons and contexts --------------------------------------------------------------------------------------------
def test_dev_lists_know_no_letter_that_is_asked_for() -> None:
    lesson = ClassifierLesson.draw(np.random.default_rng(1))
    dev, test, train = lesson.dev(RNG), lesson.test(RNG), lesson.train(40, RNG)
    assert not set("".join(dev.vowel + dev.consonant)) & set("".join(test.vowel + test.consonant))
    assert set("".join(test.vowel)) <= set("".join(train.vowel)) and len(train.vowel) != len(train.consonant)
    assert train.turned().vowel == train.consonant


def test_another_index_exchanges_the_classes() -> None:
    lesson = ClassifierLesson.draw(np.random.default_rng(1))
    index = lesson.index()
    assert sorted(index) == sorted(ALPHABET) and all(one != other for one, other in zip(index, ALPHABET, strict=True))
    assert {ALPHABET[index.index(letter)] for letter in lesson.consonant} == set(lesson.vowel)


def test_more_is_given_until_it_is_learned() -> None:
    seen: list[int] = []

    def learn(many: int) -> tuple[int, bool, float]:
        seen.append(many)
        return many, many >= 400, 0.001

    assert grown((40, 400, 3000), learn) == 400 and seen == [40, 400]
    assert grown((40, 400), fails_with_few) == 400
    with pytest.raises(StudentException):
        grown((40, 80), fails_with_few)
    assert grown((40, 400), lambda many: (many, False, 100.0)) == 40  # what promises to take too long is not tried


def fails_with_few(many: int) -> tuple[int, bool, float]:
    """As a training whose batches are larger."""
    if many < 100:
        raise StudentException("ZeroDivisionError", "division by zero")
    return many, True, 0.1


def test_groups_end_alike() -> None:
    assert all(len({context[-1] for context in group}) == 1 for group in same_end(5, 4, RNG))
    for group in same_letters(5, RNG):
        assert len({"".join(sorted(context)) for context in group}) == 1 and len({c[-1] for c in group}) == 1


def test_careless_memories_are_confused() -> None:
    contexts = alike(RNG)
    assert len(set(contexts)) == len(contexts) and min(map(len, contexts)) >= 5
    for size in range(1, 9):
        ends, starts = (Counter(key(context, size) for context in contexts) for key in (end_of, start_of))
        assert max(ends.values()) >= 4 and max(starts.values()) >= 3
    assert shown_by(contexts, contexts) == set(MEMORIES) and not shown_by(contexts, [1] * len(contexts))
    left = telling(contexts, set(MEMORIES) - {"end"})
    assert shown_by(left, left) >= {"end"} and len(left) < len(contexts) and telling(contexts, set(MEMORIES)) == []
    assert "end" not in shown_by(contexts, [end_of(context, 8) for context in contexts])
    steps = [later for earlier, later in pairwise(contexts) if len(later) == len(earlier) + 1]
    assert len(steps) >= 10  # taken for the same context and one character more


def end_of(context: str, size: int) -> str:
    return context[-size:]


def start_of(context: str, size: int) -> str:
    return context[:size]


# ---- the made-up language --------------------------------------------------------------------------------------------
def test_its_letters_and_its_floor() -> None:
    assert set(TEXT) <= set(ALPHABET) and len(set(TEXT)) >= 24
    assert 3.0 < language.FLOOR < 3.5


def test_a_bar_tells_it_from_what_knows_too_little() -> None:
    windows = in_order(TEXT, 3000, RNG)
    assert language.last_letter_accuracy(windows, windows) < 0.70  # on what it was counted on
    assert order_n_perplexity(TEXT, 0) > 15 and order_n_perplexity(TEXT, 1) > 9
    assert order_n_perplexity(TEXT, 3) < 4


def order_n_perplexity(text: str, order: int) -> float:
    """Of a table that was counted on the same text."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for place in range(order, len(text)):
        counts[text[place - order : place]][text[place]] += 1
    loss = -sum(n * math.log(n / found.total()) for found in counts.values() for n in found.values())
    return math.exp(loss / (len(text) - order))


def test_every_run_has_letters_of_its_own() -> None:
    one, other = (language.syllables(np.random.default_rng(seed)) for seed in (1, 2))
    assert one != other and language.syllables(np.random.default_rng(1)) == one
    shapes = [["".join("v" if c in VOWELS else "c" for c in word) for word in words] for words in (one, other)]
    assert shapes[0] == shapes[1]


# ---- windows ---------------------------------------------------------------------------------------------------------
def test_windows_are_followed_by_what_they_say() -> None:
    text = TEXT[:3000]
    for context, vowel in in_order(text, 100, RNG):
        assert any(
            text[place + 20] in VOWELS if vowel else text[place + 20] not in VOWELS | {" "}
            for place in range(len(text) - 20)
            if text[place : place + 20] == context
        )
    examples = cut(text, 50, RNG)
    assert len(examples.vowel) == len(examples.consonant) == 50


# ---- what is printed, held against the published experiments ---------------------------------------------------------
def test_published_perplexities_are_means_of_exponentials() -> None:
    text = (PUBLISHED / "charlm_lm_epochs.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    for row in rows:
        loss, printed = row["train_loss"], row["printed_perplexity"]
        assert float(printed) > math.exp(float(loss))
        found = other_average(f"epoch 1: loss: {loss}, perplexity: {printed}")
        assert found is not None and loss[:4] in found


@pytest.mark.parametrize(
    "line", ["loss 1.83 perplexity 6.234", "loss 1.8", "perplexity 8.0", "loss: 512.3 perplexity: 6.2", "loss nan", ""]
)  # fmt: skip
def test_honest_lines(line: str) -> None:
    assert other_average(line) is None


def test_published_experiments() -> None:
    text = (PUBLISHED / "charlm_classifier_experiments.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    passed = [row["exp"] for row in rows if int(row["dev_correct"]) >= 750]
    assert all(float(row["dev_accuracy_pct"]) == pytest.approx(int(row["dev_correct"]) / 10) for row in rows)
    assert len(rows) == 12 and passed == ["11", "12"]
