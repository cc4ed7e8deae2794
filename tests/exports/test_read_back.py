"""Each export, read back as the platform would."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import export_readers as read
import pytest
from export_readers import MakeClass
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.errors import ConfigError
from autograder.exports import FORMATS, export
from autograder.exports.cells import number
from autograder.grades import Class, HandIn, Person

TOTALS = {
    "u01": "45.00", "u02": "28.80", "u03": "30.00", "u04": "30.00", "u05": "", "u06": "30.00", "u07": "0.00",
    "u08": "0.00",
}  # fmt: skip  # u02: 32.55 - 3.755 = 28.795, half up


def written(graded: Class, format: str, tmp_path: Path, **options: str) -> dict[str, bytes]:
    """The files of an export, by name; made twice, they are the same."""
    if format == "canvas":
        options = {"assignment_id": "4711", **options}
    paths = export(graded, format, tmp_path / "one", partial=False, **options)
    again = export(graded, format, tmp_path / "two", partial=False, **options)
    files = {path.name: path.read_bytes() for path in paths}
    assert files == {path.name: path.read_bytes() for path in again}
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == sorted(files)  # no temporary file stays
    return files


def roster(graded: Class, **numbers: str) -> list[dict[str, str]]:
    """Canvas's own list of the students."""
    return [
        {"id": numbers.get(own.id, own.id), "sis": own.id if numbers else "", "login": own.login, "name": own.name}
        for own in (grade.person for grade in graded.grades)
    ]


def test_canvas_by_the_classs_own_ids(finished: Class, tmp_path: Path) -> None:
    data = written(finished, "canvas", tmp_path)["canvas.csv"]
    entered = read.canvas(data, roster(finished), {"4711": "Lab 1: RNNs"})
    assert entered == TOTALS | {"u07": "EX"}
    assert read.table(data)[1][-1] == "40.00"


def test_canvas_by_the_numbers_in_its_file_names(make: MakeClass, tmp_path: Path) -> None:
    """The roster has the university's ids; members of a group and who handed in nothing are found by SIS user."""
    graded = make("canvas")
    data = written(graded, "canvas", tmp_path, title="Lab")["canvas.csv"]
    numbers = {f"u0{n}": f"10{n}" for n in range(1, 9)}
    entered = read.canvas(data, roster(graded, **numbers), {"4711": "Lab"})
    assert entered == {numbers[own]: total for own, total in TOTALS.items()} | {"107": "EX"}
    told = {row[2]: row[1] for row in read.table(data)[2:]}
    assert told == {own: "" if own in ("u03", "u04", "u05") else number for own, number in numbers.items()}


def test_sakai(make: MakeClass, tmp_path: Path) -> None:
    graded = make("sakai")
    files = written(graded, "sakai", tmp_path)
    title, points, rows = read.sakai(files["sakai.csv"])
    eids = {"u01": "eid1", "u02": "eid2", "u03": "cem", "u04": "dua", "u05": "eve", "u06": "eid6", "u07": "eid7"}
    eids["u08"] = "eid8"
    assert (title, points) == ("Lab 1: RNNs", 40.0)
    assert {own: rows[eid][0] for own, eid in eids.items()} == TOTALS and len(rows) == 8
    assert rows["eid1"][1] == "lab1.a: Well done lab1.b: Well done lab1.c: Well done lab1.x: Well done"
    assert rows["eid2"][1].startswith("2 days late: 10 % off.") and rows["eid8"][1] == "This is no notebook."
    root, grades = read.sakai_grades(files["sakai.zip"])
    assert root == "Lab 1_ RNNs" and grades == {eids[own]: total for own, total in TOTALS.items()}


def test_sakai_without_comments_has_no_column_for_them(finished: Class, tmp_path: Path) -> None:
    quiet = replace(finished, grades=finished.grades[2:7])
    assert read.table(written(quiet, "sakai", tmp_path)["sakai.csv"])[0] == [
        "Student ID",
        "Name",
        "Lab 1: RNNs [40.00]",
    ]


def test_moodle(make: MakeClass, tmp_path: Path) -> None:
    """Each member of a group has a hand-in of their own there."""
    graded = make("moodle")
    fourth = graded.grades[3]
    assert fourth.hand_in is not None
    alone = replace(fourth, hand_in=replace(fourth.hand_in, key="904"))
    rows = read.moodle(written(replace(graded, grades=(*graded.grades[:3], alone, *graded.grades[4:])), "moodle", tmp_path)["moodle.csv"])  # fmt: skip  # noqa: E501
    assert {f"u0{int(number) - 900}": row["Grade"] for number, row in rows.items()} == {
        own: total for own, total in TOTALS.items() if own != "u05"
    }
    assert rows["901"]["Full name"] == "Ann Archer" and rows["901"]["Maximum Grade"] == "40.00"
    assert rows["901"]["Last modified (submission)"] == "2026-03-01 12:00:05+00:00"
    assert rows["902"]["Feedback comments"].startswith("2 days late: 10 % off.")


