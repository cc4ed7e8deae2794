"""A class graded by the real program on a cluster, killed in the middle and started again: the same rows as here."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from autograder.new import new_assignment
from fixtures.class_rows import rows_of
from tests.runners.conformance import PATIENCE, until

ROOT = Path(__file__).resolve().parents[2]


def make_class(folder: Path) -> None:
    """Write an assignment that is quick to judge and hand-ins of every kind: right, wrong, blank, loud, no Python."""
    new_assignment("words", folder)
    has, hand_ins = folder / "words", folder / "hand_ins"
    hand_ins.mkdir()
    right = (has / "reference" / "solution.py").read_text()
    texts = {
        **{f"right{number}": f"{right}\nNUMBER = {number}\n" for number in range(3)},
        "wrong": next((has / "faults").glob("*.py")).read_text(),
        "blank": (has / "template" / "solution.py").read_text(),
        "loud": f"{right}\nraise SystemExit('enough')\n",
        "no_python": "def reverse_words(",
    }
    for name, text in texts.items():
        (hand_ins / f"{name}.py").write_text(text)


def grade_all(folder: Path, runner: str, environment: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start the program on the class in `folder`, with results in a folder called like the runner."""
    words = ["--assignment", str(folder / "words"), "--out", str(folder / runner), "--runner", runner, "--jobs", "2"]
    return subprocess.Popen(
        [sys.executable, "-m", "autograder", "grade-all", *words, "--log-format", "plain", str(folder / "hand_ins")],
        cwd=folder, env={**environment, "PYTHONPATH": f"{ROOT}:{environment.get('PYTHONPATH', '')}"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def check_rows(folder: Path, runner: str, environment: Mapping[str, str]) -> None:
    """The rows of a run that was killed once are those of this machine's own pool."""
    make_class(folder)
    cut = grade_all(folder, runner, environment)
    out = folder / runner
    until(lambda: any(out.glob("*/results.json")) or cut.poll() is not None, "there is no result", 6 * PATIENCE)
    cut.send_signal(signal.SIGKILL)
    cut.communicate()
    for name in (runner, "local"):
        run = grade_all(folder, name, environment)
        told, err = run.communicate(timeout=6 * PATIENCE)
        assert run.returncode == 0, told + err
    rows, wanted = rows_of(out / "gradebook.db"), rows_of(folder / "local" / "gradebook.db")
    assert rows == wanted and len(rows["scoring"]) == len(list((folder / "hand_ins").iterdir()))
