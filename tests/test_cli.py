"""The command line: exit codes, files, and what is refused."""

from __future__ import annotations

import csv
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from handins import PRINTS, REFERENCE, ROOT, TEMPLATE, points, results_of, verdicts, with_last_cell

from autograder import batch, cli
from autograder.class_cli import COMMANDS
from autograder.errors import ConfigError, GraderError
from autograder.sandbox import ZygoteSandbox
from autograder.sandbox.protocol import TIERS

SECRET = "a secret of the command line"


def unreadable(folder: Path, name: str = "bad.ipynb") -> Path:
    """A hand-in that can't be graded, of which the judge says so at once."""
    (folder / name).write_text("{")
    return folder / name


class Kept:
    """The session's zygote, which no run may close."""

    def __init__(self, zygote: ZygoteSandbox, tier: int | None = None) -> None:
        self.spawn = zygote.spawn
        self.tier = TIERS[tier] if tier else zygote.tier

    def close(self) -> None: ...


@dataclass
class Ended:
    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def run(
    zygote: ZygoteSandbox, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], judge_settings: None
) -> Run:
    """The command line in this process, on the session's sandbox."""
    monkeypatch.setenv("AUTOGRADER_SECRET", SECRET)
    monkeypatch.setattr(batch, "start_sandbox", lambda options, submissions: Kept(zygote))

    def run(*words: Any) -> Ended:
        monkeypatch.setattr(sys, "argv", ["autograder", *map(str, words)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capfd.readouterr()
        assert isinstance(ended.value.code, int)
        return Ended(ended.value.code, out, err)

    return run


def real(*words: Any, **env: str) -> subprocess.CompletedProcess[str]:
    """The command line as a process of its own."""
    command = [sys.executable, "-m", "autograder", *map(str, words)]
    env = {**os.environ, "AUTOGRADER_SECRET": SECRET} | env
    env.pop("PYTEST_DISABLE_PLUGIN_AUTOLOAD", None)
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300)


# ---- grade -----------------------------------------------------------------------------------------------------------
def test_several_paths_in_one_call(run: Run, tmp_path: Path) -> None:
    """Run twice, once as users do: in a process with a sandbox of its own."""
    bad = tmp_path / "bad.ipynb"
    bad.write_text("{")
    words = ["grade", REFERENCE, bad, "--jobs", 2, "--only", "functions", "--out"]
    ended = run(*words, tmp_path / "one")
    assert ended.code == 2
    assert "40 of 40 points so far" in ended.out and "bad.ipynb" in ended.out
    good = results_of(tmp_path / "one" / "LabRNN")
    assert list(points(good).values()) == [5.0] * 8 and good["extra_data"]["exit_code"] == 0
    assert results_of(tmp_path / "one" / "bad")["extra_data"]["exit_code"] == 2
    again = real(*words, tmp_path / "two")
    assert again.returncode == 2 and "40 of 40 points so far" in again.stdout, again.stderr
    assert verdicts(results_of(tmp_path / "two" / "LabRNN")) == verdicts(good)


def test_no_points_exit_0(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.py").write_text("def load_imdb():\n    raise NotImplementedError\n")
    ended = run("grade", tmp_path / "empty.py", "--out", tmp_path / "out", "--only", "functions")
    assert ended.code == 0 and "0 of 40 points so far" in ended.out
    content = results_of(tmp_path / "out" / "empty")
    assert content["score"] == 0 and list(points(content).values()) == [0.0] * 8


def test_work_for_something_else_exits_2(run: Run, tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("from keras.layers import LSTM\nmodel = LSTM(32)\n")
    ended = run("grade", tmp_path / "other.py", "--out", tmp_path / "out", "--only", "functions")
    assert ended.code == 2 and "defines nothing of what labrnn asks for" in " ".join(ended.out.split())


def test_what_cannot_be_graded_exits_2(run: Run, tmp_path: Path) -> None:
    ended = run("grade", unreadable(tmp_path), "--out", tmp_path / "out")
    assert ended.code == 2
    assert results_of(tmp_path / "out" / "bad")["extra_data"]["problem"]


def test_the_graders_failure_exits_3(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """prepare() has a mistake: no score, and the other files all the same."""

    def broken(*args: Any) -> Any:
        raise KeyError("a mistake of ours")

    from autograder.assignments.labrnn import prepare as module

    monkeypatch.setattr(module, "prepare", broken)
    ended = run("grade", TEMPLATE, "--out", tmp_path)
    assert ended.code == 3 and "Traceback" in ended.err
    content = results_of(tmp_path / "LabRNN")
    assert content["score"] is None and "a mistake of ours" in content["extra_data"]["failure"]
    assert set(points(content).values()) == {None}


def test_a_check_with_a_mistake_exits_3_and_its_item_is_null(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from autograder.assignments.labrnn.api import LabRNN

    def broken(self: LabRNN, *args: Any) -> Any:
        raise TypeError("a mistake of ours")

    monkeypatch.setattr(LabRNN, "tokenize", broken)
    monkeypatch.setattr(LabRNN, "model", broken)
    ended = run("grade", REFERENCE, "--only", "functions", "--out", tmp_path)
    content = results_of(tmp_path / "LabRNN")
    assert ended.code == 3 and content["score"] is None
    found = points(content)
    assert found["lab1.a"] == found["lab1.b"] == 5.0 and found["lab1.c"] is found["lab1.e.init"] is None
    assert "grader-error" in next(t for t in content["tests"] if t["number"] == "lab1.c")["tags"]


def test_marks_and_data(run: Run, tmp_path: Path) -> None:
    (tmp_path / "marks.toml").write_text('[[marks]]\nitem = "tf.1"\npoints = 3\nby = "Ann"\n')
    reviews = "good,positive\nbad,negative\n" * 150
    (tmp_path / "reviews.csv").write_text(f"review,sentiment\n{reviews}")
    words = ["--marks", tmp_path / "marks.toml", "--data", tmp_path / "reviews.csv", "--out", tmp_path / "out"]
    ended = run("grade", unreadable(tmp_path), *words)
    assert ended.code == 2, ended.err
    assert next(t for t in results_of(tmp_path / "out" / "bad")["tests"] if t["number"] == "tf.1")["score"] == 3


def test_a_courses_rubric_reaches_the_workers_and_every_report(run: Run, tmp_path: Path) -> None:
    text = '[items."lab1.a"]\npoints = 6\n[items."lab1.b"]\npoints = 4\n[checks."lab1.c".plain_integers]\nweight = 7\n'
    (tmp_path / "my.toml").write_text(text)
    words = ["--only", "functions", "--rubric", tmp_path / "my.toml", "--out", tmp_path / "out"]
    ended = run("grade", TEMPLATE, *words)
    assert ended.code == 0 and "Rubric of the course: my.toml (sha256 " in ended.out, ended.err
    content = results_of(tmp_path / "out" / "LabRNN")
    assert content["extra_data"]["rubric"].startswith("my.toml (sha256 ")
    assert {t["number"]: t["max_score"] for t in content["tests"]}["lab1.a"] == 6
    [tokenize] = [item for item in content["extra_data"]["items"] if item["id"] == "lab1.c"]
    assert {o["check"]: o["weight"] for o in tokenize["outcomes"]}["plain_integers"] == 7


def test_a_courses_rubric_that_names_what_is_not_there(run: Run, tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text('[checks."lab1.c".plain_integer]\nweight = 7\n')
    ended = run("grade", TEMPLATE, "--rubric", tmp_path / "my.toml", "--out", tmp_path / "out")
    assert ended.code == 3 and "`plain_integer`; the nearest is `plain_integers`" in ended.err
    assert not list((tmp_path / "out").iterdir())


def test_explain(run: Run, tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text("[rules]\npenalty = 0.5\n")
    ended = run("explain", "lab1.c", "--rubric", tmp_path / "my.toml")
    assert ended.code == 0 and "rules: penalty: 0.2 → 0.5" in ended.out and "plain_integers" in ended.out
    ended = run("explain", "lab1.z")
    assert ended.code == 3 and "the nearest is" in ended.err


def test_marks_of_nobody_are_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "marks.toml").write_text('[[marks]]\nstudent = "jnae"\nitem = "tf.1"\npoints = 3\nby = "Ann"\n')
    (tmp_path / "in").mkdir()
    bad = unreadable(tmp_path / "in", "jane.ipynb")
    ended = run("grade", bad, "--marks", tmp_path / "marks.toml", "--out", tmp_path / "out")
    assert "has marks for jnae: no submission here is called so; there are: jane." in ended.err
    ended = run("grade-all", tmp_path / "in", "--marks", tmp_path / "marks.toml", "--out", tmp_path / "out")
    assert "There are marks for jnae: no hand-in is called so." in ended.err


def test_the_work_for_another_assignment(run: Run, tmp_path: Path) -> None:
    """Not every name tells: both define a class GRU."""
    ended = run("grade", ROOT / "reference" / "gru_attention" / "solution.py", "--only", "functions", "--out", tmp_path)
    assert ended.code == 0 and "0 of 40 points" in ended.out
    remarks = results_of(tmp_path / "solution")["extra_data"]["remarks"]
    assert any("this looks like gru_attention (ASSIGNMENT=gru_attention)" in remark for remark in remarks)


# ---- grade-all -------------------------------------------------------------------------------------------------------
def test_grade_all(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "hand ins"
    folder.mkdir()
    with_last_cell(PRINTS, folder / "one.ipynb")
    (folder / "two.ipynb").write_bytes(b"\xff\xfe\x00")
    (folder / "three.zip").write_bytes(b"PK no zip")
    (folder / "four").mkdir()
    (folder / "one.py").write_text("def tokenize(:\n")
    (folder / "notes.txt").write_text("no hand-in")
    ended = run("grade-all", folder, "--out", tmp_path / "out", "--jobs", 2, "--only", "functions")
    assert ended.code == 0
    assert "notes: notes.txt is no notebook, script, zip or folder; hand in LabRNN.ipynb." in ended.out
    folders = sorted(p for p in (tmp_path / "out").iterdir() if p.is_dir())
    assert [p.name for p in folders] == ["four", "notes", "one", "one.py", "three", "two"]
    codes = {p.name: results_of(p)["extra_data"]["exit_code"] for p in folders}
    assert codes["one"] == 0 and codes["two"] == codes["three"] == codes["four"] == codes["notes"] == 2
    graded = sum(code == 0 for code in codes.values())
    assert f"6 submissions: {graded} graded, {6 - graded} could not be graded, the grader failed at 0." in ended.out
    assert "two: " in ended.out and "one: 35 of 40" in ended.out
    assert "Could not be graded: four, " in ended.out and "failed at: " not in ended.out
    rows = list(csv.DictReader((tmp_path / "out" / "summary.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["name"] for row in rows] == ["four", "notes", "one", "one.py", "three", "two"]
    assert {row["name"]: int(row["exit_code"]) for row in rows} == codes
    one, two = rows[2], rows[5]
    assert (one["total"], one["maximum"], one["lab1.b"], one["lab1.c"], one["tf.1"]) == (
        "35.0",
        "40.0",
        "5.0",
        "0.0",
        "",
    )
    assert two["total"] == "0.0" and two["lab1.b"] == ""


def test_grade_all_of_an_empty_folder(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    ended = run("grade-all", tmp_path / "in", "--out", tmp_path / "out")
    assert ended.code == 3 and "holds no hand-ins" in ended.err and not (tmp_path / "out").exists()


def test_grade_all_exits_3_when_the_grader_failed(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from autograder.assignments.labrnn import prepare as module

    def broken(*args: Any) -> Any:
        raise KeyError("a mistake of ours")

    monkeypatch.setattr(module, "prepare", broken)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "x.py").write_text("def tokenize(): ...\n")
    ended = run("grade-all", tmp_path / "in", "--out", tmp_path / "out")
    assert ended.code == 3 and "the grader failed at 1" in ended.out and "The grader failed at: x." in ended.out
    assert (tmp_path / "out" / "summary.csv").read_text().splitlines()[1].startswith("x,3,,,,")


# ---- what is refused -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["grade"], "Missing argument"),
        (["grade", "x.ipynb", "--no-such-option"], "--no-such-option"),
        (["grade", "x.ipynb", "--jobs", "0"], "--jobs (JOBS=): must be at least 1\n"),
        (["grade", "x.ipynb", "--jobs", "two"], "--jobs (JOBS=): must be a whole number\n"),
        (["grade", "x.ipynb", "--tier", "5"], "--tier: must be at most 4\n"),
        (["grade", "x.ipynb", "--only", "everything"], "--only (ONLY=): 'everything' is not one of 'functions'"),
        (
            ["grade", "x.ipynb", "--data", "/no/such/file.csv"],
            "--data (DATA=): path '/no/such/file.csv' does not exist",
        ),
        (["grade", "x.ipynb", "--marks", "/no/such/marks.toml"], "--marks (MARKS=): "),
        (["grade", "--", "-x.ipynb"], "There is no -x.ipynb.\n"),
        (["check", "x.ipynb"], "There is no x.ipynb.\n"),
        (["no-such-command"], "no-such-command"),
        (["grade-all", "/no/such/folder"], "'/no/such/folder' does not exist"),
        (["grade-all"], "Say which hand-ins to grade: make grade-all SUBMISSIONS=folder-or-zip."),
        (
            ["check", "x.ipynb", "--assignment", "labxyz"],
            "There is no assignment called 'labxyz'; there are: charlm, gru_attention, labrnn, sequence_tasks.",
        ),
    ],
)
def test_bad_options_exit_3(run: Run, words: list[str], message: str) -> None:
    ended = run(*words)
    assert ended.code == 3 and message in ended.err and "Traceback" not in ended.err


def test_an_unknown_assignment_exits_3(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.undo()
    unreadable(tmp_path)
    for command in (["grade", "x.ipynb"], ["grade-all", str(tmp_path)]):
        ended = run(*command, "--assignment", "labxyz")
        assert ended.code == 3 and "There is no assignment called 'labxyz'" in ended.err


def test_bad_marks_exit_3(run: Run, tmp_path: Path) -> None:
    (tmp_path / "marks.toml").write_text('[[marks]]\nitem = "lab1.zz"\npoints = 3\nby = "Ann"\n')
    ended = run("grade", unreadable(tmp_path), "--out", tmp_path / "out", "--marks", tmp_path / "marks.toml")
    assert ended.code == 3 and "lab1.zz" in ended.err and not (tmp_path / "out").exists()


@pytest.mark.parametrize("tier", [3, 4])
def test_no_isolation_is_refused_unless_unsafe(
    tier: int, run: Run, zygote: ZygoteSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "start_sandbox", lambda options, submissions: Kept(zygote, tier))
    words = ["grade", unreadable(tmp_path), "--out", tmp_path / "out"]
    refused = run(*words)
    assert refused.code == 3 and f"isolation tier {tier}" in refused.err and "--unsafe" in refused.err
    assert not any((tmp_path / "out").iterdir())
    assert run(*words, "--unsafe").code == 2
    assert results_of(tmp_path / "out" / "bad")["extra_data"]["tier"]["number"] == tier


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ConfigError("a wrong path"), "a wrong path"),
        (GraderError("no zygote"), "The grader failed: no zygote"),
        (OSError(28, "disk full", "out"), "out can't be written or read: disk full."),
        (RuntimeError("not foreseen"), "Traceback"),
    ],
)
def test_errors_of_ours_exit_3(
    run: Run, error: Exception, message: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*args: Any) -> Any:
        raise error

    monkeypatch.setattr(batch, "start_sandbox", fail)
    ended = run("grade", unreadable(tmp_path), "--out", tmp_path / "out")
    assert ended.code == 3 and message in ended.err


@pytest.mark.parametrize(("out", "reason"), [("file", "it is a file"), ("/proc/x", "No such file or directory")])
def test_an_output_folder_that_cannot_be_written_exits_3(run: Run, tmp_path: Path, out: str, reason: str) -> None:
    (tmp_path / "file").write_text("a file")
    ended = run("grade", unreadable(tmp_path), "--out", tmp_path / out)
    assert ended.code == 3 and f"Results can't be written into {tmp_path / out} (OUT): {reason}." in ended.err


@pytest.mark.parametrize(
    "words",
    [["--data", "bad.csv"], ["--marks", "bad.csv"], ["--out", "bad.csv"], ["--mode", "full"], ["nowhere.ipynb"]],
)
def test_what_is_wrong_is_said_before_anything_is_started(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    """An earlier result stays as it was."""
    monkeypatch.chdir(tmp_path)
    assert run("grade", unreadable(tmp_path)).code == 2
    before = {path: path.read_bytes() for path in (tmp_path / "results" / "bad").iterdir()}
    (tmp_path / "bad.csv").write_text("review,sentiment\nfine,neg\n")
    monkeypatch.setattr(batch, "start_sandbox", lambda *args: pytest.fail("it was started"))
    ended = run("grade", "bad.ipynb", *words)
    assert ended.code == 3 and len(ended.err.splitlines()) == 1
    assert {path: path.read_bytes() for path in (tmp_path / "results" / "bad").iterdir()} == before
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["bad"]


def test_a_folder_of_hand_ins_is_not_one(run: Run, tmp_path: Path) -> None:
    for name in ("jane", "joe"):
        (tmp_path / "in" / name).mkdir(parents=True)
        unreadable(tmp_path / "in" / name, "LabRNN.ipynb")
    ended = run("grade", tmp_path / "in", "--out", tmp_path / "out")
    assert ended.code == 3 and "did you mean make grade-all" in ended.err and not (tmp_path / "out").exists()


# ---- Ctrl-C ----------------------------------------------------------------------------------------------------------
def test_ctrl_c_in_the_terminal(tmp_path: Path) -> None:
    """The signal goes to the whole process group, in the middle of a notebook's run."""
    (tmp_path / "in").mkdir()
    (tmp_path / "tmp").mkdir()
    notebook = with_last_cell("while True: pass", tmp_path / "in" / "one.ipynb")
    words = [sys.executable, "-m", "autograder", "grade", notebook, "--out", tmp_path / "out", "--only", "notebook"]
    env = {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
    process = subprocess.Popen(words, cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        waiting = time.monotonic() + 200
        while not list((tmp_path / "out").glob("*/executed.ipynb")) and time.monotonic() < waiting:
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    told = [line for line in err.splitlines() if line and not re.match(r"cell \d+ \(\d+ of \d+\)", line)]
    assert told == ["Interrupted; there are no results."]
    assert list((tmp_path / "tmp").iterdir()) == [] and list((tmp_path / "out").iterdir()) == []


def test_ctrl_c_while_a_student_checks_a_notebook(tmp_path: Path) -> None:
    """Their own code may not catch it."""
    loop = f"while True:\n        try: open({str(tmp_path / 'begun')!r}, 'a').close()\n        except: pass"
    notebook = with_last_cell(f"def tokenize(vocab, example):\n    {loop}", tmp_path / "mine.ipynb")
    words = [sys.executable, "-m", "autograder", "check", notebook]
    process = subprocess.Popen(
        words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        waiting = time.monotonic() + 200
        while not (tmp_path / "begun").exists() and time.monotonic() < waiting:
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, out, err) == (130, "", "\nInterrupted; there are no results.\n")


# ---- check, tier, help -----------------------------------------------------------------------------------------------
def test_check_runs_the_public_checks_in_this_process(tmp_path: Path) -> None:
    notebook = with_last_cell(PRINTS, tmp_path / "mine.ipynb")
    ended = real("check", notebook)
    assert ended.returncode == 0, ended.stderr
    assert "lab1.c" in ended.stdout and "no idea" in ended.stdout and "35 of 40 points." in ended.stdout
    assert "hidden check" not in ended.stdout and "to be marked" not in ended.stdout
    assert ended.stdout.endswith("the public checks only; your grade may differ: grading also runs hidden ones.\n")


def test_check_of_an_unreadable_notebook(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.ipynb").write_text("{")
    assert run("check", tmp_path / "x.ipynb").code == 2


def test_another_tier(tmp_path: Path) -> None:
    ended = real("grade", unreadable(tmp_path), "--tier", 2, "--out", tmp_path / "out")
    if "can't be had" in ended.stderr:
        assert ended.returncode == 3
        pytest.skip(f"NOT TESTED on this machine: {ended.stderr.strip()}")
    assert ended.returncode == 2, ended.stderr
    assert results_of(tmp_path / "out" / "bad")["extra_data"]["tier"]["number"] == 2


def test_help_names_the_commands(run: Run) -> None:
    ended = run("--help")
    assert ended.code == 0 and all(
        command in ended.out for command in ("grade", "grade-all", "check", "explain", "tier", *COMMANDS)
    )


def test_a_reader_that_has_gone_is_no_failure() -> None:
    """As in `autograder explain | head -1`."""
    with subprocess.Popen(
        [sys.executable, "-m", "autograder", "explain"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        told = process.stderr.read()
    assert (process.returncode, told) == (0, b"")
