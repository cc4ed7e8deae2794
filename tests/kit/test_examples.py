"""Functions that tell valid examples from invalid ones, and functions that make them."""

from __future__ import annotations

import re

import numpy as np
import pytest

from autograder.judge.expect import Mismatch
from autograder.kit.declare import Function
from autograder.kit.roles import Role, generator, recogniser
from autograder.kit.types import Integer, ListOf, Text, Truth
from tests.kit import modules as m

WORDS = ("abc!", "klm!", "uvw!")
IS_VALID = Function("is_valid", ("text",), Truth())
GENERATE = Function("generate", ("n", "seed"), ListOf(Text()))
PATTERN = re.compile(r"s((abc!)*|(klm!)*|(uvw!)*)s")


def valid(rng: np.random.Generator) -> str:
    return f"s{WORDS[rng.integers(3)] * rng.integers(4)}s"


def invalid(rng: np.random.Generator) -> str:
    return f"s{''.join(rng.permutation(WORDS)[:2])}s"


RECOGNISER: Role = recogniser(valid, invalid)
GENERATOR: Role = generator(lambda text: PATTERN.fullmatch(text) is not None)
RIGHT = "import re\nis_valid = lambda text: re.fullmatch('s((abc!)*|(klm!)*|(uvw!)*)s', text)"
MAKES = """
import random
def generate(n, seed):
    rng = random.Random(seed)
    return ['s' + rng.choice(['abc!', 'klm!', 'uvw!']) * rng.randrange(4) + 's' for _ in range(n)]
"""


def failed(asked: Function, role: Role, source: str) -> set[str]:
    """The properties that a function lacks."""
    found = set()
    for one in role:
        try:
            one.judge(m.lab_of(asked, source), asked.name, np.random.default_rng(8))
        except Mismatch:
            found.add(one.name)
    return found


@pytest.mark.parametrize(
    ("source", "lacks"),
    [
        (RIGHT, set()),
        (RIGHT + "\ntell = is_valid\ndef is_valid(text): return bool(tell(text))", set()),
        ("is_valid = lambda text: True", {"tells_apart", "rejects"}),
        ("is_valid = lambda text: None", {"tells_apart", "accepts"}),
        (
            "import re\nis_valid = lambda text: re.fullmatch('s((abc!)|(klm!)|(uvw!))*s', text)",
            {"tells_apart", "rejects"},
        ),
        ("import re\nis_valid = lambda text: re.fullmatch('s((abc!)+|(klm!)+|(uvw!)+)s', text)", {"accepts"}),
    ],
)
def test_recognisers(source: str, lacks: set[str]) -> None:
    assert failed(IS_VALID, RECOGNISER, source) == lacks


@pytest.mark.parametrize(
    ("source", "lacks"),
    [
        (MAKES, set()),
        (MAKES.replace("Random(seed)", "Random(0)"), {"follows_seed"}),
        (MAKES.replace("Random(seed)", "SystemRandom()"), {"follows_seed"}),
        (MAKES.replace("range(n)", "range(n + 1)"), {"varied"}),
        (MAKES.replace("'klm!'", "'klm'"), {"makes_valid"}),
        ("def generate(n, seed): return ['ss'] * n", {"varied", "follows_seed"}),
    ],
)
def test_generators(source: str, lacks: set[str]) -> None:
    assert failed(GENERATE, GENERATOR, source) == lacks


def test_counts_are_integers() -> None:
    lab = m.lab_of(Function("count", ("text",), Integer()), "count = len")
    assert lab.call("count", "abc") == 3
