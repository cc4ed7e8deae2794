"""nbgrader writes the same file from a gradebook of its own that holds the same grades."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import export_readers as read
import nbgrader_environment
import pytest

from autograder.exports import export
from autograder.grades import Class

SCRIPT = """
import json, sys
from datetime import datetime
from nbgrader.api import Gradebook
from nbgrader.plugins.export import CsvExportPlugin

told, database, target = json.load(sys.stdin), sys.argv[1], sys.argv[2]
with Gradebook(f"sqlite:///{database}") as book:
    book.add_assignment("lab1", duedate=datetime.fromisoformat(told["due"]))
    book.add_notebook("p", "lab1")
    book.add_grade_cell("q", "p", "lab1", max_score=told["maximum"], cell_type="code")
    for row in told["students"]:
        book.add_student(row["id"], first_name=row["first"], last_name=row["last"], email=row["email"])
        if row["raw"] is not None:
            own = book.add_submission("lab1", row["id"], timestamp=datetime.fromisoformat(row["time"]))
            book.find_grade("q", "p", "lab1", row["id"]).auto_score = row["raw"]
            own.notebooks[0].late_submission_penalty = row["penalty"]
    book.db.commit()
    plugin = CsvExportPlugin()
    plugin.to = target
    plugin.export(book)
"""
STUDENTS = [  # as conftest has them, but for the hostile one: nbgrader escapes nothing
    ("u01", "Ann", "Archer", "ann@x.example", 45.0, 0.0), ("u03", "Cem", "Öztürk", "", 30.0, 0.0),
    ("u04", "Dua", "O'Hara", "", 30.0, 0.0), ("u05", "", "Eve", "", None, 0.0), ("u06", "Fay", "Fox", "", 35.0, 5.0),
    ("u07", "", "Gus", "", 0.0, 0.0), ("u08", "Hal", "Hu", "", 0.0, 0.0),
]  # fmt: skip


@pytest.mark.skipif(
    not nbgrader_environment.PYTHON.exists(),
    reason="nbgrader has no environment here: python tests/exports/nbgrader_environment.py makes it",
)
def test_nbgrader_writes_the_same(finished: Class, tmp_path: Path) -> None:
    told = {
        "due": "2026-03-01 22:59:00",
        "maximum": 40.0,
        "students": [
            {"id": own, "first": first, "last": last, "email": email, "raw": raw, "penalty": penalty,
             "time": "2026-03-01 12:00:05"}
            for own, first, last, email, raw, penalty in STUDENTS
        ],
    }  # fmt: skip
    path = f"{nbgrader_environment.PYTHON.parent}{os.pathsep}{os.environ['PATH']}"  # it calls alembic
    environment = {**os.environ, "PATH": path, "HOME": str(tmp_path)}
    theirs_path = tmp_path / "theirs.csv"
    subprocess.run(
        [nbgrader_environment.PYTHON, "-I", "-c", SCRIPT, tmp_path / "gradebook.db", theirs_path],
        input=json.dumps(told), text=True, check=True, timeout=120, env=environment,
    )  # fmt: skip
    ours = read.nbgrader(export(with_a_penalty(finished), "nbgrader", tmp_path, partial=False)[0].read_bytes())
    theirs = read.nbgrader(theirs_path.read_bytes())
    assert set(theirs) == {own for own, *_ in STUDENTS} == set(ours) - {"u02"}
    for own, row in theirs.items():
        for column, value in row.items():
            if own == "u05" and column in ("raw_score", "late_submission_penalty", "score"):
                assert (value, ours[own][column]) == ("0.0", "")  # the one difference, on purpose
            elif column in ("raw_score", "late_submission_penalty", "score", "max_score"):
                assert float(value) == float(ours[own][column]), (own, column)
            else:
                assert value == ours[own][column], (own, column)


def with_a_penalty(finished: Class) -> Class:
    """The class with u06 late: 35 less 5."""
    grades = [replace(own, raw=35.0) if own.person.id == "u06" else own for own in finished.grades]
    return replace(finished, grades=tuple(grades))
