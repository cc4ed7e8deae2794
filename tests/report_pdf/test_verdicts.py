"""What a passage says of its statement."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.report_pdf.verdicts import find_verdict, without_instructions

TRUE = [
    "True. because x",
    "T – because all",
    "TRUE The three",
    "(True/False) Self attention computes. Answer: True. All",
    "[3pts] (True/False) Is cosine\nsimilarity true?\nTrue: because",
    "True or False: attention is x. True",
    "Yes, it does.",
    "Correct. All three",
    "T. All",
    "T\nAll three",
    "T All three",
    "not false. ok",
    "→ True",
    "All of it. (T) because",
    "The statement is true because x",
    "Self attention computes three True all are linear maps",  # a row of a table
]
FALSE = [
    "False. x",
    "FALSE",
    "F – no",
    "Answer: False. Reason",
    "Ans: F",
    "Answer is False",
    "it is the cosine of key and query [False]",
    "This statement is false.",
    "the claim is not true, since",
    "Not true. The",
    "This is incorrect: x",
    "It grows. False. It is",
    "It grows\nFalse\nbecause",
    "No. The encoder",
    "Correct answer: False",
    "Incorrect, encoder sees",
    "It is a claim. Therefore, false.",
]
NOTHING = [
    "",
    "True/False",
    "True or False?",
    "Circle: True False",
    "☐ True ☒ False",
    "The true distribution is",
    "In a true sense it holds",
    "bidirectional=True is used",
    "there are fewer false positives",
    "No layer norm is needed",
    "It is not true that BERT learns",
    "the answer depends",
    "T he encoder sees",  # a kerned "The"
    "F1 score",
]
COMPETING = [
    "True. But the statement is false.",
    "False, it grows.\nTrue.\nBoth",
    "Partly true. x",
    "Answer: True. Answer: False.",
]


@pytest.mark.parametrize("passage", TRUE)
def test_true(passage: str) -> None:
    assert find_verdict(passage).said == "true"


@pytest.mark.parametrize("passage", FALSE)
def test_false(passage: str) -> None:
    assert find_verdict(passage).said == "false"


@pytest.mark.parametrize("passage", NOTHING)
def test_nothing(passage: str) -> None:
    found = find_verdict(passage)
    assert found.said == "" and not found.competing


@pytest.mark.parametrize("passage", COMPETING)
def test_readings_that_compete_are_none(passage: str) -> None:
    found = find_verdict(passage)
    assert found.said == "" and found.competing


def test_where_it_stands() -> None:
    passage = "(True/False) It grows. False. It shrinks."
    found = find_verdict(passage)
    assert passage[found.start : found.end] == "False" and not found.lead
    assert find_verdict("False. x").lead


@given(st.text(alphabet="TrueFals/ or()[]3pts.\n\f", max_size=60))
def test_instructions_keep_every_letter_in_its_place(text: str) -> None:
    blank = without_instructions(text)
    assert len(blank) == len(text) and all(b in (t, " ") for b, t in zip(blank, text, strict=True))
