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


def words_of(*said: str) -> list[str]:
    return shlex.split(make(*said).replace("\\\n", " ").splitlines()[-1])[3:]


def test_a_class_is_told_only_what_somebody_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that course.toml can say the rest."""
    for name in ("ASSIGNMENT", "OUT", "JOBS"):
        monkeypatch.delenv(name, raising=False)
    assert words_of("grade-all") == ["grade-all"] and words_of("config") == ["config"]
    assert words_of("grade-all", "SUBMISSIONS=x") == ["grade-all", "--", "x"]
    assert words_of("grade-all", "OUT=o", "JOBS=4") == ["grade-all", "--out", "o", "--jobs", "4"]
    monkeypatch.setenv("ASSIGNMENT", "gru_attention")
    assert words_of("grade-all") == ["grade-all", "--assignment", "gru_attention"]


def test_every_word_of_a_class_is_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    words = words_of(
        "grade-all", "SUBMISSIONS=-s", "ROSTER=r", "PLATFORM=canvas", "GRADEBOOK=g", "TIME_ZONE=z", "FORCE=1",
        "ALLOW_LOWER=1", "LOG_FORMAT=json", "MARKS=m",
    )  # fmt: skip
    assert words[-2:] == ["--", "-s"] and {"--force", "--allow-lower"} <= set(words)
    for name, value in {"roster": "r", "platform": "canvas", "gradebook": "g", "time-zone": "z", "marks": "m"}.items():
        assert words[words.index(f"--{name}") + 1] == value
    assert words_of("why", "STUDENT=-jane", "SUBMISSIONS=s")[-3:] == ["--", "-jane", "s"]
    assert words_of("diff", "BEFORE=1", "AFTER=2") == ["diff", "--", "1", "2"]
    assert words_of("export", "FORMAT=canvas", "PARTIAL=1") == ["export", "--partial", "--", "canvas"]
    assert words_of("regrade", "ITEM=lab1.b", "APPLY=1") == ["regrade", "--item", "lab1.b", "--apply"]


@pytest.mark.parametrize("target", ["grade-all", "regrade", "why", "show", "diff", "export", "feedback", "similarity"])
def test_the_program_knows_every_option_that_make_gives(target: str) -> None:
    from typer.main import get_command

    from autograder.cli import app

    names = "ROSTER PLATFORM GRADEBOOK TIME_ZONE FORCE ALLOW_LOWER LOG_FORMAT RUBRIC DATA ONLY MODE RECIPE OUT JOBS "
    names += "ASSIGNMENT ITEM APPLY STUDENT BEFORE AFTER TITLE ASSIGNMENT_ID PARTIAL FORMAT AGAINST SUBMISSIONS"
    words = words_of(target, *(f"{name}=1" for name in names.split()), *(["MARKS=1"] if target == "grade-all" else []))
    command = get_command(app).commands[target]  # type: ignore[attr-defined]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--") and word != "--"} <= known


def test_help_names_every_target() -> None:
    text = make("help")
    makefile = (ROOT / "Makefile").read_text().replace("\\\n", " ")
    phony = next(line for line in makefile.splitlines() if line.startswith(".PHONY:"))
    for target in set(phony.split()[1:]) - {"start", "help"}:
        assert target in text.replace("make", " ").split(), target
    assert "PYTHON=" in text


def test_make_alone_tells_the_three_things_that_people_do() -> None:
    """Really run: it installs and grades nothing."""
    if MAKE is None:
        pytest.skip("NOT TESTED: there is no make on this machine")
    text = subprocess.run([MAKE, "-s"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    told = [line.split()[1] for line in text.splitlines() if line.startswith("  make ")]
    assert told == ["grade", "grade-all", "check-notebook"] and "make help" in text


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


def test_a_misspelt_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASIGNMENT", "charlm")  # the environment has a thousand others
    make("help", "ASSIGNMENT=charlm", "TITLE=a ITEM=b")
    with pytest.raises(subprocess.CalledProcessError) as caught:
        make("help", "ASIGNMENT=charlm")
    assert caught.value.returncode == 2
    assert 'There is no setting ASIGNMENT; "make help" names them all' in caught.value.stderr
