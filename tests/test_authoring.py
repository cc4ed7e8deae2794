"""docs/authoring.md, followed literally: its files are written, its commands run, and what it shows is what comes."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.kit.listing import tables
from autograder.new import STARTER
from scripts.docs.blocks import blocks, fits, trimmed

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "authoring.md").read_text(encoding="utf-8")
BLOCKS = blocks(ROOT / "docs" / "authoring.md")


def run(command: str, folder: Path) -> str:
    """What a command prints, without trailing blanks."""
    words = [sys.executable if word == "python" else word for word in shlex.split(command)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "COLUMNS": "80"}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return trimmed(done.stdout)


@pytest.mark.slow
def test_from_nothing_to_a_graded_assignment(tmp_path: Path) -> None:
    ran = 0
    for block in BLOCKS:
        if block.path:
            path = tmp_path / block.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
            continue
        assert block.language == "console", f"a block of {block.language} that is no file"
        for command in block.commands():
            printed, shown = run(command.text, tmp_path), command.shown or ""
            assert fits(shown, printed), f"$ {command.text}\n--- shown\n{shown}--- printed\n{printed}"
            ran += 1
    assert ran >= 7 and (tmp_path / "results" / "hand_in" / "report.html").is_file()


def test_the_tables_are_those_of_the_code() -> None:
    shown = TEXT.partition("<!-- listing -->\n")[2].partition("<!-- end of listing -->")[0]
    assert shown == tables(), "paste what `python -m autograder.kit.listing` prints"


def test_the_page_names_every_file_of_the_starter() -> None:
    first = next(block for block in BLOCKS if block.language == "console")
    written = {f"reverse_words/{path.relative_to(STARTER).with_suffix('')}" for path in STARTER.rglob("*.txt")}
    assert written == set((first.commands()[0].shown or "").split())


@pytest.mark.parametrize(
    ("shown", "printed", "fitting"),
    [
        ("a\n", "a\n", True),
        ("a\n", "a\nb\n", False),
        ("a\n…\nc\n", "a\nb\nb\nc\n", True),
        ("a\n…\nc\n", "a\nc\n", True),
        ("…\nc\n", "b\nc\n", True),
        ("…\nc\n", "b\nd\n", False),
        ("a …)\n", "a 12)\n", True),
    ],
)  # fmt: skip
def test_what_is_shown_is_compared(shown: str, printed: str, fitting: bool) -> None:
    assert fits(shown, printed) is fitting
