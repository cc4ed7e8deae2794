"""What isn't exported, and what the message says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import export_readers as read
import pytest
from export_readers import MakeClass

from autograder import exports
from autograder.errors import ConfigError
from autograder.exports import FORMATS, export, remarks
from autograder.grades import Class, Grade, Person

ID = {"assignment_id": "7"}


def test_unfinished_grades_are_named(make: MakeClass, unfinished: list[Grade], tmp_path: Path) -> None:
    graded = make("folder", *unfinished)
    for format in FORMATS:
        with pytest.raises(ConfigError) as raised:
            export(graded, format, tmp_path / "out", partial=False, **ID)
        told = str(raised.value)
        for words in (
            "4 grades of lab1", "Failed Fred (p1): no total, the grader failed", "Waiting Wim (p2): lab1.b pending",
            "Broken Bea (p3): the grader failed on lab1.a", "Refused Rob (p4): no total, nothing could be graded",
            "--partial",
        ):  # fmt: skip
            assert words in told
        assert "Eve" not in told  # handed in nothing: known, and final
    assert not (tmp_path / "out").exists()


def test_twenty_are_named(unfinished: list[Grade], finished: Class, tmp_path: Path) -> None:
    many = tuple(replace(unfinished[0], person=Person(f"n{n}", f"Nr {n}")) for n in range(25))
    with pytest.raises(ConfigError, match=r"25 grades.*Nr 19 \(n19\).*; and 5 more") as raised:
        export(replace(finished, grades=many), "csv", tmp_path, partial=False)
    assert "Nr 20" not in str(raised.value)


def test_partial_leaves_cells_empty_and_never_zero(make: MakeClass, unfinished: list[Grade], tmp_path: Path) -> None:
    graded = make("folder", *unfinished)
    data = {
        format: export(graded, format, tmp_path, partial=True, **ID)[0].read_bytes()
        for format in ("canvas", "sakai", "nbgrader", "csv", "junit", "prairielearn", "gradescope")
    }
    canvas = {row[1]: row[-1] for row in read.table(data["canvas"])[2:]}
    assert [canvas[f"p{n}"] for n in range(1, 5)] == ["", "10.00", "", ""]
    sakai = read.sakai(data["sakai"])[2]
    assert [sakai[f"p{n}"][0] for n in range(1, 5)] == ["", "10.00", "", ""]
    nbgrader = read.nbgrader(data["nbgrader"])
    assert [nbgrader[f"p{n}"]["score"] for n in range(1, 5)] == ["", "10.00", "", ""]
    assert [nbgrader[f"p{n}"]["raw_score"] for n in range(1, 5)] == ["", "10.00", "", ""]
    assert {f"p{n}" for n in range(1, 5)} & set(read.prairielearn(data["prairielearn"])) == {"p2"}
    assert {f"submission_p{n}" for n in range(1, 5)} & set(read.gradescope(data["gradescope"])) == {"submission_p2"}
    suites = read.junit(data["junit"])
    assert suites["p1"].attrib["errors"] == "1" and suites["p4"].attrib["failures"] == "1"


def test_a_total_that_is_no_number_is_none(finished: Class, tmp_path: Path) -> None:
    graded = replace(finished, grades=(replace(finished.grades[0], total=float("nan")),))
    assert exports.unfinished(graded) == ["Ann Archer (u01): no total, which nobody explains"]
    (path,) = export(graded, "canvas", tmp_path, partial=True, **ID)
    assert read.table(path.read_bytes())[2][-1] == ""
    (path,) = export(graded, "junit", tmp_path, partial=True)
    assert {own.attrib["name"]: own.attrib["value"] for own in read.junit(path.read_bytes())["u01"].iter("property")}[
        "total"
    ] == "none"


def test_a_format_that_is_not_there(finished: Class, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no export `blackboard`; there are gradescope, canvas"):
        export(finished, "blackboard", tmp_path, partial=False)


@pytest.mark.parametrize("number", ["", "x", "47 11", "=1", "٣", "1" * 30])
def test_canvas_needs_the_assignments_number(finished: Class, tmp_path: Path, number: str) -> None:
    with pytest.raises(ConfigError, match="--assignment-id"):
        export(finished, "canvas", tmp_path, partial=False, assignment_id=number)


@pytest.mark.parametrize("title", ["=1+1", "two\nlines", " x", "@x", "a\x00"])
@pytest.mark.parametrize("format", ["canvas", "sakai"])
def test_titles_that_must_match_are_not_changed_but_refused(
    finished: Class, tmp_path: Path, title: str, format: str
) -> None:
    with pytest.raises(ConfigError, match="--title"):
        export(finished, format, tmp_path, partial=False, title=title, **ID)
    assert not list(tmp_path.glob("*.csv"))


@pytest.mark.parametrize("title", ["Lab [1]", "# Lab", "* Lab"])
def test_titles_that_sakai_takes_for_something_else(finished: Class, tmp_path: Path, title: str) -> None:
    with pytest.raises(ConfigError, match=r"Sakai takes no title"):
        export(finished, "sakai", tmp_path, partial=False, title=title)


@pytest.mark.parametrize("format", ["canvas", "sakai", "nbgrader"])
@pytest.mark.parametrize("own", ["=cmd", "@x", "+x", "-x", "a;=1", "a\nb", " a", "a\u202eb", "\uff1dx"])
def test_ids_that_must_match_are_not_changed_but_refused(
    finished: Class, tmp_path: Path, own: str, format: str
) -> None:
    grade = replace(finished.grades[0], person=Person(own, "Mallory"))
    with pytest.raises(ConfigError, match=r"Mallory \(.*: the (id|eid) "):
        export(replace(finished, grades=(grade,)), format, tmp_path, partial=False, **ID)


@pytest.mark.parametrize("own", ["-5", "007", "a.b@x.example", "ü-1", "o'hara"])
def test_other_ids_are_written_as_they_are(finished: Class, tmp_path: Path, own: str) -> None:
    grade = replace(finished.grades[0], person=Person(own, "Ann"))
    (path,) = export(replace(finished, grades=(grade,)), "canvas", tmp_path, partial=False, **ID)
    assert read.table(path.read_bytes())[2][1] == own


@pytest.mark.parametrize("format", sorted(FORMATS))
@pytest.mark.parametrize("name", ["", "Twin"])
def test_an_id_twice_or_none(finished: Class, tmp_path: Path, format: str, name: str) -> None:
    twins = [replace(finished.grades[0], person=Person("x", name)), replace(finished.grades[2], person=Person("x"))]
    with pytest.raises(ConfigError, match="share the id 'x'"):
        export(replace(finished, grades=tuple(twins)), format, tmp_path, partial=True, **ID)
    with pytest.raises(ConfigError, match="Nemo.* lacks the id"):
        nobody = (replace(finished.grades[0], person=Person("", "Nemo")),)
        export(replace(finished, grades=nobody), format, tmp_path, partial=True, **ID)


def test_folders_that_would_be_one(finished: Class, tmp_path: Path) -> None:
    twins = tuple(replace(finished.grades[0], person=Person(own)) for own in ("a/b", "A_b"))
    with pytest.raises(ConfigError, match="share the folder"):
        export(replace(finished, grades=twins), "prairielearn", tmp_path, partial=False)


def test_moodle_knows_only_who_handed_in_there(finished: Class, make: MakeClass, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"Ann Archer \(u01\) has a grade, but no participant id"):
        export(finished, "moodle", tmp_path, partial=False)
    with pytest.raises(ConfigError, match="Cem.*Dua.* share Moodle's participant id '903'"):
        export(make("moodle"), "moodle", tmp_path, partial=False)


def test_points_that_a_person_gave_for_nothing(make: MakeClass, unfinished: list[Grade], tmp_path: Path) -> None:
    """They are points like others; Moodle has no row for them, and a remark says so."""
    graded = make("moodle")
    given = replace(graded.grades[4], total=3.0)
    graded = replace(graded, grades=(graded.grades[0], given))
    assert list(read.moodle(export(graded, "moodle", tmp_path, partial=False)[0].read_bytes())) == ["901"]
    assert remarks(graded, "moodle") == ["Moodle's number of 1 student is not known; no row: Eve (u05)."]
    canvas = read.table(export(graded, "canvas", tmp_path, partial=False, **ID)[0].read_bytes())
    assert [row[-1] for row in canvas[2:]] == ["45.00", "3.00"]
    waits = replace(graded, grades=(replace(given, items=unfinished[1].items),))
    assert exports.unfinished(waits) == ["Eve (u05): lab1.b pending"]


def test_gradescope_has_one_score_for_a_group(make: MakeClass, tmp_path: Path) -> None:
    graded = make("gradescope")
    grades = list(graded.grades)
    grades[3] = replace(grades[3], total=27.0)
    with pytest.raises(ConfigError, match=r"Cem \(u03\) and Dua O'Hara \(u04\) handed in one .* 30 and 27 points"):
        export(replace(graded, grades=tuple(grades)), "gradescope", tmp_path, partial=False)


def test_an_item_called_like_a_column(finished: Class, tmp_path: Path) -> None:
    items = (replace(finished.items[0], id="total"),)
    with pytest.raises(ConfigError, match="'total'"):
        export(replace(finished, items=items), "csv", tmp_path, partial=False)


def test_what_a_person_should_know(finished: Class) -> None:
    first, second, third = remarks(finished, "moodle")
    assert first == "No hand-in here and so no points there: Eve (u05)."
    assert second.startswith("2 students had items excused") and "40" in second and "Fay Fox (u06); Gus (u07)" in second
    assert third.startswith("Moodle's number of 8 students is not known")
    assert remarks(finished, "csv") == [first]
