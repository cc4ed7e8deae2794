"""Numbers told apart by their fingerprints, and written back into their places."""

from __future__ import annotations

import numpy as np

from autograder.kit.recogniser.fingerprints import NOTHING, UNEXPLAINED, distinct, match, write

DICTIONARY = np.array([[1.0, 2.0], [2.0, 4.0], [-1.0, 0.5]])


def test_each_fingerprint_finds_its_entry() -> None:
    prints = np.array([[2.0, 4.001], [0.0, 1e-9], [-1.0, 0.5], [1.0, 2.1], [-2.0, 1.0]])
    assert match(prints, DICTIONARY).tolist() == [1, NOTHING, 2, UNEXPLAINED, UNEXPLAINED]


def test_without_entries_everything_is_unexplained() -> None:
    assert match(np.array([[1.0], [0.0]]), np.zeros((0, 1))).tolist() == [UNEXPLAINED, NOTHING]
    assert match(np.zeros((2, 0)), np.zeros((3, 0))).tolist() == [NOTHING, NOTHING]


def test_a_number_that_stands_twice_is_written_once() -> None:
    vector, places, slots = np.ones(5), np.array([4, 0, 2]), np.array([1, 0, 1])
    write(vector, places, slots, np.array([[5.0, 7.0]]), np.array([-1.0, 1.0, 1.0]))
    assert vector.tolist() == [5, 1, 0, 1, -7]


def test_multiples_are_one_kind() -> None:
    assert distinct(np.array([[1.0, 2.0], [-2.0, -4.0], [0.0, 0.0], [1.0, -2.0]])) == 2
