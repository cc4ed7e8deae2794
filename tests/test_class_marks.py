"""Marks find their hand-in by any name of its owners, and say one thing about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.class_marks import addressed, names_in, one_word_each
from autograder.errors import ConfigError
from autograder.grades import HandIn, Person
from autograder.marks import Mark, Marks

JANE = Person("8341", "Jane Doe", "jane@x.edu", login="jdoe")
NAMES = names_in([HandIn(Path("doejane.ipynb"), "doejane", (JANE,)), HandIn(Path("8341.ipynb"), "8341")])


def marks(**own: dict[str, Mark]) -> Marks:
    return Marks({}, own, {}, "marks.toml")


@pytest.mark.parametrize("name", ["doejane", "jdoe", "jane@x.edu"])
def test_any_name_of_an_owner(name: str) -> None:
    assert addressed(marks(**{name: {"tf.1": Mark(3, "", "ta")}}), NAMES).own == {
        "doejane": {"tf.1": Mark(3, "", "ta")}
    }


def test_a_name_of_a_hand_in_is_that_hand_in() -> None:
    assert NAMES["8341"] == "8341"


def test_two_words_on_one_item() -> None:
    given = marks(jdoe={"tf.1": Mark(3, "", "ta")}, **{"jane@x.edu": {"tf.1": Mark(2, "", "ta")}})
    with pytest.raises(ConfigError, match=r"marks.toml: 'jdoe' and 'jane@x.edu' .* 3 and 2 points for tf.1"):
        one_word_each(given, NAMES)


def test_the_same_word_twice_and_other_items() -> None:
    same = {"tf.1": Mark(3, "", "ta")}
    one_word_each(marks(jdoe=same, doejane=same, **{"jane@x.edu": {"tf.2": Mark(2, "", "ta")}}), NAMES)
    one_word_each(marks(jdoe=same, somebody={"tf.1": Mark(2, "", "ta")}), NAMES)
