"""lm.sequence: the score of a row of characters is the sum of the scores of its characters.

It is held against the model's own answers for single characters. Where those are broken (lm.next), also against what
they were meant to be, against the scores of rows of one, and against a law of the judge's that stands in for them:
whatever is wrong there is charged there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext

import numpy as np
import pytest

from autograder.assignments.charlm.api import Lab
from autograder.assignments.charlm.checks.versions import versions
from autograder.errors import StudentError
from autograder.judge.expect import Mismatch, expect
from autograder.judge.marks import item
from autograder.kit.characters.answers import HARD, form_of
from autograder.kit.characters.contexts import MEMORIES, alike, drawn, shown_by
from autograder.kit.characters.editions import apart, log_probs, own_log_probs, some_log_probs
from autograder.kit.comparing import NDArray
from autograder.kit.training.own import Trained, asked, law

SEQUENCE = "lm.sequence"
METHODS = ("get_next_char_log_probs", "get_log_prob_single", "get_log_prob_sequence")
TOLERANCE = 1e-3  # for each character
REAL = 1e-3  # between two scores that are not the same
SCALES = (2.0,)  # of random parameters
FEWER, FEWEST = (8, 6, 4, 3, 2, 1), (3, 2, 1)  # characters that contexts, and rows, have in common
ACROSS = [(25, 2), (24, 26), (3, 49), (3, 63), (3, 99)]  # over the ends of chunks of 2 to 50, of 64 and of 100
Row = tuple[str, str]  # next_chars, context
Sums = Callable[[Sequence[Row]], NDArray]


@pytest.fixture
def model(lab: Lab) -> Trained:
    """The language model after a short training."""
    return lab.language_model().trained


def alphabet_of(lab: Lab) -> str:
    """The characters in the order of the model's index."""
    return str(lab.language_model().given[0])


def scores(model: Trained, rows: Sequence[Row]) -> NDArray:
    """What get_log_prob_sequence gives for these rows, float64 [n].

    Raises:
        StudentError: a call fails.
        Mismatch: an answer is no finite number.
    """
    answers = asked(model, "get_log_prob_sequence", list(rows))
    return np.array([HARD.read(answer, {}, "the score of a sequence") for answer in answers])


def steps(rows: Sequence[Row]) -> list[Row]:
    """Each character of each row with its own context."""
    return [(character, context + chars[:n]) for chars, context in rows for n, character in enumerate(chars)]


def added(rows: Sequence[Row], singles: Sequence[float]) -> NDArray:
    """The singles of `steps` added up row by row."""
    ends = np.cumsum([len(chars) for chars, _ in rows])
    return np.array([part.sum() for part in np.split(np.array(singles, float), ends[:-1])])


def own_sums(model: Trained, alphabet: str, meant: bool) -> Sums:
    """Sums of the model's own single scores; `meant`: of the logarithms that they were meant to be."""

    def sums(rows: Sequence[Row]) -> NDArray:
        parts = steps(rows)
        if not meant:
            return added(rows, own_log_probs(model, parts, alphabet))
        vectors = log_probs(model, [context for _, context in parts], alphabet)
        logs = [form_of(vector).logs for vector in vectors]
        return added(rows, [float(v[alphabet.index(c)]) for v, (c, _) in zip(logs, parts, strict=True)])

    return sums


def references(lab: Lab, model: Trained) -> Iterator[Sums]:
    """What a right score may be held against, one after the other."""
    alphabet = alphabet_of(lab)
    yield own_sums(model, alphabet, False)
    if "lm.next" not in lab.context.broken:
        return
    yield own_sums(model, alphabet, True)
    with model.isolated(*METHODS) if carries(lab, model) else nullcontext():
        yield own_sums(model, alphabet, False)
        yield own_sums(model, alphabet, True)
        yield lambda rows: added(rows, list(scores(model, steps(rows))))
    with model.lent(alphabet):
        yield lambda rows: added(rows, [float(law(x, len(alphabet))[alphabet.index(c)]) for c, x in steps(rows)])


def expect_sums(lab: Lab, model: Trained, rows: Sequence[Row]) -> None:
    """Fail where the score of a row is not the sum over its characters, by any of the references."""
    first: Exception | None = None
    for sums in references(lab, model):
        try:
            for (chars, context), got, wanted in zip(rows, scores(model, rows), sums(rows), strict=True):
                expect(
                    abs(got - wanted) <= TOLERANCE * max(len(chars), 1),
                    f"get_log_prob_sequence({chars!r}, {context!r}) is not the sum of the scores of its characters",
                    got=f"{got:.5g}",
                    expected=f"{wanted:.5g}",
                )
        except (StudentError, Mismatch) as error:
            if lab.student.fatal is not None:
                raise
            first = first or error
        else:
            return
    if first is not None:
        raise first


