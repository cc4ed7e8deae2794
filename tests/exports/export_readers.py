"""Readers of each format, written from the descriptions of the formats alone: nothing of the exporters is used."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

from autograder.grades import Class

MakeClass = Callable[..., Class]  # conftest.make
SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20"


def table(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8"), newline=""), strict=True))


def formulas(data: bytes) -> list[str]:
    """The cells that a spreadsheet of any locale would run."""
    found = []
    for row in table(data):
        for cell in row:
            for part in re.split(r"[;,|\t\r\n]", cell):
                bare = part.strip(" \"'\u200b\ufeff") if not part.lstrip(' "').startswith("'") else ""
                if bare.startswith(tuple(SIGNS)) and not re.fullmatch(r"[+-]?[0-9]+([.,][0-9]+)?", part):
                    found.append(cell)
    return found


def unzip(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert len(set(names)) == len(names)
        for name in names:
            assert not name.startswith("/") and "\\" not in name and ".." not in name.split("/")
        return {name: archive.read(name) for name in names}


def canvas(data: bytes, students: list[dict[str, str]], assignments: dict[str, str]) -> dict[str, str]:
    """What Canvas would enter, by the student's number there.

    `students`: id, sis, login and name of each; `assignments`: title by id.
    """
    head, possible, *rows = table(data)
    assert head[0] == "Student" and head[1] == "ID" and "Section" in head[:5]
    assert "Points Possible" in possible[0] and len(possible) == len(head)
    columns = [
        n for n in range(len(head)) if head[n] not in ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
    ]
    assert len(columns) == 1
    titled = re.fullmatch(r"(.*) \((\d+)\)", head[columns[0]])
    assert titled and assignments.get(titled[2]) == titled[1], "Canvas would create an assignment"
    float(possible[columns[0]])
    entered = {}
    for row in rows:
        assert len(row) == len(head)
        told = dict(zip(head, row, strict=True))
        for ours, theirs in (("ID", "id"), ("SIS User ID", "sis"), ("SIS Login ID", "login"), ("Student", "name")):
            found = [student for student in students if told[ours] and student[theirs] == told[ours]]
            if found:
                break
        assert len(found) == 1, told
        value = row[columns[0]]
        assert value in ("", "EX") or re.fullmatch(r"\d+\.\d\d", value)
        assert found[0]["id"] not in entered
        entered[found[0]["id"]] = value
    return entered


def sakai(data: bytes) -> tuple[str, float, dict[str, tuple[str, str]]]:
    """Title, points, and by eid: grade and comment."""
    head, *rows = table(data)
    assert all(head) and len(set(head)) == len(head)
    title, points, grades, comments = "", 0.0, {}, {}
    for n in range(2, len(head)):
        if head[n].startswith("#"):
            continue
        if head[n].startswith("* "):
            assert head[n][2:] == title
            comments = {row[0]: row[n] for row in rows}
        else:
            titled = re.fullmatch(r"([^\[]+) \[(\d+(?:\.\d{1,2})?)\]", head[n])
            assert titled
            title, points = titled[1], float(titled[2])
            grades = {row[0]: row[n] for row in rows}
    assert len(grades) == len(rows)
    for grade in grades.values():
        assert re.fullmatch(r"(\d+(\.\d{1,2})?)?", grade)
    return title, points, {eid: (grade, comments.get(eid, "")) for eid, grade in grades.items()}


def sakai_grades(data: bytes) -> tuple[str, dict[str, str]]:
    """Of the zip: the root's name, and the grades by ID."""
    ((name, content),) = unzip(data).items()
    root, _, file = name.partition("/")
    assert file == "grades.csv"
    rows = table(content)
    assert len(rows[0]) == 2 and rows[0][1] == "SCORE_GRADE_TYPE" and rows[1] == []
    assert rows[2] == ["Display ID", "ID", "Last Name", "First Name", "grade"]
    return root, {row[1]: row[4] for row in rows[3:]}


