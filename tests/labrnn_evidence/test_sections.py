"""Parts of the assignment by headings, by what was run, and in which order the two count."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autograder.assignments.labrnn.evidence.sections import read_marks
from autograder.records import Cell, Submission
from fixtures.labrnn.reading import read_submission
from reference.labrnn import NOTEBOOK

LSTM_SGD = {"N_LAYERS": 1, "HIDDEN_DIM": 100, "EMBEDDING_DIM": 1, "OPTIM": "sgd", "BIDIRECTIONAL": False}


def notebook(*parts: str) -> Submission:
    """Headings as they are, code with > in front."""
    cells = [Cell(n, part[1:]) for n, part in enumerate(parts, 1) if part.startswith(">")]
    titles = tuple((n, part) for n, part in enumerate(parts, 1) if not part.startswith(">"))
    return Submission("x", Path("x"), "x", tuple(cells), headings=titles)


def parts(*cells: str) -> list[str]:
    return list(read_marks(notebook(*cells)).parts.values())


def test_the_reference() -> None:
    found = dict.fromkeys(read_marks(read_submission(NOTEBOOK)).parts.values())
    assert {"lab1.f", "lab1.h", *(f"lab2.{letter}" for letter in "abcdefg")} <= set(found)


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("Lab 2 (c)", "lab2.c"), ("Question 2c", "lab2.c"), ("Lab 2 - f", "lab2.f"), ("2 (d) wider", "lab2.d"),
        ("Problem 2(e): embeddings", "lab2.e"), ("Lab II (b)", "lab2.b"), ("Lab 1, part f", "lab1.f"),
        ("f) Train", "lab1.f"),
        ("Part F", "lab1.f"), ("(f) Train", "lab1.f"), ("2g. Bidirectional", "lab2.g"), ("Deep (lab 2, (c))", "lab2.c"),
        ("Lab 2: a comparison", ""), ("A bidirectional model", ""), ("Compare (c), (d)", ""),
        ("Labels (50 points)", ""),    ],
)  # fmt: skip
def test_marks(heading: str, expected: str) -> None:
    assert parts(heading, ">x") == [expected]


def test_lab_and_letter_carry_on() -> None:
    assert parts("Lab 1", "(f) Train", ">x", "Training", ">y", "Lab 2", ">z", "(a) Optimizers", ">x", "(c)", ">x") == [
        "lab1.f", "lab1.f", "", "lab2.a", "lab2.c",
    ]  # fmt: skip


def test_letters_that_start_again_begin_lab_2() -> None:
    assert parts("(e)", ">x", "(f)", ">x", "(a)", ">x", "(f)", ">x") == ["lab1.e", "lab1.f", "lab2.a", "lab2.f"]


def test_comments_that_open_a_cell() -> None:
    assert parts(">import torch", "># Lab 2 (d): wider\nx", ">y = 1\n# Lab 2 (e)", "># c: a list\nz") == [
        "", "lab2.d", "lab2.d", "lab2.d",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "kind", "changes", "expected"),
    [
        (["Lab 2 (d)", ">x"], "LSTM", {"N_LAYERS": 3}, "lab2.d"),  # the heading counts
        (["Lab 2 (a)", ">x"], "GRU", {"OPTIM": "adam"}, "lab2.b"),  # but the class parts a from b
        (["Lab 1 (f)", "Lab 2 (a)", ">x"], "LSTM", {"N_LAYERS": 3}, "lab2.a"),
        (["Lab 1 (f)", ">x"], "LSTM", {"OPTIM": "adam"}, "lab2.a"),  # nothing marks Lab 2: what was run
        (["Lab 2", ">x"], "LSTM", {"OPTIM": "adam", "N_LAYERS": 2, "HIDDEN_DIM": 9}, "lab2.f"),
        (["Lab 1 (e)", "Lab 2", ">x"], "GRU", {}, "lab1.h"),
        ([">x"], "LSTM", {"BIDIRECTIONAL": True}, "lab2.g"),
        ([">x"], "", {}, ""),
    ],
)
def test_headings_and_what_was_run(cells: list[str], kind: str, changes: dict[str, Any], expected: str) -> None:
    assert read_marks(notebook(*cells)).section(len(cells), kind, {**LSTM_SGD, **changes}) == expected