def test_nbgrader(finished: Class, tmp_path: Path) -> None:
    rows = read.nbgrader(written(finished, "nbgrader", tmp_path)["nbgrader.csv"])
    assert {own: row["score"] for own, row in rows.items()} == TOTALS
    for own, row in rows.items():
        if own != "u05":
            assert round(float(row["raw_score"]) - float(row["late_submission_penalty"]), 2) == float(row["score"])
            assert row["timestamp"] == "2026-03-01 12:00:05"
    assert rows["u05"]["raw_score"] == rows["u05"]["late_submission_penalty"] == rows["u05"]["timestamp"] == ""
    assert (rows["u01"]["duedate"], rows["u01"]["max_score"]) == ("2026-03-01 22:59:00", "40.00")
    assert (rows["u03"]["last_name"], rows["u03"]["first_name"]) == ("Öztürk", "Cem")
    assert (rows["u01"]["last_name"], rows["u01"]["first_name"]) == ("Archer", "Ann")


def test_prairielearn(finished: Class, tmp_path: Path, secret: str) -> None:
    data = written(finished, "prairielearn", tmp_path)["prairielearn.zip"]
    found = read.prairielearn(data)
    assert {own: results["score"] for own, results in found.items()} == {
        "u01": 1.0, "u02": round(28.795 / 40, 6), "u03": 0.75, "u04": 0.75, "u06": 1.0, "u08": 0.0,
    }  # fmt: skip
    assert [test["name"] for test in found["u06"]["tests"]] == [
        "lab1.a tokenize",
        "lab1.b The answer",
        "lab1.x More (bonus)",
    ]
    assert "lab1.c (excused)" in found["u06"]["message"] and "This is no notebook." in found["u08"]["message"]
    assert secret.encode() not in b"".join(read.unzip(data).values())  # hidden checks stay so


def test_prairielearn_stays_below_a_megabyte(finished: Class, tmp_path: Path) -> None:
    grade = finished.grades[0]
    own = grade.items[0]
    many = tuple(replace(own.outcomes[1], check=f"c{n}", message=f"{n} " * 900) for n in range(400))
    large = replace(finished, grades=(replace(grade, items=(replace(own, outcomes=many), *grade.items[1:])),))
    results = read.prairielearn(written(large, "prairielearn", tmp_path)["prairielearn.zip"])["u01"]
    assert results["score"] == 1.0 and results["tests"][0]["output"] == "This was too much to be shown here."


def test_gradescope(make: MakeClass, tmp_path: Path, secret: str) -> None:
    data = written(make("gradescope"), "gradescope", tmp_path)["gradescope.zip"]
    found = read.gradescope(data)
    assert {folder: results["score"] for folder, results in found.items()} == {
        f"submission_70{own[-1]}": float(total) for own, total in TOTALS.items() if total and own != "u04"
    }
    tests = found["submission_701"]["tests"]
    assert sum(test["max_score"] for test in tests) == 40.0 and [test["score"] for test in tests] == [10, 20, 10, 5]
    assert "2 days late: 10 % off." in found["submission_702"]["output"]
    assert "30 of 30 points" in found["submission_706"]["output"]  # of what was asked of this student
    graded = make("gradescope")
    plain = replace(graded, grades=tuple(replace(grade, items=grade.items[:3]) for grade in graded.grades))
    data_of_plain = written(plain, "gradescope", tmp_path / "plain")["gradescope.zip"]
    assert "30 of 30 points" in read.gradescope(data_of_plain)["submission_706"]["output"]
    turned = replace(make("gradescope"), grades=make("gradescope").grades[::-1])
    assert written(turned, "gradescope", tmp_path / "turned")["gradescope.zip"] == data
    assert secret.encode() not in b"".join(read.unzip(data).values())


def test_junit(finished: Class, tmp_path: Path, hostile: str) -> None:
    suites = read.junit(written(finished, "junit", tmp_path)["junit.xml"])
    assert list(suites) == list(TOTALS)
    assert {name: suite.attrib["tests"] for name, suite in suites.items()} == {
        "u01": "16", "u02": "16", "u03": "16", "u04": "16", "u05": "1", "u06": "13", "u07": "4", "u08": "17",
    }  # fmt: skip
    properties = {own.attrib["name"]: own.attrib["value"] for own in suites["u02"].iter("property")}
    assert properties["total"] == "28.80"
    assert "HYPERLINK" in properties["name"] and "]]>" in properties["name"]
    failure = suites["u01"].find("testcase/failure")
    assert failure is not None and "]]> </failure> &" in (failure.text or "")
    assert suites["u05"][1].find("skipped") is not None and suites["u08"][1].find("failure") is not None


