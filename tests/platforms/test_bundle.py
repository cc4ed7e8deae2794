"""What a course uploads: what is in the zip, what is not, and what is refused before anything is written."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from autograder.errors import ConfigError
from autograder.folder import BUILT_IN
from autograder.judge.seeds import VARIABLE
from autograder.platforms.bundle import write_bundle
from autograder.platforms.settings import Settings, fitted, load_settings, stages_of
from autograder.rubric import load_rubric


def names(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return set(archive.namelist())


def read(path: Path, name: str) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name).decode()


def test_the_zip_holds_all_that_grading_needs_and_one_assignment(tmp_path: Path) -> None:
    target, told = write_bundle("gradescope", "labrnn", None, tmp_path)
    found = names(target)
    assert {"setup.sh", "run_autograder", "requirements.txt", "platform.toml", "secret", "assignment.txt"} <= found
    assert {"reference/labrnn/module.py", "autograder/assignments/labrnn/rubric.toml"} <= found
    assert not [name for name in found if "gru_attention" in name or "__pycache__" in name or name.startswith("tests")]
    assert "rubric.toml" not in found and read(target, "assignment.txt") == "labrnn"
    assert 'steps = ["functions", "accuracy"]' in read(target, "platform.toml")
    assert "100 points" in told[1]
    with zipfile.ZipFile(target) as archive:
        modes = {entry.filename: entry.external_attr >> 16 & 0o777 for entry in archive.infolist()}
    assert modes["setup.sh"] == modes["run_autograder"] == 0o755 and modes["requirements.txt"] == 0o644


def test_a_folder_elsewhere_comes_along(gradescope_zip: Path) -> None:
    assert {"assignment/doubling/rubric.toml", "assignment/doubling/checks/test_double.py"} <= names(gradescope_zip)
    assert read(gradescope_zip, "assignment.txt") == "assignment/doubling"
    assert 'steps = ["functions"]' in read(gradescope_zip, "platform.toml")


def test_one_secret_one_zip(doubling: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "a course's own")
    first, told = write_bundle("gradescope", str(doubling), None, tmp_path / "1")
    second, _ = write_bundle("gradescope", str(doubling), None, tmp_path / "2")
    assert first.read_bytes() == second.read_bytes() and read(first, "secret") == "a course's own"
    assert not any(VARIABLE in line for line in told)
    monkeypatch.delenv(VARIABLE)
    drawn, told = write_bundle("gradescope", str(doubling), None, tmp_path / "3")
    assert len(read(drawn, "secret")) == 64 and any(VARIABLE in line for line in told)


def test_the_courses_own_files_come_along(doubling: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    own = tmp_path / "course" / "doubling"
    own.mkdir(parents=True)
    (own / "platform.toml").write_text("minutes = 20\nweakest_tier = 3\n")
    (own / "rubric.toml").write_text("[rules]\nstep = 1\n")
    target, _ = write_bundle("gradescope", str(doubling), None, tmp_path / "dist")
    assert read(target, "platform.toml") == "minutes = 20\nweakest_tier = 3\n"
    assert read(target, "rubric.toml") == "[rules]\nstep = 1\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("minuts = 3", "minutes"),
        ("minutes = 1", "`minutes`"),
        ('steps = ["function"]', "no step 'function'"),
        ('steps = ["notebook"]', "`memory_mb` = 1536"),
        ("memory_mb = 512", "at least 700"),
        ("weakest_tier = 4", "without any isolation"),
        ("cpus = 0", "`cpus`"),
        ('hidden_checks = "visible"', "hidden_checks"),
    ],
)
def test_settings_that_are_wrong_are_told_with_their_file(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "platform.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match="platform.toml") as caught:
        load_settings(path)
    assert told in str(caught.value)


def test_functions_come_first_and_alone(doubling: Path) -> None:
    labrnn = load_rubric(BUILT_IN / "labrnn" / "rubric.toml")
    both = frozenset({"functions", "accuracy"})
    assert stages_of(Settings(), labrnn) == (frozenset({"functions"}), both)
    assert stages_of(Settings(steps=("functions",)), labrnn) == (frozenset({"functions"}),)
    assert stages_of(Settings(steps=("accuracy",)), labrnn) == (frozenset({"accuracy"}),)
    with pytest.raises(ConfigError, match="no items of the step accuracy"):
        stages_of(Settings(steps=("accuracy",)), load_rubric(doubling / "rubric.toml"))


def test_limits_fit_the_container() -> None:
    rubric = load_rubric(BUILT_IN / "labrnn" / "rubric.toml")
    small = fitted(rubric, Settings(), 560.0)
    assert small.limits.memory_mb == 318 and small.limits.call_seconds == 2 * rubric.limits.call_seconds
    assert 2 * small.limits.submission_seconds < 560 and small.items == rubric.items
    large = fitted(rubric, Settings(cpus=4, memory_mb=8000, minutes=40), 2360.0)
    assert large.limits == rubric.limits
