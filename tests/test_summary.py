"""summary.csv, row by row."""

from __future__ import annotations

import csv
from pathlib import Path

from autograder.rubric import FOLDER, load_rubric
from autograder.runners.local import Job, Result
from autograder.runners.summary import write_summary

RUBRIC = load_rubric(FOLDER / "labrnn" / "rubric.toml")
ITEMS = [item.id for item in RUBRIC.items]


def result(
    name: str, code: int = 0, total: float | None = 5.0, maximum: float | None = 40.0, **scores: float
) -> Result:
    own = {item.replace("_", "."): score for item, score in scores.items()}
    return Result(Job(Path(name), name, Path(name)), code, total, "", "", 1.0, maximum, own)


def test_one_row_per_submission_and_one_column_per_item(tmp_path: Path) -> None:
    bonus = next(item.id for item in RUBRIC.items if item.bonus)
    jane = result("jane", lab1_a=2.5, lab1_c=0.0, **{bonus.replace(".", "_"): 1.0})
    write_summary([result("joe", 3, None, None), jane], RUBRIC, tmp_path / "summary.csv")
    rows = list(csv.DictReader((tmp_path / "summary.csv").read_text(encoding="utf-8").splitlines()))
    assert list(rows[0]) == ["name", "exit_code", "total", "maximum", "bonus", *ITEMS]
    told = {"name": "jane", "exit_code": "0", "total": "5.0", "maximum": "40.0", "bonus": "1.0"}
    assert rows[0] == dict.fromkeys(ITEMS, "") | told | {"lab1.a": "2.5", "lab1.c": "0.0", bonus: "1.0"}
    assert rows[1] == dict.fromkeys([*told, *ITEMS], "") | {"name": "joe", "exit_code": "3"}


def test_names_are_neither_formulas_nor_columns(tmp_path: Path) -> None:
    names = ["=1+1", "-x", 'a "b", c', "@SUM(A1)"]
    write_summary([result(name) for name in names], RUBRIC, tmp_path / "summary.csv")
    rows = csv.DictReader((tmp_path / "summary.csv").read_text(encoding="utf-8").splitlines())
    assert {row["name"] for row in rows} == {"'=1+1", "'-x", 'a "b", c', "'@SUM(A1)"}
