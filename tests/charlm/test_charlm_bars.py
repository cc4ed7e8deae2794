"""Verified accuracy and perplexity on the made-up language. Slow: submissions train there as long as they like."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from handins import results_of

from autograder.batch import grade_paths
from autograder.preflight import Options, describe
from autograder.template import HOME as ROOT
from tests.charlm.tables import tables

BARS = ("clf.accuracy", "lm.perplexity")


def graded(path: Path, text: str) -> dict[str, dict[str, Any]]:
    """The items of one hand-in's results, by id."""
    (path / "hand_in.py").write_text(text, encoding="utf-8")
    grade_paths([path / "hand_in.py"], describe(Options("charlm", path / "out", 1, unsafe=True)))
    return {entry["id"]: entry for entry in results_of(path / "out" / "hand_in")["extra_data"]["items"]}


@pytest.mark.slow
def test_the_reference_reaches_both(tmp_path: Path) -> None:
    items = graded(tmp_path, (ROOT / "reference" / "charlm" / "models.py").read_text(encoding="utf-8"))
    assert [items[item]["score"] for item in BARS] == [10, 10]


@pytest.mark.slow
def test_good_tables_wait_for_a_person(tmp_path: Path) -> None:
    items = graded(tmp_path, tables(4))
    assert [items[item]["status"] for item in BARS] == ["pending", "pending"]
    assert "no parameters of a network" in items["lm.perplexity"]["note"]


@pytest.mark.slow
def test_the_last_character_is_not_enough(tmp_path: Path) -> None:
    items = graded(tmp_path, tables(1))
    assert [items[item]["score"] for item in BARS] == [0, 0]
    assert items["clf.predict"]["score"] == 0 and items["lm.next"]["score"] == 0
