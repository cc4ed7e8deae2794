"""s5.bar: being written."""

from __future__ import annotations

from autograder.judge.marks import item
from autograder.kit.lab import Lab


@item("s5.bar")
def test_bar(lab: Lab) -> None:
    """Nothing is judged yet."""
