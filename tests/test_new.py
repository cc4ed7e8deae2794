"""`autograder new-assignment` writes a folder that works at once, checks the name, and writes over nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from autograder.errors import ConfigError
from autograder.folder import built_in, find_folder
from autograder.new import new_assignment
from autograder.preflight import Options, describe
from autograder.rubric import load_rubric
from fixtures.brought import brought
from tests.in_process import graded, shares

ROOT = Path(__file__).resolve().parents[1]


def test_what_is_written_works(tmp_path: Path) -> None:
    """The reference and the variant earn all, the template nothing, and the fault is caught."""
    written = new_assignment("charlm_2", tmp_path / "deeper" / "courses")
    folder = tmp_path / "deeper" / "courses" / "charlm_2"
    assert {path for path in folder.rglob("*") if path.is_file()} == set(written)
    assert not [path for path in written if "NAME" in path.read_text(encoding="utf-8")]
    assert load_rubric(folder / "rubric.toml").assignment.name == "charlm_2"
    has = brought(find_folder(str(folder)), ["reverse"])
    assert len(has.corpus.labels("variant")) == len(has.corpus.labels("fault")) == 1
    fault, variant = sorted(has.corpus.build(tmp_path / "built"))
    hand_ins = [has.reference, variant, fault, has.template]
    assert [shares(report)["reverse"] for report in graded(folder, hand_ins, tmp_path)] == [1, 1, 0, 0]


MORE = '\n[[items]]\nid = "more"\ntitle = "More"\npoints = 10\nbonus = true\nasks = "More."\n'


@pytest.mark.parametrize(
    ("file", "before", "after", "says"),
    [
        ("checks/test_reverse.py", 'item("reverse"', 'item("revers"', "no item `revers`; the nearest is `reverse`"),
        ("declaration.py", '"reverse": REVERSE', '"revers": REVERSE', "no item `revers`; the nearest is `reverse`"),
        (
            "rubric.toml",
            "step = 0.5\n",
            f"step = 0.5\nbonus = 10\n{MORE}",
            "`more` is automatic, but no check judges it",
        ),
    ],
)
def test_a_slip_in_one_file_is_told(tmp_path: Path, file: str, before: str, after: str, says: str) -> None:
    new_assignment("words", tmp_path)
    path = tmp_path / "words" / file
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(ConfigError, match=says):
        graded(tmp_path / "words", [tmp_path / "words" / "reference" / "solution.py"], tmp_path)


def test_in_a_folder_called_course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own rubric is not taken for one that a course lays over it."""
    monkeypatch.chdir(tmp_path)
    new_assignment("words", Path("course"))
    assert describe(Options("course/words", tmp_path / "out")).rubric.course is None


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "autograder", "new-assignment", "class", "--folder", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 3 and done.stderr.startswith("It can't be called 'class'") and not done.stdout


@pytest.mark.parametrize(
    "name", ["", "Words", "2words", "a-b", "../a", "a/b", "a b", "class", "ä", "a" * 41, "words\n"]
)
def test_names_that_it_cannot_have(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="can't be called"):
        new_assignment(name, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", built_in())
def test_names_that_are_taken(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="comes with the autograder"):
        new_assignment(name, tmp_path)


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    with pytest.raises(ConfigError, match="is there already"):
        new_assignment("words", tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="is there already"):
        new_assignment("file", tmp_path)
    with pytest.raises(ConfigError, match="is there already"):
        new_assignment("words", tmp_path / "file")  # where a folder is wanted
    assert not list((tmp_path / "words").iterdir()) and (tmp_path / "file").read_bytes() == b""