def test_csv(finished: Class, tmp_path: Path) -> None:
    head, *rows = read.table(written(finished, "csv", tmp_path)["grades.csv"])
    told = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    assert {own: row["total"] for own, row in told.items()} == TOTALS
    assert head[-4:] == ["lab1.a", "lab1.b", "lab1.c", "lab1.x"]
    assert (told["u02"]["lab1.b"], told["u06"]["lab1.c"], told["u06"]["maximum"]) == ("7.55", "", "30.00")
    assert (told["u05"]["status"], told["u05"]["lab1.a"]) == ("missing", "")


def test_parquet(finished: Class, tmp_path: Path) -> None:
    written(finished, "parquet", tmp_path)
    table = duckdb.read_parquet(str(tmp_path / "one" / "grades.parquet"))
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.fetchall()]
    assert [row["total"] for row in rows] == [45.0, 28.795, 30.0, 30.0, None, 30.0, 0.0, 0.0]
    assert [row["lab1.c"] for row in rows] == [10.0, 10.0, 10.0, 10.0, None, None, None, 0.0]
    assert rows[1]["name"].startswith('=HYPERLINK("http://e.example")\n') and rows[2]["name"] == "Öztürk, Cem"
    assert [row["id"] for row in rows] == list(TOTALS)


def test_parquet_read_by_arrow(finished: Class, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed: only DuckDB reads the file back")
    written(finished, "parquet", tmp_path)
    rows = parquet.read_table(tmp_path / "one" / "grades.parquet").to_pylist()
    assert [row["total"] for row in rows] == [45.0, 28.795, 30.0, 30.0, None, 30.0, 0.0, 0.0]


def test_parquet_titles_that_differ_in_capitals(finished: Class, tmp_path: Path) -> None:
    first, *others = finished.items
    graded = replace(finished, items=(replace(first, id="Total"), *others))
    with pytest.raises(ConfigError, match="'total' and 'Total'"):
        export(graded, "parquet", tmp_path, partial=False)
    assert not list(tmp_path.glob("*.parquet"))


@pytest.mark.parametrize("format", ["canvas", "sakai", "moodle", "nbgrader", "csv"])
def test_no_cell_is_a_formula(make: MakeClass, format: str, tmp_path: Path) -> None:
    graded = make("moodle" if format == "moodle" else "folder")
    graded = replace(graded, grades=graded.grades[:3])  # Moodle has no groups with one number
    texts = [data for name, data in written(graded, format, tmp_path).items() if name.endswith(".csv")]
    texts += [
        own
        for name, data in written(graded, format, tmp_path).items()
        if name.endswith(".zip")
        for own in read.unzip(data).values()
    ]
    for data in texts:
        assert not read.formulas(data)
        assert b"HYPERLINK" in data and b"\x00" not in data
        assert max(len(row) for row in read.table(data)) == len(read.table(data)[-1])


@pytest.mark.parametrize(
    ("value", "told"),
    [(0.125, "0.13"), (2.675, "2.68"), (-0.001, "0.00"), (1e16, "10000000000000000.00"), (7, "7.00"), (None, ""),
     (float("inf"), "")],
)  # fmt: skip
def test_numbers_have_two_decimals(value: float | None, told: str) -> None:
    assert number(value) == told


@given(name=st.text(max_size=30), sign=st.sampled_from(["", *read.SIGNS, " =", '"=', "a;=", "x,@"]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("format", ["canvas", "sakai", "nbgrader", "csv"])
def test_no_name_is_a_formula_or_a_row(finished: Class, format: str, name: str, sign: str, tmp_path: Path) -> None:
    person = Person("u01", sign + name, sign + name, sign + name)
    graded = replace(finished, grades=(replace(finished.grades[0], person=person),))
    data = export(graded, format, tmp_path, partial=False, assignment_id="7")[0].read_bytes()
    assert not read.formulas(data)
    assert len(read.table(data)) == (3 if format == "canvas" else 2)
    assert len(data.decode("utf-8").splitlines()) == len(read.table(data))


def test_the_reader_would_see_a_formula() -> None:
    assert read.formulas(b'a,"x; =1"\n') and read.formulas(b"-x\n") and not read.formulas(b"-1,'=1,a\n")


@pytest.mark.parametrize("format", sorted(set(FORMATS) - {"canvas", "parquet"}))
def test_an_empty_class_is_written_too(finished: Class, format: str, tmp_path: Path) -> None:
    assert written(replace(finished, grades=()), format, tmp_path)


def test_hand_ins_of_one_person_and_a_name_to_spare(make: MakeClass, tmp_path: Path) -> None:
    """Ids that would lead out of the zip stay in it."""
    graded = make()
    person = Person("../../etc/passwd", "Mallory")
    grade = replace(graded.grades[0], person=person, hand_in=HandIn(Path("x"), "../../x", (person,)))
    graded = replace(graded, grades=(grade,))
    assert list(read.prairielearn(written(graded, "prairielearn", tmp_path)["prairielearn.zip"])) == ["_.._etc_passwd"]
    assert list(read.gradescope(written(graded, "gradescope", tmp_path / "g")["gradescope.zip"]))
