"""summary.csv, row by row."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from autograder.folder import BUILT_IN
from autograder.rubric import load_rubric
from autograder.runners.local import Job, Result
from autograder.runners.summary import write_summary
from autograder.spreadsheet import defused

RUBRIC = load_rubric(BUILT_IN / "labrnn" / "rubric.toml")
ITEMS = [item.id for item in RUBRIC.items]


def result(
    name: str, code: int = 0, total: float | None = 5.0, maximum: float | None = 40.0, **scores: float
) -> Result:
    own = {item.replace("_", "."): score for item, score in scores.items()}
    return Result(Job(Path(name), name, Path(name)), code, total, "", "", 1.0, maximum, None if code else 2.0, own)


def test_one_row_per_submission_and_one_column_per_item(tmp_path: Path) -> None:
    bonus = next(item.id for item in RUBRIC.items if item.bonus)
    jane = result("jane", lab1_a=2.5, lab1_c=0.0, **{bonus.replace(".", "_"): 1.0})
    write_summary([result("joe", 3, None, None), jane], RUBRIC, tmp_path / "summary.csv")
    rows = list(csv.DictReader((tmp_path / "summary.csv").read_text(encoding="utf-8").splitlines()))
    assert list(rows[0]) == ["name", "exit_code", "total", "maximum", "points", "bonus", "pending", *ITEMS]
    told = {"name": "jane", "exit_code": "0", "total": "5.0", "maximum": "40.0", "points": "2.5", "bonus": "1.0"}
    told |= {"pending": "2.0"}
    assert rows[0] == dict.fromkeys(ITEMS, "") | told | {"lab1.a": "2.5", "lab1.c": "0.0", bonus: "1.0"}
    assert rows[1] == dict.fromkeys([*told, *ITEMS], "") | {"name": "joe", "exit_code": "3"}


def test_names_are_neither_formulas_nor_columns(tmp_path: Path) -> None:
    names = ["=1+1", "-x", 'a "b", c', "@SUM(A1)"]
    write_summary([result(name) for name in names], RUBRIC, tmp_path / "summary.csv")
    rows = csv.DictReader((tmp_path / "summary.csv").read_text(encoding="utf-8").splitlines())
    assert {row["name"] for row in rows} == {"'=1+1", "'-x", 'a "b", c', "'@SUM(A1)"}


SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20"
STARTS = ("", " ", "\t", '"', "'", ' " ', "\u3000", "\ufeff")


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("before", ["", "jane;", "a,", "x\t", "y\r", "z\n", "p;q;", "|"])
@pytest.mark.parametrize("sign", SIGNS)
def test_no_cell_of_any_locale_is_a_formula(sign: str, before: str, start: str) -> None:
    told = defused(f"{before}{start}{sign}HYPERLINK(1)")
    for cell in re.split(r"[;,|\t\r\n]", told):
        bare = cell.strip(' \u3000\ufeff"')
        assert not bare.startswith(tuple(SIGNS)), told
    assert told.replace("'", "") == f"{before}{start}{sign}HYPERLINK(1)".replace("'", "")  # nothing is lost


@pytest.mark.parametrize("text", ["-3", "+41", "-2.5", "2,5", "12", "jane-doe", "a=b", "x@y.org", "C++", "Müller; Ö"])
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert defused(text) == text


@pytest.mark.parametrize("text", ["-3+cmd", "-", "+1-1", "=1", "-1e5x"])
def test_what_only_begins_like_a_number_is_defused(text: str) -> None:
    assert defused(text) == f"'{text}"
