"""What is odd about a run before it begins, but harmless."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.preflight import oddities
from tests.runs import run_of


def test_many_hand_ins_without_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths, run = [tmp_path / "a.ipynb", tmp_path / "b.ipynb"], run_of()
    monkeypatch.delenv("AUTOGRADER_SECRET", raising=False)
    assert oddities(paths[:1], run) == []
    [sentence] = oddities(paths, run)
    assert sentence.startswith("AUTOGRADER_SECRET is not set")
    monkeypatch.setenv("AUTOGRADER_SECRET", "ours")
    assert oddities(paths, run) == []
