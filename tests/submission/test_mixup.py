"""Hand-ins that are the work for another assignment."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.errors import SubmissionError
from autograder.folder import BUILT_IN
from autograder.records import Cell, Submission
from autograder.rubric import load_rubric
from autograder.submission.mixup import another_assignment, later_lab, refuse_other

LABRNN = "def load_imdb(): ...\ndef build_vocab(): ...\ndef tokenize(): ...\ndef collate(): ...\nclass GRU: ...\n"
ATTENTION = "class GRU(nn.Module): ...\nclass MultiHeadedAttention(nn.Module): ...\n"


def said(code: str, assignment: str) -> tuple[str, ...]:
    asked = load_rubric(BUILT_IN / assignment / "rubric.toml").assignment
    return another_assignment([Cell(n, line) for n, line in enumerate(code.splitlines())], asked)


def test_it_is_said_in_both_directions() -> None:
    assert said(ATTENTION, "labrnn") == (
        "None of load_imdb, build_vocab, tokenize, collate is defined; this looks like gru_attention "
        "(ASSIGNMENT=gru_attention).",
    )
    assert said(LABRNN, "gru_attention") == (
        "Of GRU, MultiHeadedAttention, only GRU is defined; this looks like labrnn (ASSIGNMENT=labrnn).",
    )


@pytest.mark.parametrize(
    ("code", "assignment"),
    [
        (LABRNN, "labrnn"),
        (ATTENTION, "gru_attention"),
        (LABRNN + ATTENTION, "labrnn"),
        (LABRNN + ATTENTION, "gru_attention"),
        ("class GRU: ...", "labrnn"),
        ("class GRU: ...", "gru_attention"),
        ("x = 'MultiHeadedAttention'\n# class GRU", "labrnn"),
        ("", "labrnn"),
    ],
)
def test_nothing_is_said_of_the_right_one_or_of_neither(code: str, assignment: str) -> None:
    assert said(code, assignment) == ()


# ---- refused ---------------------------------------------------------------------------------------------------------
NAMES = ("load_imdb", "build_vocab", "tokenize", "IMDB", "LSTM", "GRU")
KERAS = """
from keras.datasets import imdb
from keras.layers import LSTM, GRU
(x_train, y_train), _ = imdb.load_data(num_words=10000)
class Trainer:
    def tokenize(self, text):
        return text.split()
model = Sequential([LSTM(32)])
"""


def submission_of(code: str, **more: object) -> Submission:
    cells = tuple(Cell(n, text) for n, text in enumerate(code.split("\n# %%\n"), 1))
    return Submission("s", Path("s.ipynb"), "s.ipynb", cells, **more)  # type: ignore[arg-type]


def refused(code: str, assignment: str = "labrnn", **more: object) -> str:
    rubric = load_rubric(BUILT_IN / assignment / "rubric.toml")
    names = NAMES if assignment == "labrnn" else ("GRU", "MultiHeadedAttention")
    try:
        refuse_other(submission_of(code, **more), rubric, names)
    except SubmissionError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    "code", [KERAS, "print('hello')", "def minimax(board): ...", "x = tokenize(LSTM)", "# def tokenize"]
)
def test_work_for_something_else_is_refused(code: str) -> None:
    told = refused(code)
    assert told.startswith("s.ipynb defines nothing of what labrnn asks for (GRU, IMDB, LSTM, build_vocab, ")
    assert told.endswith("is it the work for something else? hand in LabRNN.ipynb with your solution.")


def test_the_other_assignment_is_named() -> None:
    told = refused(
        "def load_imdb(): ...\ndef build_vocab(): ...\ndef tokenize(): ...\ndef collate(): ...", "gru_attention"
    )
    assert "looks like the work for labrnn (ASSIGNMENT=labrnn); hand in solution.py with your solution." in told


@pytest.mark.parametrize(
    "code",
    [
        "def tokenize(vocab, example): ...",
        "    def tokenize(vocab, example): ...",  # a cell whose lines are all too far to the right
        "async def tokenize(): ...",
        "class LSTM(nn.Module: this can't be read",
        "tokenize = lambda vocab, example: []",
        "GRU: type = LSTMCell",
        "from my_lab import (\n    build_vocab,\n    tokenize,\n)",
        "from my_lab import *",
        "import os\n# %%\ndef load_imdb():\n    raise NotImplementedError",  # the blank template
    ],
)
def test_any_name_of_the_assignment_s_is_enough(code: str) -> None:
    assert refused(code) == ""


def test_code_that_stands_where_nothing_runs_it_is_the_right_work() -> None:
    assert refused("x = 1", elsewhere={"tokenize": "text cell 7"}) == ""


# ---- later labs ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("titles", "told"),
    [
        (["Lab 4: Transformers"], True),
        (["DL 2024 - Lab 3", "Part (a)"], True),
        (["Homework 5", "Load the data"], True),
        (["Lab 1 (45 points)", "Lab 2", "Lab 3 preview"], False),
        (["LabRNN: sentiment of film reviews"], False),
        (["Exercise 2"], False),
        ([], False),
    ],
)
def test_a_later_lab_is_remarked_on(titles: list[str], told: bool) -> None:
    headings = tuple((n, title) for n, title in enumerate(titles, 1))
    found = later_lab(submission_of(LABRNN, headings=headings), load_rubric(BUILT_IN / "labrnn" / "rubric.toml"))
    assert bool(found) == told
    gru = load_rubric(BUILT_IN / "gru_attention" / "rubric.toml")
    assert later_lab(submission_of(LABRNN, headings=headings), gru) == ()
