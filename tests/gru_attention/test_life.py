"""Signs of life on the corpus: answers without merit lack too many, right classes with one fault don't."""

from __future__ import annotations

import ast
from types import ModuleType

import numpy as np
import pytest
from hands import loaded, submission

from autograder.assignments.gru_attention.api import Lab
from autograder.assignments.gru_attention.prepare import prepare
from autograder.errors import StudentException
from autograder.kit.recogniser.attention import life as attention_life
from autograder.kit.recogniser.fingerprints import distinct
from autograder.kit.recogniser.language_model import life as gru_life
from autograder.kit.recogniser.signs import weight
from fixtures.gru_attention import build

SOURCES = {source.path.stem: source for kind in ("fault", "degenerate") for source in build.sources(kind)}
BROKEN = {"a_no_head_axis", "a_time_first", "a_units_by_the_batch", "f_expects_batch_first", "f_length_hard_coded"}


def missing(name: str, life: ModuleType) -> int:
    """The weight of the signs that a hand-in of the corpus lacks."""
    text = build.CORPUS.build_one(SOURCES[name])
    ast.parse(text)
    handed_in = submission(text)
    student = loaded(handed_in)
    lab = Lab(student, prepare(student, handed_in).context)
    return weight(life.missing_signs(lab, np.random.default_rng(5)))


@pytest.mark.parametrize("name", [n for n in SOURCES if n.startswith("forward_")])
def test_no_recurrence(name: str) -> None:
    assert missing(name, gru_life) > gru_life.MAX_MISSING


@pytest.mark.parametrize("name", [n for n in SOURCES if n.startswith("attention_")])
def test_no_attention(name: str) -> None:
    assert missing(name, attention_life) > attention_life.MAX_MISSING


@pytest.mark.parametrize("name", [n for n in SOURCES if n.startswith(("f_", "a_"))])
def test_one_fault_does_not_kill(name: str) -> None:
    life = gru_life if name.startswith("f_") else attention_life
    if name in BROKEN:
        with pytest.raises(StudentException):
            missing(name, life)
    else:
        assert missing(name, life) <= life.MAX_MISSING


def test_influences_are_counted_by_kind() -> None:
    columns = np.array([[1.0, 2.0], [2.0, 4.0], [-1.0, -2.0], [0.0, 0.0], [1.0, -2.0], [1e-9, 0.0]])
    assert distinct(columns) == 2
    assert distinct(np.zeros((3, 2))) == 0
