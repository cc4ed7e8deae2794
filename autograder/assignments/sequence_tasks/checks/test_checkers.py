"""s8: `is_ndfa`, `is_brackets` and `fraction_valid` on examples that students may see. Answers are judged by their truth."""

from __future__ import annotations

import numpy as np

from autograder.assignments.sequence_tasks.checks.checking import (
    MIXED,
    OTHER_SYMBOLS,
    VALID,
    WRONG,
    badly_marked,
    expect_answers,
    marked,
    share_right,
)
from autograder.assignments.sequence_tasks.toys import FRACTION, IS_BRACKETS, IS_NDFA
from autograder.errors import StudentError
from autograder.judge.expect import Mismatch, expect
from autograder.judge.marks import item
from autograder.kit.batches import mixed
from autograder.kit.known_law import known_checker
from autograder.kit.lab import Lab

ITEM = "s8"
LIVING = 0.7
CLOSE = 1e-6
MARKS = (".unk", ".start", ".pad", ".end")


@item(ITEM, required=True)
def test_tell_apart(lab: Lab, rng: np.random.Generator) -> None:
    """The checkers tell valid strings from invalid ones; where there is none, the fraction depends on the samples."""
    failures: list[StudentError | Mismatch] = []
    for name in (IS_NDFA.name, IS_BRACKETS.name):
        try:
            share = share_right(lab, name)
        except (StudentError, Mismatch) as error:
            failures.append(error)
            continue
        shown = f"{share:.0%} right"
        expect(
            share >= LIVING, f"{name} does not tell valid strings from invalid ones", got=shown, expected="all right"
        )
    if len(failures) < 2:
        return
    try:
        found = {fraction(lab, rng, valid, 10) for valid in (2, 5, 9)}
    except StudentError as error:
        raise failures[0] from error
    expect(len(found) > 1, "the fraction is the same whatever the samples are", got=found)


@item(ITEM, weight=2)
def test_ndfa_accepted(lab: Lab) -> None:
    """is_ndfa accepts one word any number of times between two s, `ss` too."""
    expect_answers(lab, IS_NDFA.name, [marked(text) for text in VALID[IS_NDFA.name]], True)


@item(ITEM, weight=2)
def test_ndfa_rejected(lab: Lab) -> None:
    """is_ndfa rejects a string with a letter or an s too few or too many, or in another order."""
    expect_answers(lab, IS_NDFA.name, [marked(text) for text in WRONG[IS_NDFA.name]], False)


@item(ITEM)
def test_ndfa_one_word(lab: Lab) -> None:
    """is_ndfa rejects different words in one string."""
    expect_answers(lab, IS_NDFA.name, [marked(text) for text in MIXED], False)


@item(ITEM)
def test_ndfa_other_symbols(lab: Lab) -> None:
    """is_ndfa rejects words that are none of the three."""
    expect_answers(lab, IS_NDFA.name, [marked(text) for text in OTHER_SYMBOLS[IS_NDFA.name]], False)


@item(ITEM, weight=2)
def test_ndfa_markers(lab: Lab) -> None:
    """is_ndfa accepts only what begins with one `.start` and ends in one `.end`, with no special token between them."""
    cases = [*badly_marked("sabc!abc!s"), *badly_marked("ss")]
    expect_answers(lab, IS_NDFA.name, cases, False)


@item(ITEM)
def test_nothing_between_markers(lab: Lab) -> None:
    """`.start` and `.end` alone are no string of the first language, and no error either."""
    expect_answers(lab, IS_NDFA.name, [[".start", ".end"], [".start"], [".end"]], False)
    expect_answers(lab, IS_BRACKETS.name, [[".start"], [".end"]], False)


@item(ITEM, weight=2)
def test_brackets_accepted(lab: Lab) -> None:
    """is_brackets accepts balanced brackets, several pairs side by side too."""
    expect_answers(lab, IS_BRACKETS.name, [marked(text) for text in VALID[IS_BRACKETS.name]], True)


@item(ITEM, weight=2)
def test_brackets_rejected(lab: Lab) -> None:
    """is_brackets rejects a string in which a bracket stays open, or is closed before it is opened."""
    expect_answers(lab, IS_BRACKETS.name, [marked(text) for text in WRONG[IS_BRACKETS.name]], False)


@item(ITEM)
def test_brackets_other_symbols(lab: Lab) -> None:
    """is_brackets rejects a string with any other symbol."""
    expect_answers(lab, IS_BRACKETS.name, [marked(text) for text in OTHER_SYMBOLS[IS_BRACKETS.name]], False)


@item(ITEM, weight=2)
def test_brackets_markers(lab: Lab) -> None:
    """is_brackets accepts only what begins with one `.start` and ends in one `.end`, with no special token between them."""
    expect_answers(lab, IS_BRACKETS.name, [*badly_marked("(())()"), *badly_marked("()")], False)


@item(ITEM, weight=3)
def test_fraction(lab: Lab, rng: np.random.Generator) -> None:
    """fraction_valid is the number of samples that the checker accepts, divided by the number of samples."""
    for valid, samples in ((3, 10), (1, 1), (7, 7), (0, 4), (2, 3)):
        found = fraction(lab, rng, valid, samples)
        fine = abs(found - valid / samples) < CLOSE
        expect(fine, f"{valid} of {samples} samples are valid", got=found, expected=round(valid / samples, 4))
    found = fraction(lab, rng, 2, 4, twice=4)
    fine = abs(found - 0.75) < CLOSE
    expect(fine, "6 of 8 samples are valid, five of which are the same", got=found, expected=0.75)


def fraction(lab: Lab, rng: np.random.Generator, valid: int, samples: int, twice: int = 0) -> float:
    """What fraction_valid says of so many samples of which so many are valid, by a checker of the judge's that knows
    them as tokens with their markers; the last one, if it is invalid, has no `.end`. The first is there so many times more.

    Raises:
        StudentError, Mismatch: it gives no number.
    """
    w2i = mixed({str(token): number for number, token in enumerate(rng.permutation([*MARKS, *"abcde"]))}, rng)
    texts = [[".start", *rng.choice(list("abcde"), size=3 + n).tolist(), ".end"] for n in range(samples)]
    checker = known_checker(lab.student, texts[:valid])
    tokens = [text if n < samples - 1 or n < valid else text[:-1] for n, text in enumerate(texts)]
    order = rng.permutation([*range(samples), *([0] * twice)])
    found: float = lab.call(FRACTION.name, [[w2i[token] for token in tokens[n]] for n in order], w2i, checker)
    return found
