"""What is odd about a run before it begins, but harmless."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.preflight import Options, check_all


def test_many_hand_ins_without_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths, options = [tmp_path / "a.ipynb", tmp_path / "b.ipynb"], Options("labrnn", tmp_path / "out")
    monkeypatch.delenv("AUTOGRADER_SECRET", raising=False)
    assert check_all(paths[:1], options) == []
    [sentence] = check_all(paths, options)
    assert sentence.startswith("AUTOGRADER_SECRET is not set")
    monkeypatch.setenv("AUTOGRADER_SECRET", "ours")
    assert check_all(paths, options) == []
