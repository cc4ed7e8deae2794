"""The real judge on a Ray cluster of the run's own: every row of the gradebook and of summary.csv is local's, so are
the files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from autograder.errors import ConfigError
from autograder.runners.ray import ray_python
from fixtures.class_rows import rows_of
from tests.elsewhere import RIGHT, WRONG, write_assignment

pytestmark = pytest.mark.cluster
ROOT = Path(__file__).resolve().parents[2]
HAND_INS = {
    "right": RIGHT,
    "wrong": WRONG,
    "crashes": "import os\ndef double(x):\n    os._exit(3)\n",
    "raises": "def double(x):\n    print('no idea')\n    raise ValueError(x)\n",
    "endless": "def double(x):\n    return [0] * 10**12\n",
    "empty": "",
}


def made(folder: Path) -> Path:
    """A class of every kind: files, a folder, a zip, one that can't be read."""
    write_assignment(folder / "doubling")
    there = folder / "in"
    (there / "folder").mkdir(parents=True)
    (there / "folder" / "doubling.py").write_text(RIGHT)
    for name, text in HAND_INS.items():
        (there / f"{name}.py").write_text(text)
    (there / "broken.ipynb").write_text("{")
    with zipfile.ZipFile(there / "packed.zip", "w") as file:
        file.writestr("doubling.py", WRONG)
    os.symlink("right.py", there / "link.py")
    return there


def grade(folder: Path, runner: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "autograder", "grade-all", str(folder / "in"), "--runner", runner]
    words += ["--assignment", str(folder / "doubling"), "--out", str(folder / runner)]
    env = {**os.environ, "AUTOGRADER_SECRET": "x", "PYTHONPATH": str(ROOT)}
    env.pop("PYTEST_DISABLE_PLUGIN_AUTOLOAD", None)
    return subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, timeout=600, check=False)


def told(out: Path) -> dict[str, Any]:
    """What stands in a run's folders: names of files, and scores with all checks, without times."""
    found: dict[str, Any] = {"summary.csv": (out / "summary.csv").read_text()}
    for folder in sorted(path for path in out.iterdir() if (path / "results.json").exists()):
        results = json.loads((folder / "results.json").read_text())
        tests = [{k: v for k, v in test.items() if k != "execution_time"} for test in results.get("tests", [])]
        found[folder.name] = (sorted(path.name for path in folder.iterdir()), results.get("score"), tests)
    return found


@pytest.mark.slow
def test_every_row_of_ray_is_locals(tmp_path: Path) -> None:
    made(tmp_path)
    try:
        ray_python()
    except ConfigError as error:
        pytest.skip(f"RAY WAS NOT TRIED: {error}")
    there, again, here = (grade(tmp_path, runner) for runner in ("ray", "ray", "local"))
    assert there.returncode == here.returncode == 0, there.stderr
    assert told(tmp_path / "ray") == told(tmp_path / "local")
    assert rows_of(tmp_path / "ray" / "gradebook.db") == rows_of(tmp_path / "local" / "gradebook.db")
    assert "10 of 10 were known and unchanged." in again.stdout and "Ray" not in again.stderr  # none was started
    assert "isolation tier" in there.stderr and len(there.stderr.splitlines()) < 10
