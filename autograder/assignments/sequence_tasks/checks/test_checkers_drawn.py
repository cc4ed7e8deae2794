"""s8: the checkers against the judge's own, on all short strings and on long ones that are drawn."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from autograder.assignments.sequence_tasks.checks.checking import marked
from autograder.assignments.sequence_tasks.grammars import (
    BRACKETS,
    LETTERS,
    Valid,
    almost,
    brackets,
    mixed,
    ndfa,
    short_brackets,
    short_ndfa,
    valid_brackets,
    valid_ndfa,
)
from autograder.assignments.sequence_tasks.toys import IS_BRACKETS, IS_NDFA
from autograder.judge.expect import expect
from autograder.judge.marks import item
from autograder.kit.known_law import each
from autograder.kit.lab import Lab

ITEM = "s8"
MANY = 40


@item(ITEM, visibility="hidden")
def test_ndfa_short(lab: Lab) -> None:
    """is_ndfa is right about every short string, and about all orders of a few words and pieces of words."""
    expect_right(lab, IS_NDFA.name, short_ndfa(), valid_ndfa)


@item(ITEM, visibility="hidden")
def test_ndfa_long(lab: Lab, rng: np.random.Generator) -> None:
    """is_ndfa is right about long strings, valid ones and such with one letter wrong or with words mixed."""
    wrong = [almost(rng, ndfa, valid_ndfa, LETTERS) for _ in range(MANY)] + [mixed(rng) for _ in range(MANY // 2)]
    expect_right(lab, IS_NDFA.name, [*(ndfa(rng) for _ in range(MANY)), *wrong], valid_ndfa)


@item(ITEM, visibility="hidden")
def test_brackets_short(lab: Lab) -> None:
    """is_brackets is right about every string of up to seven brackets."""
    expect_right(lab, IS_BRACKETS.name, short_brackets(), valid_brackets)


@item(ITEM, visibility="hidden")
def test_brackets_long(lab: Lab, rng: np.random.Generator) -> None:
    """is_brackets is right about long strings, valid ones and such with one bracket wrong."""
    wrong = [almost(rng, brackets, valid_brackets, BRACKETS) for _ in range(MANY)]
    expect_right(lab, IS_BRACKETS.name, [*(brackets(rng) for _ in range(MANY)), *wrong], valid_brackets)


def expect_right(lab: Lab, name: str, texts: Iterable[str], valid: Valid) -> None:
    """Fail where a checker and the judge's own disagree; of no brackets at all either may be said."""
    chosen = [text for text in dict.fromkeys(texts) if text or name != IS_BRACKETS.name]
    for text, answer in zip(chosen, each(lab, name, [marked(text) for text in chosen]), strict=True):
        wanted = valid(text)
        message = "a valid string is not accepted" if wanted else "an invalid string is accepted"
        expect(answer is wanted, message, got=answer, expected=wanted)
