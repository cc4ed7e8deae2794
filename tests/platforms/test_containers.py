"""A whole grading of a tiny assignment in the folders of each platform: results as an independent reader takes them."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from elsewhere import RIGHT, WRONG

from autograder.platforms.bundle import write_bundle
from fixtures.platforms import METADATA, container, put, results_of, unpack

LATE = copy.deepcopy(METADATA) | {"created_at": "2026-05-03T08:00:00-07:00"}


def hand_in(folder: Path, text: str) -> Path:
    path = folder / "doubling.py"
    path.write_text(text)
    return path


def test_gradescope_grades_with_the_platforms_deadline(doubling: Path, tmp_path: Path) -> None:
    rubric = tmp_path / "own.toml"
    rubric.write_text("[late]\nloss_per_day = 0.25\n")
    bundle, _ = write_bundle("gradescope", str(doubling), rubric, tmp_path)
    with container(bundle, hand_in(tmp_path, RIGHT), LATE) as root:
        done = subprocess.run([root / "run_autograder"], cwd="/", capture_output=True, text=True)
        found = results_of(root)
    assert done.returncode == 0, done.stderr
    assert found["score"] == 1.0 and [test["score"] for test in found["tests"]] == [2.0]
    assert "2 days late" in found["output"] and "Isolation: tier " in found["output"]
    assert found["extra_data"]["submission"] == "Jane Doe" and found["stdout_visibility"] == "hidden"
    assert "Jane Doe <jane@example.com>" in done.stdout and "100 points, the rubric 2" in done.stdout
    assert "Isolation tier" in done.stdout and "leaderboard" not in found


def test_gradescope_keeps_the_early_file_when_the_zip_is_wrong(gradescope_zip: Path, tmp_path: Path) -> None:
    with container(gradescope_zip, hand_in(tmp_path, RIGHT)) as root:
        (root / "source" / "platform.toml").write_text("minuts = 3\n")
        done = subprocess.run([root / "run_autograder"], capture_output=True, text=True)
        found = results_of(root)
    assert done.returncode == 3 and found["score"] is None and found["tests"] == []
    assert "no points follow" in found["output"] and "minuts" not in found["output"] and "minuts" in done.stdout


# ---- PrairieLearn ----------------------------------------------------------------------------------------------------
def grade_there(root: Path) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    script = root / "serverFilesCourse" / "autograder" / "grade.sh"
    done = subprocess.run([script], cwd="/", capture_output=True, text=True)
    return done, prairielearn(root / "results" / "results.json")


def prairielearn(path: Path) -> dict[str, Any]:
    """What PrairieLearn reads of the file, by its description alone."""
    data = path.read_bytes()
    assert len(data) <= 1_000_000
    found: dict[str, Any] = json.loads(data)
    assert set(found) <= {"gradable", "score", "message", "output", "images", "format_errors", "tests"}
    assert isinstance(found["gradable"], bool) and 0 <= found["score"] <= 1
    for test in found["tests"]:
        assert set(test) <= {"name", "description", "points", "max_points", "message", "output", "images"}
        assert isinstance(test["points"], float) and isinstance(test["max_points"], float)
    return found


@pytest.fixture(scope="module")
def grade(doubling: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root laid out as PrairieLearn's /grade, without a hand-in."""
    root = tmp_path_factory.mktemp("prairielearn") / "grade"
    bundle, _ = write_bundle("prairielearn", str(doubling), None, root.parent)
    unpack(bundle, root / "serverFilesCourse" / "autograder")
    (root / "serverFilesCourse" / "autograder" / ".venv").symlink_to(sys.prefix)
    for name in ("student", "tests", "data"):
        (root / name).mkdir()
    (root / "data" / "data.json").write_text(json.dumps({"true_answers": {"x": 1}}))
    return root


def test_prairielearn_grades(grade: Path, tmp_path: Path) -> None:
    put(hand_in(tmp_path, WRONG), grade / "student")
    done, found = grade_there(grade)
    assert done.returncode == 0, done.stderr
    assert found["gradable"] and found["score"] == 0.0
    (test,) = found["tests"]
    assert test["points"] == 0.0 and test["max_points"] == 2.0 and "double returns another number" in test["output"]


def test_prairielearn_takes_the_questions_settings_first(grade: Path) -> None:
    settings = grade / "tests" / "platform.toml"
    settings.write_text("cpus = 0\n")
    done, found = grade_there(grade)
    settings.unlink()
    assert done.returncode == 3 and "`cpus`" in done.stdout
    assert not found["gradable"] and not found["format_errors"] and "did not come to a result" in found["message"]
