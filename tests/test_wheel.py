"""What a built wheel holds, held to the repository's files; `make test-wheel` installs one and grades with it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from autograder import __version__, references

ROOT = Path(__file__).parents[1]
SHIPPED = ("reference", "student_template")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("NOT TESTED: hatchling is not installed; `make setup` installs it")
    folder = tmp_path_factory.mktemp("dist")
    words = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(words, cwd=ROOT, check=True, capture_output=True)
    return zipfile.ZipFile(next(folder.iterdir()))


def files(folder: str) -> set[str]:
    """All that is kept of a folder, from the root on."""
    found = (path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(ROOT).as_posix() for path in found}


def test_every_file_travels(wheel: zipfile.ZipFile) -> None:
    shipped = {f"autograder/shipped/{name}" for folder in SHIPPED for name in files(folder)}
    wanted = files("autograder") | shipped | {"autograder/shipped/requirements.txt"}
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert held == wanted
    kinds = {Path(name).suffix for name in held}
    assert {".toml", ".j2", ".mako", ".json", ".ipynb", ".txt", ".tab", ".js", ".py", ""} <= kinds


def test_what_it_says_of_itself(wheel: zipfile.ZipFile) -> None:
    info = next(name for name in wheel.namelist() if name.endswith("METADATA")).rpartition("/")[0]
    metadata = wheel.read(f"{info}/METADATA").decode()
    assert f"\nVersion: {__version__}\n" in metadata and "\nLicense-Expression: MIT\n" in metadata
    assert "Private :: Do Not Upload" in metadata  # it holds hidden checks
    assert "autograder = autograder.cli:main" in wheel.read(f"{info}/entry_points.txt").decode()


def test_one_place_for_the_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["hatch"]["version"]["path"] == "autograder/__init__.py"
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{__version__}]" in changes


def test_the_build_backend_is_the_locks() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert set(project["build-system"]["requires"]) <= set(lock)


def test_files_are_found_in_a_clone() -> None:
    assert references.HOME == ROOT and references.LOCK.is_file()
    assert all((folder / "labrnn").is_dir() for folder in (references.REFERENCES, references.TEMPLATES))
