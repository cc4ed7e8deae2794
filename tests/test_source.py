"""Syntax trees of what students wrote."""

from __future__ import annotations

import ast

import pytest

from autograder.source import syntax_tree

HARD = [
    "def f(:",
    "(" * 300,
    "x = '\0'",
    "-" * 100_000 + "1",
    "a" + "\u0316\u0300" * 500_000,
    "x\n" * 600_000,
    "import a" + ".a" * 400_000,
]


@pytest.mark.parametrize(
    "source", ["x = 'é\u0301'", "import os.path as p", "a.b.c.d()", "# 汉字\nx = '\\d'", "def f(): pass"]
)
def test_what_people_write(source: str) -> None:
    assert isinstance(syntax_tree(source), ast.Module)


@pytest.mark.parametrize("source", HARD, ids=range(len(HARD)))
def test_what_is_no_program_or_takes_squared_time(source: str) -> None:
    assert syntax_tree(source) is None
