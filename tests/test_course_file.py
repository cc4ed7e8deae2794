"""course.toml, and what is wrong about a class before anything is graded: one sentence, exit 3."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder import batch, cli
from autograder.class_cli import Platform
from autograder.course_file import TABLES, Settings, listing, settings, without_password
from autograder.errors import ConfigError
from tests.elsewhere import write_assignment


def course(folder: Path, text: str) -> Path:
    (folder / "course.toml").write_text(text)
    return folder


# ---- the file --------------------------------------------------------------------------------------------------------
def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    found, sources = settings({"jobs": None}, tmp_path)
    assert found == Settings() and set(sources.values()) == {"default"}


def test_paths_are_relative_to_the_file_and_urls_are_none(tmp_path: Path) -> None:
    text = 'roster = "r.csv"\nout = "/abs/out"\ngradebook = "postgresql:///course"\nassignment = "labrnn"\n'
    found, _ = settings({}, course(tmp_path, text))
    assert found.roster == str(tmp_path / "r.csv") and found.out == "/abs/out"
    assert found.gradebook == "postgresql:///course" and found.assignment == "labrnn"
    found, _ = settings({}, course(tmp_path, 'gradebook = "book.db"\n'))
    assert found.gradebook == str(tmp_path / "book.db")


def test_the_command_line_goes_before_the_file(tmp_path: Path) -> None:
    given = {"jobs": 7, "out": Path("elsewhere"), "platform": Platform.MOODLE, "data": None}
    found, sources = settings(given, course(tmp_path, 'jobs = 4\nplatform = "canvas"\ndata = "d.csv"\n'))
    assert (found.jobs, found.out, found.platform, found.data) == (7, "elsewhere", "moodle", str(tmp_path / "d.csv"))
    assert sources["jobs"] == "command line" and sources["data"] == str(tmp_path / "course.toml")
    assert sources["mode"] == "default"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rooster = 1", "there is no key `rooster`; the nearest is `roster`"),
        ('jobs = "many"', "`jobs` must be a whole number, not a text"),
        ("roster = 5", "`roster` must be a text, not a whole number"),
        ("jobs = 0", ">= 1"),
        ("jobs = 2.5", "`jobs` must be a whole number, not a number"),
        ("tier = 7", "<= 4"),
        ("unsafe = 1", "`unsafe` must be true or false, not a whole number"),
        ('platform = "blackboard"', "'blackboard' is none of "),
        ('mode = "fll"', "'fll' is none of "),
        ('recipe = "publishd"', "'publishd' is none of "),
        ('only = "function"', "'function' is none of "),
        ('log_format = "xml"', "'xml' is none of "),
        ('out = ""', "length >= 1"),
        ("[roster]\nfile = 1", "`roster` must be a text, not a table"),
        ("jobs = ", "Invalid value"),
        ("jobs = 1\njobs = 2", "Cannot overwrite a value"),
    ],
)
def test_wrong_files(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as error:
        settings({}, course(tmp_path, text))
    assert told in str(error.value) and str(error.value).startswith(str(tmp_path / "course.toml"))
    assert "\n" not in str(error.value)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "course.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"course\.toml: "):
        settings({}, tmp_path)


def test_the_listing_tells_everything_but_passwords(tmp_path: Path) -> None:
    text = course(tmp_path, 'gradebook = "postgresql://ann:hush@db/course"\njobs = 3\n')
    lines = listing(*settings({}, text)).splitlines()
    of_tables = sum(len(kind.__struct_fields__) for kind in TABLES.values())
    assert len(lines) == len(Settings.__struct_fields__) - len(TABLES) + of_tables
    assert "hush" not in "".join(lines) and any("postgresql://ann:***@db/course" in line for line in lines)
    assert next(line for line in lines if line.startswith("jobs ")).split() == ["jobs", "=", "3", "#", str(tmp_path / "course.toml")]  # noqa: E501  # fmt: skip


@pytest.mark.parametrize("text", ["results/book.db", "sqlite:///x.db", "postgresql://db:5432/x", "a:b@c"])
def test_what_has_no_password_stays(text: str) -> None:
    assert without_password(text) == text


# ---- the command -----------------------------------------------------------------------------------------------------
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line in a folder of its own with one hand-in; nothing may be started."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUTOGRADER_SECRET", "x")
    monkeypatch.setattr(batch, "start_sandbox", lambda *args: pytest.fail("it was started"))
    write_assignment(tmp_path / "doubling")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "ann.py").write_text("def double(x): ...\n")

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["autograder", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, out, err

    return run


def test_config_prints_every_setting(command: Command, tmp_path: Path) -> None:
    course(tmp_path, 'roster = "r.csv"\n')
    code, out, _ = command("config")
    assert code == 0 and "roster = 'r.csv'" in " ".join(out.split()) and out.count("# course.toml") == 1


ROW = "id,name\n1,Ann\n1,Bob\n"


@pytest.mark.parametrize(
    ("text", "words", "told"),
    [
        ("rooster = 1\n", [], "course.toml: there is no key `rooster`; the nearest is `roster`"),
        ('runner = "pbs"\n', [], "`runner`: 'pbs' is none of local, ray, slurm"),
        ('time_zone = "Europe/Berln"\n', [], "There is no time zone 'Europe/Berln'"),
        ('time_zone = "../../etc/passwd"\n', [], "There is no time zone"),
        ('submissions = "nowhere"\n', [], "There is no nowhere (SUBMISSIONS)."),
        ('submissions = ""\n', [], "Say which hand-ins to grade: make grade-all SUBMISSIONS=folder-or-zip."),
        ('roster = "roster.csv"\n', [], "roster.csv"),
        ('roster = "twice.csv"\n', [], "twice.csv, line 3"),
        ('rubric = "nowhere.toml"\n', [], "nowhere.toml"),
        ('marks = "nowhere.toml"\n', [], "nowhere.toml"),
        ('marks = "marks.toml"\n', [], "marks.toml"),
        ('data = "nowhere.csv"\n', [], "nowhere.csv"),
        ('assignment = "labxyz"\n', [], "There is no assignment called 'labxyz'"),
        ('only = "accuracy"\n', [], "doubling has no items for the step 'accuracy'"),
        ("", ["--roster", "nowhere.csv"], "'nowhere.csv' does not exist"),
        ("", ["--platform", "blackboard"], "'blackboard' is not one of"),
        ("", ["--time-zone", "Nowhere"], "There is no time zone 'Nowhere'"),
        ("", ["--jobs", "0"], "must be at least 1"),
        ("", ["--out", "in/ann.py"], "Results can't be written into in/ann.py (OUT): it is a file."),
        ("", ["--out", "/proc/x"], "Results can't be written into /proc/x (OUT)"),
        ("", ["--gradebook", "nonsense://x"], "nonsense"),
        ("", ["--gradebook", "text.db"], "text.db"),
        ("", ["empty"], "empty holds no hand-ins: no notebook, script, zip or folder."),
    ],
)
def test_bad_input_is_one_sentence(command: Command, tmp_path: Path, text: str, words: list[str], told: str) -> None:
    if "assignment" not in text:
        text += 'assignment = "doubling"\n'
    if "submissions" not in text and "empty" not in words:
        text += 'submissions = "in"\n'
    course(tmp_path, text)
    (tmp_path / "twice.csv").write_text(ROW)
    (tmp_path / "marks.toml").write_text('[[marks]]\nitem = "triple"\npoints = 3\nby = "Ann"\n')
    (tmp_path / "text.db").write_text("no database, but a text that is long enough to be looked at " * 20)
    (tmp_path / "empty").mkdir()
    before = sorted(tmp_path.rglob("*"))
    code, out, err = command("grade-all", *words)
    assert code == 3 and told in err and "Traceback" not in err and out == ""
    assert len(err.splitlines()) == (2 if "Try '" in err else 1)
    made = {
        path for path in set(tmp_path.rglob("*")) - set(before) if path.is_file() and "__pycache__" not in path.parts
    }
    assert not made, "nothing half-written"


def test_a_gradebook_of_a_newer_version(command: Command, tmp_path: Path) -> None:
    from sqlalchemy import text

    from autograder.gradebook import open_gradebook

    course(tmp_path, 'assignment = "doubling"\nsubmissions = "in"\n')
    (tmp_path / "results").mkdir()
    book = open_gradebook(str(tmp_path / "results" / "gradebook.db"))
    with book.writing() as connection:
        connection.execute(text("UPDATE gradebook_version SET version_num = '9999'"))
    book.close()
    code, _, err = command("grade-all")
    assert code == 3 and "gradebook.db" in err and "newer" in err and len(err.splitlines()) <= 2


def test_a_command_about_an_unknown_student(command: Command, tmp_path: Path) -> None:
    course(tmp_path, 'assignment = "doubling"\nsubmissions = "in"\n')
    for words in (["show", "zoe"], ["why", "zoe"]):
        code, _, err = command(*words)
        assert code == 3 and "There is no gradebook" in err and len(err.splitlines()) == 1
    from autograder.gradebook import open_gradebook

    (tmp_path / "results").mkdir(exist_ok=True)
    open_gradebook(str(tmp_path / "results" / "gradebook.db")).close()
    for words in (["show", "zoe"], ["why", "zoe"]):
        code, _, err = command(*words)
        assert code == 3 and "no hand-in of zoe" in err and len(err.splitlines()) == 1


def test_a_table_of_settings_key_by_key(tmp_path: Path) -> None:
    (tmp_path / "course.toml").write_text('[gpu]\ngpus = "0,1"\n')
    found, sources = settings({"per_gpu": 2, "gpus": None}, tmp_path)
    assert (found.gpu.gpus, found.gpu.per_gpu) == ("0,1", 2)
    assert (sources["gpu.gpus"], sources["gpu.per_gpu"]) == (str(tmp_path / "course.toml"), "command line")
    assert "gpu.per_gpu" in listing(found, sources)
    (tmp_path / "course.toml").write_text("[gpu]\nper_card = 2\n")
    with pytest.raises(ConfigError, match="per_card"):
        settings({}, tmp_path)
