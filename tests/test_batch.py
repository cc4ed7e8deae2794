"""How one run is set up: the secret, the tiers, the jobs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autograder import batch
from autograder.assignment import load_assignment
from autograder.batch import make_jobs, make_plan, make_setup, print_row, start_sandbox
from autograder.cli import Only
from autograder.errors import ConfigError, GraderError
from autograder.judge.plugin import Judge
from autograder.judge.seeds import secret
from autograder.notebook.run import _MARGIN
from autograder.preflight import Options, asked_steps, check_options
from autograder.rubric import FOLDER, load_rubric
from autograder.runners.local import Job, Result
from autograder.sandbox.inprocess import InProcess
from autograder.sandbox.protocol import Tier
from autograder.whole import Plan

LABRNN = load_rubric(FOLDER / "labrnn" / "rubric.toml")

JUDGE = Judge(lambda judge: None, False)


class Tiered(InProcess):
    def __init__(self, number: int, lacks: str = "") -> None:
        super().__init__()
        self.tier = Tier(number, "fake", "as promised", lacks)


def test_the_secret_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUTOGRADER_SECRET", raising=False)
    default = secret()
    monkeypatch.setenv("AUTOGRADER_SECRET", "kept by staff")
    assert secret() == b"kept by staff" != default


@pytest.mark.parametrize(("tier", "allowed"), [(1, True), (2, True), (3, False), (4, False)])
def test_hostile_code_needs_a_safe_tier(tier: int, allowed: bool, tmp_path: Path) -> None:
    if allowed:
        make_setup(Options("labrnn", tmp_path), Tiered(tier), JUDGE, tmp_path)
    else:
        with pytest.raises(ConfigError, match=r"landlock is missing.*--unsafe"):
            make_setup(Options("labrnn", tmp_path), Tiered(tier, "landlock is missing"), JUDGE, tmp_path)
    assert (
        make_setup(Options("labrnn", tmp_path, unsafe=True), Tiered(tier), JUDGE, tmp_path).sandbox.tier.number == tier
    )


def test_marks_are_read(tmp_path: Path) -> None:
    marks = tmp_path / "marks.toml"
    marks.write_text('[[marks]]\nitem = "lab1.f.answer"\npoints = 2.5\nby = "Ann"\n')
    found = make_setup(Options("labrnn", tmp_path, marks=marks), Tiered(1), JUDGE, tmp_path).marks.marks_for("anybody")
    assert found.marks["lab1.f.answer"].points == 2.5
    marks.write_text('[[marks]]\nitem = "lab1.f.answer"\npoints = 99\nby = "Ann"\n')
    with pytest.raises(ConfigError):
        make_setup(Options("labrnn", tmp_path, marks=marks), Tiered(1), JUDGE, tmp_path)


def test_unknown_assignments() -> None:
    for name in ("nothing", "", "../labrnn", "labrnn/checks"):
        with pytest.raises(ConfigError, match="There is no assignment called"):
            start_sandbox(Options(name, Path()), 1)
        with pytest.raises(ConfigError):
            load_assignment(name)


def test_more_is_preloaded_for_many_and_for_trainings(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(batch, "open_sandbox", lambda limits, **options: asked.append(options))
    start_sandbox(Options("labrnn", Path(), tier=2, only="functions"), 1)
    start_sandbox(Options("labrnn", Path(), only="functions"), batch.MANY)
    start_sandbox(Options("labrnn", Path()), 1)
    assert [options["tier"] for options in asked] == [2, None, None]
    assert asked[0]["preload"] == () and "matplotlib.pyplot" in asked[1]["preload"]
    assert "torch._dynamo" in asked[2]["preload"]


def test_the_steps_of_a_run(tmp_path: Path) -> None:
    labrnn, gru = (load_assignment(name).rubric for name in ("labrnn", "gru_attention"))
    assert asked_steps(Options("labrnn", tmp_path), labrnn) == {"functions", "notebook", "accuracy"}
    assert asked_steps(Options("labrnn", tmp_path, only="notebook"), labrnn) == {"notebook"}
    assert asked_steps(Options("gru_attention", tmp_path), gru) == {"functions"}
    with pytest.raises(ConfigError, match="no items for the step 'accuracy'"):
        asked_steps(Options("gru_attention", tmp_path, only=Only.ACCURACY), gru)


def test_what_notebooks_are_run_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = tmp_path / "IMDBDataset.csv"
    real.write_text("review,sentiment\n")
    made_up = tmp_path / "here"
    made_up.mkdir()
    for gpus, options, mode, reviews in [
        ((), Options("labrnn", tmp_path), "smoke", "synthetic"),
        ((), Options("labrnn", tmp_path, data=real), "smoke", "synthetic"),
        (("/dev/nvidia0",), Options("labrnn", tmp_path), "smoke", "synthetic"),
        (("/dev/nvidia0",), Options("labrnn", tmp_path, data=real), "full", "IMDBDataset.csv"),
        ((), Options("labrnn", tmp_path, data=real, mode="full"), "full", "IMDBDataset.csv"),
        (("/dev/nvidia0",), Options("labrnn", tmp_path, data=real, mode="smoke"), "smoke", "synthetic"),
    ]:
        monkeypatch.setattr("autograder.notebook.gpu.find_gpus", lambda gpus=gpus: gpus)
        plan = make_plan(options, made_up)
        assert (plan.mode, plan.reviews_name, plan.data) == (mode, reviews, options.data)
        assert plan.reviews == (real if mode == "full" else made_up / "IMDBDataset.csv")
    assert len((made_up / "IMDBDataset.csv").read_text().splitlines()) == batch.SMOKE_REVIEWS + 1


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (Options("labrnn", Path(), mode="full"), r"--data \(DATA=…\)"),
        (Options("labrnn", Path(), mode="full", only="functions"), "ONLY=functions"),
        (Options("labrnn", Path(), recipe="published", only="functions"), "ONLY=functions"),
        (Options("gru_attention", Path(), mode="full"), "gru_attention has no run of the whole notebook"),
        (Options("gru_attention", Path(), recipe="published"), "gru_attention has none"),
    ],
)
def test_options_that_contradict_each_other(options: Options, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        check_options(options, load_assignment(options.assignment).rubric)


def test_options_that_go_together() -> None:
    rubric = load_assignment("labrnn").rubric
    check_options(Options("labrnn", Path(), recipe="published"), rubric)
    check_options(Options("labrnn", Path(), data=Path(), mode="full"), rubric)


def test_every_path_has_a_folder_of_its_own(tmp_path: Path) -> None:
    paths = [tmp_path / "a" / "x.ipynb", tmp_path / "b" / "x.ipynb", tmp_path / "x.py"]
    jobs = make_jobs(paths, Options("labrnn", tmp_path / "out"))
    assert [job.path for job in jobs] == paths
    assert len({job.folder for job in jobs}) == 3 and all(job.folder.parent == tmp_path / "out" for job in jobs)
    assert jobs[0].name == "x"
    (tmp_path / batch.SUMMARY).mkdir()
    assert make_jobs([tmp_path / batch.SUMMARY], Options("labrnn", tmp_path))[0].name != batch.SUMMARY


def test_a_failure_inside_the_judge_gets_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, judge_settings: None
) -> None:
    """pytest would swallow it."""
    closed: list[int] = []

    class Sandbox(Tiered):
        def close(self) -> None:
            closed.append(1)

    monkeypatch.setattr(batch, "start_sandbox", lambda options, count: Sandbox(4))
    with pytest.raises(ConfigError, match="unsafe"):
        batch.grade_paths([tmp_path / "x.py"], Options("labrnn", tmp_path / "out"))
    assert closed == [1]


def test_checks_that_cannot_be_collected_grade_nobody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, judge_settings: None
) -> None:
    folder = tmp_path / "assignments"
    (folder / "broken" / "checks").mkdir(parents=True)
    (folder / "broken" / "checks" / "test_unreadable.py").write_text("def test_a(:\n")
    monkeypatch.setattr(batch, "FOLDER", folder)
    monkeypatch.setattr(batch, "start_sandbox", lambda options, count: Tiered(1))
    with pytest.raises(GraderError, match="could not be collected"):
        batch.grade_paths([tmp_path / "x.py"], Options("broken", tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_row_does_not_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    job = Job(Path("a.ipynb"), "a", Path("a"))
    print_row(Result(job, 2, None, "", "it raised \x1b[2Jcleared", 1.0))
    assert capsys.readouterr().out == "a: it raised \\x1b[2Jcleared\n"


@pytest.mark.parametrize("mode", ["smoke", "full"])
def test_there_is_time_for_every_run_of_a_notebook(mode: Any) -> None:
    """A notebook that takes all its time in each is no failure of the grader."""
    limits = LABRNN.notebook
    assert limits is not None
    once = limits.full_seconds if mode == "full" else limits.smoke_seconds
    assert Plan(mode, Path("a.csv"), "a.csv").longest(LABRNN) >= 3 * (once + _MARGIN) + 1800
