"""s1: the batches of `make_batches`. Being written."""

from __future__ import annotations

from autograder.judge.expect import expect
from autograder.judge.marks import item
from autograder.kit.lab import Lab

W2I = {"b": 0, ".end": 1, ".unk": 2, ".pad": 3, ".start": 4, "a": 5}


@item("s1", required=True)
def test_makes_batches(lab: Lab) -> None:
    """A list of batches comes back."""
    made = lab.call("make_batches", [[5, 0, 5], [0]], [1, 0], W2I, named={"max_tokens": 10, "seed": 3})
    expect(len(made) > 0, "no batch")
