"""Where a graded name stands that failed to load: the error, the lines around it, a caret."""

from __future__ import annotations

import pytest

from autograder.judge.lost import lost_names
from autograder.records import Cell
from autograder.sandbox.inprocess import InProcess
from autograder.student.proxy import Student
from autograder.wire.limits import Limits

BROKEN = """
def helper(x):
    return x

def tokenize(vocab, review):
    return [vocab.get(w, 1) for w in review.split(]
"""


def lost(source: str, *names: str) -> dict[str, str]:
    student = Student(InProcess(), [Cell(4, source)], Limits())
    student.load()
    try:
        return lost_names(student.inventory(), names or ("tokenize",), student)
    finally:
        student.close()


def test_a_syntax_error_is_shown_with_its_line_and_a_caret() -> None:
    lines = lost(BROKEN)["tokenize"].splitlines()
    assert lines[0].startswith("`tokenize` stands in cell 4, line 5, which failed to load: SyntaxError: ")
    assert lines[1] == "     5 | def tokenize(vocab, review):"
    assert lines[2] == ">    6 |     return [vocab.get(w, 1) for w in review.split(]"
    assert lines[3].rstrip("^") == " " * lines[2].index("]") and lines[3].endswith("^")


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("def tokenize(a, b):\nreturn 1", "IndentationError"),
        ("def tokenize(a, b):\n    x = = 1", "> "),
        ("def tokenize(a, b)\n    return 1", "def tokenize(a, b)"),
        ("def tokenize(a, b):\n    return '''\n", ">    2 |     return '''"),
        ("\tdef x(): pass\ndef tokenize(a, b):\n    return (", "unexpected indent"),
        ("def tokenize(a, b=nowhere.x): return 1\nclass tokenize2(nowhere): pass", "NameError"),
    ],
)
def test_every_kind_of_failure_says_what_and_where(source: str, shown: str) -> None:
    found = lost(source, "tokenize", "tokenize2")
    assert found and all("stands in cell 4, line " in text for text in found.values())
    assert any(shown in text for text in found.values()), found


def test_long_lines_are_cut() -> None:
    source = "def tokenize(a, b):\n    x = (" + "1 + " * 5000 + "\n"
    assert max(map(len, lost(source)["tokenize"].splitlines()[1:])) < 140


def test_only_what_is_asked_for_and_lost() -> None:
    assert lost("def tokenize(a, b): return 1\ndef other(:\n    pass\n") == {}
