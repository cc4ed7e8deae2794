"""clf.predict: what the classifier answers after a short training, or with random numbers in its parameters.

How well it was trained is not asked here. A classifier whose short training left it with one answer for everything is
asked again with other parameters, so that a training that fails is not charged here too.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from autograder.assignments.charlm.api import Lab, predictions
from autograder.assignments.charlm.checks.versions import versions
from autograder.judge.expect import expect
from autograder.judge.marks import item
from autograder.kit.characters import ALPHABET
from autograder.kit.characters.contexts import (
    MEMORIES,
    alike,
    drawn,
    of_lengths,
    same_end,
    same_letters,
    same_start,
    shown_by,
    telling,
)  # fmt: skip
from autograder.kit.characters.lessons import PairLesson
from autograder.kit.training.own import Trained
from autograder.wire.frames import Array, Scalar

PREDICT = "clf.predict"
DISTURBED = (4.0, 2.0)  # how large the random numbers are, one model after the other
MORE = (4.0, 2.0, 4.0, 4.0)  # the same, where the question is put until each kind of memory would be seen
IN_FULL = 2  # models that are asked everything, and not only what no model before has told
LENGTHS = [1, 2, 3, 5, 8, 13, 19, 20, 21, 30, 40]


@pytest.fixture
def model(lab: Lab) -> Trained:
    """The classifier after a short training."""
    return lab.classifier().trained


def varies(model: Trained, groups: list[list[str]], rng: np.random.Generator) -> bool:
    """Whether in some group two contexts get different answers, and get them again."""
    return any(vary(version, group) for version in versions(model, rng, DISTURBED, predictions) for group in groups)


def vary(model: Trained, group: list[str]) -> bool:
    """Whether two of these contexts get different answers, and get them again."""
    found = predictions(model, group)
    return len(set(found)) > 1 and all(predictions(model, group) == found for _ in range(3))


@item(PREDICT, required=True)
def test_more_than_last_character(lab: Lab, model: Trained, rng: np.random.Generator) -> None:
    """The answer depends on more than the last character of the context."""
    lesson = lab.classifier().lesson
    groups = same_end(8, 6, rng, (lesson.consonant, lesson.vowel))
    expect(
        steadily(model, lambda m: varies(m, groups, rng)) or knows_pairs(lab, PairLesson.same_end, rng),
        "contexts that end alike always get the same answer",
        got=f"one answer for each last character, in {len(groups)} groups of {len(groups[0])} contexts",
        expected="an answer that depends on the characters before as well",
    )


@item(PREDICT)
def test_more_than_first_character(lab: Lab, model: Trained, rng: np.random.Generator) -> None:
    """The answer depends on more than the first character of the context."""
    lesson = lab.classifier().lesson
    groups = same_start(8, 6, rng, (lesson.consonant, lesson.vowel))
    expect(
        steadily(model, lambda m: varies(m, groups, rng)) or knows_pairs(lab, PairLesson.same_letters, rng),
        "contexts that begin alike always get the same answer",
        got=f"one answer for each first character, in {len(groups)} groups of {len(groups[0])} contexts",
        expected="an answer that depends on the characters after it as well",
    )


@item(PREDICT, required=True)
def test_order(lab: Lab, model: Trained, rng: np.random.Generator) -> None:
    """The order of the characters counts: the same characters in another order can get another answer."""
    lesson = lab.classifier().lesson
    groups = same_letters(12, rng, (lesson.consonant, lesson.vowel))
    expect(
        steadily(model, lambda m: varies(m, groups, rng)) or knows_pairs(lab, PairLesson.same_letters, rng),
        "contexts of the same characters always get the same answer, whatever their order",
        got=f"one answer in each of {len(groups)} groups",
        expected="an answer that depends on the order",
    )


def steadily(model: Trained, holds: Callable[[Trained], bool]) -> bool:
    """Whether it holds of the model; and where its answers change by themselves, whether it does without that."""
    if holds(model):
        return True
    with model.isolated("predict"):
        return holds(model)


def knows_pairs(
    lab: Lab, groups: Callable[[PairLesson, np.random.Generator], list[list[str]]], rng: np.random.Generator
) -> bool:
    """Whether answers differ within these groups after another lesson: counts know nothing of contexts that were never
    in theirs."""
    taught = lab.pairs()
    return varies(taught.trained, groups(taught.lesson, rng), rng)


@item(PREDICT, weight=2)
def test_any_length(model: Trained, rng: np.random.Generator) -> None:
    """predict takes contexts of any length, from 1 to 40 characters, and returns 1 for a vowel and 0 for a consonant."""
    predictions(model, of_lengths(LENGTHS, rng))


@item(PREDICT, weight=2)
def test_same_again(model: Trained, rng: np.random.Generator) -> None:
    """The same context gets the same answer each time: nothing is random once the model is trained, dropout is off."""
    contexts = [drawn(int(length), rng) for length in rng.integers(1, 13, 15)]
    for version in versions(model, rng, DISTURBED, predictions):
        first = predictions(version, contexts)
        for _ in range(2):
            expect_same(contexts, first, predictions(version, contexts))


@item(PREDICT, weight=2)
def test_no_memory(lab: Lab, model: Trained, rng: np.random.Generator) -> None:
    """A call leaves nothing behind: a context gets the same answer whatever was asked before."""
    lesson = lab.classifier().lesson
    contexts = [drawn(int(length), rng) for length in rng.integers(1, 25, 12)]
    order, shown = rng.permutation(len(contexts)), set[str]()
    for number, version in enumerate(versions(model, rng, MORE, predictions)):
        first = predictions(version, contexts)
        if predictions(version, contexts) != first:
            continue  # random, which another check charges, or a memory, which the next version shows
        moved = dict(zip(order.tolist(), predictions(version, [contexts[n] for n in order]), strict=True))
        expect_same(contexts, first, [moved[n] for n in range(len(contexts))])
        like = alike(rng, (lesson.consonant, lesson.vowel))  # others each time: the former may be remembered
        shown |= expect_alone(version, like if number < IN_FULL else telling(like, shown))
        if len(shown) == len(MEMORIES):
            break


def expect_alone(model: Trained, contexts: list[str]) -> set[str]:
    """Fail where an answer is another one than that of a model that was asked nothing before. Gives the memories that
    would have been seen."""
    with model.isolated("predict"):
        first = predictions(model, contexts)
    later = predictions(model, contexts)
    if later != first:
        if predictions(model, contexts) != later:
            return set()  # random, which another check charges
        expect_same(contexts, first, later)
    return shown_by(contexts, first)


def expect_same(contexts: list[str], first: list[int], later: list[int]) -> None:
    """Fail where a later answer is another one."""
    for context, one, two in zip(contexts, first, later, strict=True):
        expect(one == two, f"predict({context!r}) changes its answer", got=two, expected=one)


@item(PREDICT)
def test_every_character(model: Trained, rng: np.random.Generator) -> None:
    """Every character of the vocabulary is accepted, a to z and space, at any place."""
    predictions(model, [*ALPHABET, *(drawn(5, rng) + character + "a" for character in ALPHABET)])


@item(PREDICT, weight=0)
def test_plain_number(model: Trained) -> None:
    """predict returns a Python int; a bool, a numpy number or a tensor of one element is accepted."""
    answer = model.object.call("predict", "the quick brown fox ", grad=False)
    what = (
        answer.kind if isinstance(answer, Array) else answer.type_name if isinstance(answer, Scalar) else type(answer)
    )
    expect(type(answer) is int, "it returns another kind of number", got=str(what), expected="an int")


@item(PREDICT, weight=0)
def test_type(model: Trained) -> None:
    """train_rnn_classifier returns an RNNClassifier."""
    expect(model.kind == "RNNClassifier", "it returns another class", got=model.kind, expected="RNNClassifier")
