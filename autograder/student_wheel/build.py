"""Writes the wheel of one assignment's public checks."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from autograder import __version__
from autograder.errors import GraderError
from autograder.folder import Folder, find_folder, is_built_in
from autograder.own.tasks import read_sheet
from autograder.references import TEMPLATES
from autograder.rubric import load_rubric
from autograder.student_wheel.gather import Gathered, gather
from autograder.student_wheel.public import read_suite

README = Path(__file__).with_name("README.md.txt")
LEAST = {"torch": ">=2.6", "numpy": ">=1.26", "pytest": ">=8.1", "hypothesis": ">=6.140", "msgpack": ">=1.0"}
PROJECT = """\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "autograder-student"
version = "{version}"
description = "Public checks for your own notebook: {title}"
readme = "README.md"
requires-python = ">=3.11"
dependencies = [{needs}]

[project.scripts]
autograder = "autograder.own.cli:main"

[project.entry-points.pytest11]
autograder = "autograder.own.pytest_plugin"

[tool.setuptools.packages.find]
include = ["autograder*"]

[tool.setuptools.package-data]
"*" = ["*.toml", "**/nltk_data/**"]
"""
MADE_AT = "1704067200"  # 2024-01-01, in every file: the same sources make the same wheel


def build(assignment: str, out: Path) -> Path:
    """Build the wheel into `out`; returns its path.

    Raises:
        ConfigError: there is no such assignment, or its public checks need what students must not have.
        GraderError: its checks can't be collected, or setuptools failed.
    """
    folder = find_folder(assignment)
    rubric = load_rubric(folder.rubric)
    suite = read_suite(folder, rubric)
    gathered = gather(folder, rubric, suite, template_of(folder))
    with tempfile.TemporaryDirectory() as scratch:
        write_project(Path(scratch), folder, gathered)
        return _made(Path(scratch), out)


def template_of(folder: Folder) -> Path:
    """The folder that students download."""
    return TEMPLATES / folder.name if is_built_in(folder) else folder.path / "template"


def write_project(scratch: Path, folder: Folder, gathered: Gathered) -> None:
    """Write all files as setuptools wants them."""
    for name, content in gathered.files.items():
        path = scratch / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    sheet = read_sheet(folder)
    first = sheet.items[0].id
    own = " and ".join(filter(None, (", ".join(gathered.own[:-1]), *gathered.own[-1:])))
    (scratch / "README.md").write_text(
        README.read_text(encoding="utf-8").format(
            title=sheet.title, item=first, function=sheet.names[first], notebook=sheet.notebook, own=own
        ),
        encoding="utf-8",
    )
    needs = ", ".join(f'"{name}{LEAST.get(name, "")}"' for name in gathered.needs)
    text = PROJECT.format(version=f"{__version__}+{folder.name.replace('_', '.')}", title=sheet.title, needs=needs)
    (scratch / "pyproject.toml").write_text(text, encoding="utf-8")


def _made(scratch: Path, out: Path) -> Path:
    """Raises:
    GraderError: setuptools failed.
    """
    out = out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    code = "import sys; from setuptools import build_meta; print(build_meta.build_wheel(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(out)],
        cwd=scratch,
        env=os.environ | {"SOURCE_DATE_EPOCH": MADE_AT},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise GraderError(f"setuptools could not build the wheel:\n{done.stdout[-1000:]}{done.stderr[-1000:]}")
    return out / done.stdout.strip().splitlines()[-1]
