"""Deviations of type are put right, anything else is told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograder.assignments.gru_attention.values import one_array, token_ids
from autograder.judge.expect import Mismatch
from autograder.wire.frames import Array, Scalar

IDS = np.array([[1, 2], [3, 0], [2, 2]])
FIRST = np.array([4, 1])


def tensor(values: Any) -> Array:
    return Array("tensor", np.asarray(values))


@pytest.mark.parametrize(
    "answer",
    [
        tensor(IDS),
        Array("ndarray", IDS),
        tensor(IDS.astype(np.float32)),
        tensor(IDS.T),
        tensor(IDS[..., None]),
        tensor(IDS[:, None]),
        [tensor(row) for row in IDS],
        tuple(tensor(row[None]) for row in IDS),
        IDS.tolist(),
        [[Scalar("numpy.int64", int(v)) for v in row] for row in IDS],
        [[tensor(v) for v in row] for row in IDS],
        tensor(np.concatenate([FIRST[None], IDS])),
        tensor(np.concatenate([IDS, [[3, 3]]])),
    ],
)
def test_tokens_in_other_forms_are_taken(answer: Any) -> None:
    found = token_ids(answer, FIRST, 3, 5)
    assert found.dtype == np.int64 and found.tolist() == IDS.tolist()


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        "text",
        [[1, 2], [3]],
        [[1, 2], ["a", "b"]],
        tensor(IDS + 0.5),
        tensor(np.full((3, 2), np.nan)),
        tensor(np.full((3, 2), np.inf)),
        tensor(IDS > 1),
        tensor(IDS.ravel()),
        tensor(IDS[:2]),
        tensor(IDS + 3),
        tensor(IDS - 1),
        [[2**70, 1], [1, 1], [1, 1]],
        ["a" * 3_000_000, *[""] * 5000],  # 56 GB as an array of texts
        tensor(np.zeros((3, 2, 5))),
    ],
)
def test_other_answers_are_told(answer: Any) -> None:
    with pytest.raises(Mismatch):
        token_ids(answer, FIRST, 3, 5)


def test_lists_of_tensors_become_one() -> None:
    assert one_array([tensor([1.0]), tensor([2.0])]).data.tolist() == [[1.0], [2.0]]
    assert one_array([[tensor([1.0])], [tensor([2.0])]]).data.shape == (2, 1, 1)
    for other in ([], [1, 2], [tensor([1.0]), tensor([1.0, 2.0])], None):
        assert one_array(other) is other
