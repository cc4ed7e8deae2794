"""The Makefile's and the set-up script's words; nothing is installed here."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from handins import ROOT

MAKE = shutil.which("make")


def make(*words: str) -> str:
    """What make would run, or says; the environment counts as made."""
    if MAKE is None:
        pytest.skip("NOT TESTED: there is no make on this machine")
    command = [MAKE, "--no-print-directory", "-n", "-o", ".venv/.ready", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    ("target", "name"), [("grade", "SUBMISSION"), ("grade-all", "SUBMISSIONS"), ("check-notebook", "NOTEBOOK")]
)
def test_paths_are_never_options(target: str, name: str) -> None:
    """Nor shell: quotes stay quotes."""
    assert shlex.split(make(target, f"{name}=-x it's.ipynb").splitlines()[-1])[-2:] == ["--", "-x it's.ipynb"]


@pytest.mark.parametrize("target", ["grade SUBMISSION=x", "grade-all SUBMISSIONS=x", "explain ITEM=lab1.a"])
def test_the_courses_rubric_is_handed_on(target: str) -> None:
    words = shlex.split(make(*target.split(), "RUBRIC=my rubric's.toml").splitlines()[-1])
    assert words[words.index("--rubric") + 1] == "my rubric's.toml" and words[-1] in ("x", "lab1.a")


def test_help_names_every_target() -> None:
    text = make("help")
    phony = next(line for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith(".PHONY:"))
    for target in set(phony.split()[1:]) - {"help"}:
        assert target in text.replace("make", " ").split(), target
    assert "PYTHON=" in text


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (None, "There is no {python}. Python 3.11 or newer is needed; name one: make setup PYTHON=python3.12"),
        ('case "$2" in *version_info*) exit 1;; esac; echo Python 3.8.1', "Python 3.8.1 was found"),
        ('case "$2" in *ensurepip*) exit 1;; esac', "or, without root, another Python: make setup PYTHON=…"),
    ],
)
def test_a_python_that_will_not_do(tmp_path: Path, script: str | None, told: str) -> None:
    python = tmp_path / "python"
    if script is not None:
        python.write_text(f"#!/bin/sh\n{script}\n")
        python.chmod(0o755)
    words = ["sh", str(ROOT / "scripts" / "setup.sh"), str(tmp_path / ".venv")]
    env = {**os.environ, "PYTHON": str(python)}
    ended = subprocess.run(words, env=env, capture_output=True, text=True)
    assert ended.returncode == 3 and not (tmp_path / ".venv").exists()
    assert len(ended.stderr.splitlines()) == 1 and told.format(python=python) in ended.stderr
