"""Hand-ins that are the work for another assignment."""

from __future__ import annotations

import pytest

from autograder.records import Cell
from autograder.rubric import FOLDER, load_rubric
from autograder.submission.mixup import another_assignment

LABRNN = "def load_imdb(): ...\ndef build_vocab(): ...\ndef tokenize(): ...\ndef collate(): ...\nclass GRU: ...\n"
ATTENTION = "class GRU(nn.Module): ...\nclass MultiHeadedAttention(nn.Module): ...\n"


def said(code: str, assignment: str) -> tuple[str, ...]:
    asked = load_rubric(FOLDER / assignment / "rubric.toml").assignment
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
