"""An assignment's folder may live anywhere: found by its path, its code a package that meets no other."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autograder import template
from autograder.assignment import load_assignment
from autograder.batch import check_own, grade_paths
from autograder.errors import ConfigError, GraderError
from autograder.explain import explain
from autograder.folder import BUILT_IN, find_folder
from autograder.judge.plugin import Judge
from autograder.judge.session import with_checks
from autograder.preflight import Options, describe
from autograder.rubric import load_rubric
from autograder.run import Run
from autograder.whole import hooks
from fixtures.validate import main as validate
from tests.elsewhere import CORPUS, RIGHT, RUBRIC, WRONG, write_assignment

ROOT = Path(__file__).parents[1]
NOTEBOOK_STEP = RUBRIC + 'step = "notebook"\n'


@pytest.fixture(autouse=True)
def settings(judge_settings: None) -> None: ...


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_assignment(tmp_path / "my course" / "week-1")


@pytest.fixture
def hand_ins(tmp_path: Path) -> list[Path]:
    found = []
    for name, text in {"right": RIGHT, "wrong": WRONG, "other": "def load_imdb(): ...\n"}.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        found.append(tmp_path / f"{name}.py")
    return found


def totals(out: Path) -> dict[str, Any]:
    return {path.parent.name: json.loads(path.read_text())["score"] for path in out.glob("*/results.json")}


# ---- end to end ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("jobs", [1, 2])
def test_it_grades_end_to_end(folder: Path, hand_ins: list[Path], tmp_path: Path, jobs: int) -> None:
    """As users do: in a process and a sandbox of their own, from a folder that is not the project's."""
    at, out = tmp_path / "elsewhere", tmp_path / "out"
    at.mkdir()
    words = ["grade", *map(str, hand_ins), "--assignment", os.path.relpath(folder, at), "--out", str(out)]
    code = (
        "import sys; before = list(sys.path)\n"
        "from autograder.cli import app\n"
        "try: app(standalone_mode=False)\n"
        "finally: assert sys.path == before, sys.path\n"
    )
    env = {**os.environ, "AUTOGRADER_SECRET": "x", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, *words, "--jobs", str(jobs)]
    ended = subprocess.run(command, cwd=at, env=env, capture_output=True, text=True, timeout=300)
    assert "AssertionError" not in ended.stderr and "Doubling" in ended.stdout, ended.stderr
    assert totals(out) == {"right": 2.0, "wrong": 0.0, "other": 0.0}
    other = json.loads((out / "other" / "results.json").read_text())
    assert "defines nothing of what doubling asks for (double)" in other["output"]


def test_tests_of_the_courses_own_around_it_are_left_alone(folder: Path) -> None:
    for place in (folder.parent, folder):
        (place / "test_of_the_course.py").write_text("raise RuntimeError('nobody asked for this')")
    found: list[str] = []
    asked = find_folder(str(folder))
    with_checks(asked.checks, lambda judge: found.extend(check.name for check in judge.checks), package=asked.package)
    assert found


def test_a_folder_whose_name_is_no_text(folder: Path) -> None:
    odd = folder.with_name(os.fsdecode(b"week\xff"))
    folder.rename(odd)
    assert find_folder(str(odd)).package.isidentifier()


