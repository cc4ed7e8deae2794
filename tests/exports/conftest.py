"""A class with one of each: plain, hostile, a group, late, excused, refused, and nothing handed in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from export_readers import MakeClass

from autograder.grades import Class, Deduction, Grade, HandIn, ItemGrade, Person, Platform
from autograder.records import Counterexample, Item, Outcome

HOSTILE = (
    '=HYPERLINK("http://e.example")\r\n\t@SUM(A1),"quoted" ]]> </failure> & \x00\x07\x1b \ud800 ;-1+1 \'ü你 \u202e'
)
SECRET = "hunter2-secret"
ITEMS = (
    Item("lab1.a", "tokenize", 10.0),
    Item("lab1.b", "The answer", 20.0, "assisted"),
    Item("lab1.c", "GRU", 10.0),
    Item("lab1.x", "More", 5.0, bonus=True),
)
DUE = datetime(2026, 3, 1, 23, 59, tzinfo=timezone(timedelta(hours=1)))


@pytest.fixture
def hostile() -> str:
    return HOSTILE


@pytest.fixture
def secret() -> str:
    return SECRET


@pytest.fixture
def make(tmp_path: Path) -> MakeClass:
    """Makes the class as a platform delivered it, each grade with its page in a folder of its own."""

    def made(platform: Platform = "folder", *more: Grade, **changes: object) -> Class:
        grades = [_grade(tmp_path, platform, number, row) for number, row in enumerate(_rows(), 1)]
        plain = Class("lab1", "Lab 1: RNNs", 40.0, ITEMS, (*grades, *more), DUE)
        return replace(plain, **changes)  # type: ignore[arg-type]

    return made


@pytest.fixture
def finished(make: MakeClass) -> Class:
    return make()


@pytest.fixture
def unfinished() -> list[Grade]:
    """A grader that failed, an item that waits, a check that failed by the grader's fault, a refused hand-in."""
    waits = (ItemGrade(ITEMS[0], "graded", 10.0), ItemGrade(ITEMS[1], "pending"))
    broken = (ItemGrade(ITEMS[0], "error"), ItemGrade(ITEMS[1], "graded", 3.0))
    hand_in = HandIn(Path("x.ipynb"), "x")
    return [
        Grade(Person("p1", "Failed Fred"), "failed", replace(hand_in, name="p1"), problem="SandboxError: no."),
        Grade(Person("p2", "Waiting Wim"), "graded", replace(hand_in, name="p2"), items=waits, raw=10.0, total=10.0),
        Grade(Person("p3", "Broken Bea"), "graded", replace(hand_in, name="p3"), items=broken, raw=3.0),
        Grade(Person("p4", "Refused Rob"), "refused", replace(hand_in, name="p4"), problem="This is no notebook."),
    ]


def _rows() -> list[tuple[Person, str, dict[str, float | None], tuple[Deduction, ...], str]]:
    """Person, status, score by item (None: excused), deductions, comment."""
    late = (Deduction("late", 3.755, "2 days late: 10 % off."),)
    full: dict[str, float | None] = {"lab1.a": 10.0, "lab1.b": 20.0, "lab1.c": 10.0, "lab1.x": 5.0}
    nobody: dict[str, float | None] = {}
    return [
        (Person("u01", "Ann Archer", "ann@x.example", "A", "ann"), "graded", full, (), "Well done"),
        (Person("u02", HOSTILE, "+bo@x.example", "=1+1", "bo"), "graded", {**full, "lab1.b": 7.55}, late, HOSTILE),
        (Person("u03", "Öztürk, Cem", "", "A", "cem"), "graded", {**full, "lab1.a": 0.0, "lab1.x": 0.0}, (), ""),
        (Person("u04", "Dua O'Hara", "", "A", "dua"), "graded", {**full, "lab1.a": 0.0, "lab1.x": 0.0}, (), ""),
        (Person("u05", "Eve", "", "B", "eve"), "missing", nobody, (), ""),
        (Person("u06", "Fay Fox", "", "B", "fay"), "graded", {**full, "lab1.c": None, "lab1.x": 0.0}, (), ""),
        (Person("u07", "Gus", "", "B", "gus"), "graded", dict.fromkeys(full), (), ""),
        (Person("u08", "Hal Hu", "", "B", "hal"), "refused", dict.fromkeys(full, 0.0), (), ""),
    ]


def _grade(
    folder: Path,
    platform: Platform,
    number: int,
    row: tuple[Person, str, dict[str, float | None], tuple[Deduction, ...], str],
) -> Grade:
    person, status, scores, deductions, comment = row
    if status == "missing":
        return Grade(person, "missing")
    group = (Person("u03"), Person("u04")) if person.id in ("u03", "u04") else (person,)
    results = folder / "results" / group[0].id
    results.mkdir(parents=True, exist_ok=True)
    (results / "report.html").write_text(f"<p>the page of {group[0].id}</p>", encoding="utf-8")
    raw = min(45.0, sum(score for score in scores.values() if score is not None))
    return Grade(
        person,
        status,  # type: ignore[arg-type]
        _hand_in(platform, 3 if person.id == "u04" else number, group),
        results,
        tuple(_item(item, scores[item.id], comment) for item in ITEMS),
        raw,
        round(raw - sum(deduction.points for deduction in deductions), 3),
        deductions,
        "This is no notebook." if status == "refused" else "",
        "2026-03-02T10:00:00Z",
        {"total": 1.5},
    )


def _item(item: Item, score: float | None, comment: str) -> ItemGrade:
    if score is None:
        return ItemGrade(item, "excused")
    example = Counterexample(SECRET, SECRET, SECRET)
    outcomes = (
        Outcome(item.id, "public", "Words stay.", 1.0, False, "public", "passed", seconds=0.25),
        Outcome(item.id, "said", "Words go.", 1.0, False, "public", "failed", HOSTILE),
        Outcome(item.id, "hidden", "Words sleep.", 1.0, False, "hidden", "failed", SECRET, example),
        Outcome(item.id, "unmet", "Words wait.", 1.0, False, "public", "skipped"),
    )
    return ItemGrade(item, "graded", score, comment, "prof" if comment else "", outcomes)


def _hand_in(platform: Platform, number: int, owners: tuple[Person, ...]) -> HandIn:
    """One as intake would find it, with the platform's name for it and its place in the download."""
    person = owners[0]
    name = f"Full Name {number}"
    key, path = {
        "moodle": (f"{900 + number}", f"{name}_{900 + number}_assignsubmission_file_/LabRNN.ipynb"),
        "canvas": (f"fullname{number}_LATE_{100 + number}_{500 + number}", ""),
        "sakai": (f"eid{number}", f"Name, Full(eid{number})/Submission attachment(s)/LabRNN.ipynb"),
        "gradescope": (f"submission_{700 + number}", f"submission_{700 + number}"),
    }.get(platform, ("", f"{person.id}/LabRNN.ipynb"))
    path = path or f"{key}_LabRNN-2.ipynb"
    time = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
    return HandIn(Path("/downloads") / path, person.id, owners, platform, key, time)