def rows_of(lengths: Sequence[tuple[int, int]], rng: np.random.Generator) -> list[Row]:
    """A row for each pair: how many characters, after how many."""
    return [(drawn(chars, rng), drawn(context, rng)) for chars, context in lengths]


@item(SEQUENCE, required=True)
def test_alive(lab: Lab, model: Trained, rng: np.random.Generator) -> None:
    """The score depends on the characters that are scored and on the context that they follow."""
    base = drawn(6, rng)
    rows = [(letter + "e", base) for letter in "abgt "] + [("th", drawn(5, rng) + letter) for letter in "abgt "]

    def holds() -> bool:
        found = scores(model, rows)
        return bool(min(np.ptp(found[:5]), np.ptp(found[5:])) > REAL)

    alive = holds()
    if not alive and "lm.next" in lab.context.broken:
        with model.lent(alphabet_of(lab)):  # what is wrong with single scores is charged there
            alive = holds()
    expect(alive, "other characters, or another context, get the same score", expected="another score")


@item(SEQUENCE, weight=3)
def test_sum(lab: Lab, model: Trained, rng: np.random.Generator) -> None:
    """The score is the sum of the natural-log probabilities of the characters, each after the context and the characters before it; the context itself is not scored."""
    expect_sums(lab, model, rows_of([(1, 1), (1, 6), (2, 4), (3, 1), (5, 9)], rng))


@item(SEQUENCE)
def test_any_lengths(lab: Lab, model: Trained, rng: np.random.Generator) -> None:
    """Rows and contexts may have any lengths, longer ones than the chunks of the training included."""
    expect_sums(lab, model, rows_of(ACROSS, rng))


@item(SEQUENCE)
def test_nothing_to_score(model: Trained, rng: np.random.Generator) -> None:
    """No characters at all score 0."""
    for got in scores(model, [("", drawn(length, rng)) for length in (1, 5, 20)]):
        expect(abs(got) <= TOLERANCE, "an empty row does not score 0", got=f"{got:.5g}", expected="0")


@item(SEQUENCE)
def test_not_above_zero(lab: Lab, model: Trained, rng: np.random.Generator) -> None:
    """A score is one finite number, at most 0: the logarithm of a probability."""
    rows = rows_of([(1, 3), (4, 4), (9, 2)], rng)
    found = scores(model, rows)
    if "lm.next" in lab.context.broken and not (found <= 0).all():
        with model.lent(alphabet_of(lab)):
            found = scores(model, rows)
    for got in found:
        expect(got <= 1e-6, "a score is above 0", got=f"{got:.5g}", expected="at most 0")


@item(SEQUENCE)
def test_same_again(lab: Lab, model: Trained, rng: np.random.Generator) -> None:
    """A row gets the same score again, whatever was asked before."""
    rows = rows_of([(3, 2), (1, 9), (6, 6)], rng)

    def same() -> bool:
        first, later = scores(model, rows), scores(model, [("ab", "c"), *rows[::-1]])[1:][::-1]
        return bool(np.abs(first - later).max() <= TOLERANCE)

    holds = same() and alone(model, rng)
    if not holds and "lm.next" in lab.context.broken:
        if carries(lab, model):
            with model.isolated(*METHODS):
                holds = same()
        if not holds:
            with model.lent(alphabet_of(lab)):
                holds = same() and alone(model, rng)
    expect(holds, "the score of a row changes", expected="the same score")


def carries(lab: Lab, model: Trained) -> bool:
    """Whether single scores hang on what was asked before: then rows may, and lm.next pays for it."""
    contexts = alike(np.random.default_rng(lab.seed), shared=FEWEST)
    with model.isolated(*METHODS):
        alone = some_log_probs(model, contexts, "e")
    return apart(some_log_probs(model, contexts, "e"), alone) > REAL


def alone(model: Trained, rng: np.random.Generator) -> bool:
    """Whether each row gets the score that it gets from a model that was asked nothing before."""
    contexts = alike(rng, shared=FEWER)
    rows = [("th", context) for context in contexts] + [(chars, "e") for chars in alike(rng, shared=FEWEST)]
    bound = TOLERANCE * np.array([len(chars) for chars, _ in rows])
    for version in versions(model, rng, SCALES, lambda asked, several: scores(asked, [("e", c) for c in several])):
        with version.isolated("get_log_prob_sequence"):
            first = scores(version, rows)
        later = scores(version, rows)
        if (np.abs(first - later) > bound).any() and (np.abs(later - scores(version, rows)) <= bound).all():
            return False  # else it is random, which is told by the others
        if len(shown_by(contexts, np.round(first[: len(contexts)] / (4 * TOLERANCE)).tolist())) == len(MEMORIES):
            break
    return True
