"""Every command of README.md and docs/ is run, top to bottom, in a fresh clone of its page's own: `make test-docs`.

The clone is of the last commit, and has this checkout's .venv. What is shown must be what comes, see scripts/docs/.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from scripts.docs.blocks import ROOT, Command, blocks, fits, pages

pytestmark = pytest.mark.slow
ELSEWHERE = ("authoring.md",)  # tests/test_authoring.py, in the default suite
NAMES = [
    path.name
    for path in pages()
    if path.name not in ELSEWHERE and any(block.commands() and not block.not_run for block in blocks(path))
]
SECONDS = 1200.0  # of one command; a whole notebook takes one minute on a quiet machine


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The last commit, with the example files in it."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("NOT TESTED: this is no clone, or there is no git")
    folder = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", ROOT, folder], check=True)
    (folder / ".venv").symlink_to((ROOT / ".venv").resolve())
    os.utime(folder / "requirements.txt", (0, 0))  # so that make does not take .venv for older
    run(folder, ".venv/bin/python -m scripts.docs.examples .")
    (folder / "by_mistake.toml").write_text('[[marks]]\nitem_ = "lab1.a"\npoints = 1\nby = "Ann"\n', encoding="utf-8")
    return folder


def run(folder: Path, command: str) -> tuple[int, str]:
    """Exit code, and what is printed to either stream."""
    unset = ("AUTOGRADER_SECRET", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHONPATH")
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment | {"COLUMNS": "80"}, text=True, timeout=SECONDS,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return done.returncode, done.stdout


def problem(command: Command, code: int, printed: str) -> str:
    """What is wrong with how it ended, or nothing."""
    if code != command.exits:
        return f"$ {command.text}\nended with {code}, not {command.exits}\n{printed}"
    if command.shown is not None and not fits(command.shown, printed):
        return f"$ {command.text}\n--- shown\n{command.shown}--- printed\n{printed}"
    return ""


@pytest.mark.parametrize("name", NAMES)
def test_every_command_does_what_the_page_shows(name: str, clone: Path) -> None:
    path = ROOT / name if name == "README.md" else ROOT / "docs" / name
    problems, exports = [], ""
    for block in blocks(path):
        if block.path:
            (clone / block.path).write_text(block.text, encoding="utf-8")
        if not block.not_run:
            for command in block.commands():
                exports += f"{command.text}; " if command.text.startswith("export ") else ""
                problems.append(problem(command, *run(clone, exports + command.text)))
    assert not any(problems), "\n\n".join(filter(None, problems))


class Fetched(HTMLParser):
    """Gathers what a browser would fetch from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = dict(attrs)
        address = own.get("href" if tag == "link" else "src") or ""
        if tag != "a" and re.match(r"(https?:)?//", address) and own.get("rel") != "canonical":
            self.found.append(address)


def test_the_site_fetches_nothing() -> None:
    built = sorted((ROOT / "build" / "site").glob("*.html"))
    if not built:
        pytest.skip("NOT TESTED: build the site first, make docs")
    for page in built:
        reader = Fetched()
        reader.feed(page.read_text(encoding="utf-8"))
        assert not reader.found, page.name