def moodle(data: bytes) -> dict[str, dict[str, str]]:
    """The rows that Moodle would take, by number of the participant."""
    head, *rows = table(data)
    for needed in ("Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade",
                   "Grade can be changed", "Last modified (grade)", "Feedback comments"):  # fmt: skip
        assert head.count(needed) == 1
    found = {}
    for row in rows:
        told = dict(zip(head, row, strict=True))
        number = re.fullmatch(r"Participant (\d+)", told["Identifier"])
        assert number and number[1] not in found
        assert re.fullmatch(r"(\d+\.\d\d)?", told["Grade"]) and float(told["Maximum Grade"])
        found[number[1]] = told
    return found


NBGRADER = "assignment,duedate,timestamp,student_id,last_name,first_name,email,raw_score,late_submission_penalty,score,max_score"  # noqa: E501


def nbgrader(data: bytes) -> dict[str, dict[str, str]]:
    assert data.decode("utf-8").splitlines()[0] == NBGRADER
    head, *rows = table(data)
    return {row[3]: dict(zip(head, row, strict=True)) for row in rows}


def prairielearn(data: bytes) -> dict[str, dict[str, Any]]:
    """The results by the folder's name."""
    found = {}
    for name, content in unzip(data).items():
        folder, _, file = name.partition("/")
        assert file == "results.json" and len(content) <= 1_000_000
        results = json.loads(content)
        keys = {"gradable", "score", "message", "output", "images", "format_errors", "tests"}
        assert set(results) <= keys and isinstance(results["gradable"], bool) and 0 <= results["score"] <= 1
        for test in results["tests"]:
            assert set(test) <= {"name", "description", "points", "max_points", "message", "output", "images"}
            assert isinstance(test["points"], float) and isinstance(test["max_points"], float)
            assert isinstance(test["name"], str)
        found[folder] = results
    return found


def gradescope(data: bytes) -> dict[str, dict[str, Any]]:
    """The results by the submission's folder."""
    found = {}
    for name, content in unzip(data).items():
        folder, _, file = name.partition("/")
        assert file == "results.json" and folder.startswith("submission_")
        results = json.loads(content)
        top = {"score", "execution_time", "output", "output_format", "test_output_format", "test_name_format",
               "visibility", "stdout_visibility", "extra_data", "tests", "leaderboard"}  # fmt: skip
        own = {"score", "max_score", "status", "name", "name_format", "number", "output", "output_format", "tags",
               "visibility", "extra_data"}  # fmt: skip
        formats, seen = {"text", "html", "simple_format", "md", "ansi"}, {"hidden", "visible"}
        assert set(results) <= top and isinstance(results["score"], float)
        assert {results["output_format"], results["test_output_format"], results["test_name_format"]} <= formats
        assert results["visibility"] in seen and results["stdout_visibility"] in seen
        for test in results["tests"]:
            assert set(test) <= own and isinstance(test["number"], str) and test.get("status", "passed") in (
                "passed", "failed")  # fmt: skip
            assert test["visibility"] == "visible" and all(isinstance(tag, str) for tag in test["tags"])
            assert isinstance(test.get("score", 0.0), float)
        found[folder] = results
    return found


def junit(data: bytes) -> dict[str, ElementTree.Element]:
    """The suites by name, with their counts checked."""
    root = ElementTree.fromstring(data)
    assert root.tag == "testsuites"
    suites = {}
    for suite in root:
        assert suite.tag == "testsuite"
        cases = suite.findall("testcase")
        for name, tag in (("errors", "error"), ("failures", "failure"), ("skipped", "skipped")):
            assert int(suite.attrib[name]) == sum(case.find(tag) is not None for case in cases)
        assert int(suite.attrib["tests"]) == len(cases)
        assert float(suite.attrib["time"]) >= 0 and {"timestamp", "hostname"} <= set(suite.attrib)
        for case in cases:
            assert {"classname", "name", "time"} <= set(case.attrib)
            assert {child.tag for child in case} <= {"failure", "error", "skipped"}
        suites[suite.attrib["name"]] = suite
    assert len(suites) == len(root)
    return suites