def test_a_student_checks_their_own(folder: Path, hand_ins: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    options = Options(str(folder), Path(), only="functions", unsafe=True)
    assert check_own(hand_ins[1], describe(options)) == 0
    assert "0 / 2" in capsys.readouterr().out


def test_what_is_graded_is_explained(folder: Path) -> None:
    told = explain(find_folder(str(folder)), load_rubric(folder / "rubric.toml"))
    assert "double returns twice its argument." in told and "2.00  ×1  doubles" in told


def test_a_course_has_its_own_rubric_over_it(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "course" / "week-1" / "rubric.toml"
    own.parent.mkdir(parents=True)
    own.write_text('[items.double]\ntitle = "Twice"\n[limits]\ncall_seconds = 3.0\n')
    monkeypatch.chdir(tmp_path)
    rubric = describe(Options(str(folder), Path())).rubric
    assert (rubric.item("double").title, rubric.limits.call_seconds) == ("Twice", 3.0)


def test_templates_are_made_beside_the_source(folder: Path) -> None:
    assert template.main([str(folder)]) == 0 == template.main([str(folder), "--check"])
    solved, blank = ((folder / kind / "solution.ipynb").read_text() for kind in ("reference", "template"))
    assert "return 2 * x" in solved and "return 2 * x" not in blank and "NotImplementedError" in blank
    assert 'SOLVED = (\n    "double",\n)' in (folder / "reference" / "module.py").read_text()


def test_its_own_corpus_is_validated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As `make validate` does; one of its faults has none, which is told."""
    folder = write_assignment(tmp_path / "own", CORPUS)
    assert template.main([str(folder)]) == 0
    assert validate([str(folder), "--jobs", "2"]) == 1
    told = capsys.readouterr().out
    assert re.search(r"variants accepted +1 of +1", told) and re.search(r"faults caught.* 1 of +2", told)
    assert re.findall("DISAGREES .*", told) == [
        "DISAGREES fault fair.ipynb: double should be less, is full (2.0); failed: none"
    ]
    assert re.search(r"reference full +1 of +1", told) and re.search(r"template zero +1 of +1", told)


# ---- packages --------------------------------------------------------------------------------------------------------
def test_two_folders_of_one_name_do_not_meet(tmp_path: Path) -> None:
    for name, text in (("a", "NAME = 1\n"), ("b", "NAME = 2\n")):
        write_assignment(tmp_path / name / "torch", {"names.py": text, "__init__.py": ""})
    one, two = (find_folder(str(tmp_path / name / "torch")) for name in "ab")
    assert (one.module("names").NAME, two.module("names").NAME) == (1, 2)
    assert "torch" not in one.package.split(".") and find_folder(str(tmp_path / "a" / "torch")) == one
    assert not any(Path(entry).is_relative_to(tmp_path) for entry in sys.path)


def test_a_name_goes_before_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_assignment(tmp_path / "labrnn")
    monkeypatch.chdir(tmp_path)
    assert find_folder("labrnn").path == BUILT_IN / "labrnn"
    assert find_folder("./labrnn").path == tmp_path / "labrnn"
    assert find_folder(str(BUILT_IN / "labrnn")) == find_folder("labrnn")


@pytest.mark.parametrize("name", ["test_more.py", "conftest.py"])
def test_checks_that_cannot_be_imported_grade_nobody(folder: Path, name: str) -> None:
    def body(judge: Judge) -> None:
        raise AssertionError("nobody is graded")

    (folder / "checks" / name).write_text("from ..nowhere import nothing\n")
    own = find_folder(str(folder))
    with pytest.raises(GraderError, match=r"could not be collected(.|\n)*nowhere"):
        with_checks(own.checks, body, package=own.package)


# ---- what is wrong ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("part", ["rubric.toml", "prepare.py"])
def test_a_part_that_is_missing_is_named(folder: Path, part: str) -> None:
    (folder / part).unlink()
    with pytest.raises(ConfigError, match=f"it lacks {part}"):
        find_folder(str(folder))


def test_a_name_that_prepare_lacks_is_named(tmp_path: Path) -> None:
    folder = find_folder(str(write_assignment(tmp_path / "own", {"prepare.py": "GRADED = {}\n"})))
    with pytest.raises(ConfigError, match=r"prepare\.py lacks prepare, substitutes, unknown"):
        load_assignment(folder, load_rubric(folder.rubric))


def test_a_step_beyond_functions_needs_its_code(tmp_path: Path) -> None:
    folder = write_assignment(tmp_path / "own", {"rubric.toml": NOTEBOOK_STEP})
    with pytest.raises(ConfigError, match=r"doubling has items of the step notebook, but no whole\.py"):
        describe(Options(str(folder), Path()))


def test_a_folder_of_hand_ins_is_no_assignment(hand_ins: list[Path], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"There is no assignment called .*A path to a folder of your own"):
        find_folder(str(tmp_path))


# ---- a notebook's step -----------------------------------------------------------------------------------------------
WHOLE = """
from autograder.evidence import Evidence

AHEAD = ()

def check_data(path):
    raise NotImplementedError

def notebook_data(run, folder):
    return None

def startup():
    return ()

def replacements(hopeless, context):
    return ()

def second_chance(evidence, context, overrides):
    return ()

def settle(before, after, overrides, broken):
    return None

def gather(submission, execution, run, context):
    return Evidence(remarks=tuple(cell.text.strip() for cell in execution.cells))

def verify(run, student, context):
    return ()
"""
RAN = """
from autograder.judge.expect import expect_equal
from autograder.judge.marks import item

@item("ran")
def test_prints(context):
    '''The notebook prints six.'''
    expect_equal(list(context.evidence.remarks), ["6"], "it prints something else")
"""


def test_a_hook_that_whole_py_lacks_is_named(tmp_path: Path) -> None:
    folder = find_folder(
        str(write_assignment(tmp_path / "own", {"whole.py": WHOLE.replace("def settle", "def unsettle")}))
    )
    with pytest.raises(ConfigError, match=r"whole\.py lacks settle\."):
        hooks(folder)
    assert hooks(find_folder("labrnn")).AHEAD == ("lab1.f.loop",)


def test_its_whole_py_is_used(tmp_path: Path, hand_ins: list[Path]) -> None:
    rubric = RUBRIC.replace("points = 2\ncap = 2", "points = 3\ncap = 3") + (
        '\n[[items]]\nid = "ran"\ntitle = "It runs"\npoints = 1\nasks = "Print six."\nstep = "notebook"\n'
    )
    files = {"rubric.toml": rubric, "whole.py": WHOLE, "checks/test_ran.py": RAN}
    folder = write_assignment(tmp_path / "own", files)
    (tmp_path / "right.py").write_text(RIGHT + "\nprint(double(3))\n")
    run: Run = describe(Options(str(folder), tmp_path / "out", unsafe=True))
    [result] = grade_paths([tmp_path / "right.py"], run)
    assert result.problem == "" and result.scores == {"double": 2.0, "ran": 1.0}
