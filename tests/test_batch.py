"""How one run is set up: the secret, the tiers, the jobs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from autograder import batch
from autograder.assignments.labrnn.reviews import SMOKE_REVIEWS
from autograder.batch import make_jobs, make_setup, print_row, start_sandbox
from autograder.cli import Only
from autograder.errors import ConfigError, GraderError
from autograder.folder import Folder
from autograder.judge.plugin import Judge
from autograder.judge.seeds import secret
from autograder.kit.text_classification.made_up import write_csv
from autograder.notebook.run import _MARGIN
from autograder.preflight import Options, describe
from autograder.records import Item
from autograder.runners.local import Job, Result
from autograder.sandbox.inprocess import InProcess
from autograder.sandbox.protocol import Tier
from autograder.whole import hooks, longest
from tests.runs import run_of


class WithoutChecks(Judge):
    """Holds none, and nobody misses them."""

    def require_items(self, items: Sequence[Item]) -> None:
        assert items


BLOCKS = str(Path(__file__).parents[1] / "examples" / "transformer_blocks")
JUDGE = WithoutChecks(lambda judge: None, False)


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
        make_setup(run_of(), Tiered(tier), JUDGE, tmp_path)
    else:
        with pytest.raises(ConfigError, match=r"landlock is missing.*--unsafe"):
            make_setup(run_of(), Tiered(tier, "landlock is missing"), JUDGE, tmp_path)
    assert make_setup(run_of(unsafe=True), Tiered(tier), JUDGE, tmp_path).sandbox.tier.number == tier


def test_marks_are_read(tmp_path: Path) -> None:
    marks = tmp_path / "marks.toml"
    marks.write_text('[[marks]]\nitem = "lab1.f.answer"\npoints = 2.5\nby = "Ann"\n')
    found = describe(Options("labrnn", tmp_path, marks=marks)).marks.marks_for("anybody")
    assert found.marks["lab1.f.answer"].points == 2.5
    marks.write_text('[[marks]]\nitem = "lab1.f.answer"\npoints = 99\nby = "Ann"\n')
    with pytest.raises(ConfigError):
        describe(Options("labrnn", tmp_path, marks=marks))


def test_unknown_assignments() -> None:
    for name in ("nothing", "", "../labrnn", "labrnn/checks"):
        with pytest.raises(ConfigError, match="There is no assignment called"):
            describe(Options(name, Path()))


def test_more_is_preloaded_for_many_and_for_trainings(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(batch, "open_sandbox", lambda limits, **options: asked.append(options))
    start_sandbox(run_of(tier=2), 1)
    start_sandbox(run_of(), batch.MANY)
    start_sandbox(describe(Options("labrnn", Path())), 1)
    assert [options["tier"] for options in asked] == [2, None, None]
    assert asked[0]["preload"] == () and "matplotlib.pyplot" in asked[1]["preload"]
    assert "torch._dynamo" in asked[2]["preload"]


def test_the_steps_of_a_run(tmp_path: Path) -> None:
    assert describe(Options("labrnn", tmp_path)).steps == {"functions", "notebook", "accuracy"}
    assert describe(Options("labrnn", tmp_path, only="notebook")).steps == {"notebook"}
    assert describe(Options("gru_attention", tmp_path)).steps == {"functions", "accuracy"}
    assert describe(Options(BLOCKS, tmp_path)).steps == {"functions"}
    with pytest.raises(ConfigError, match="no items for the step 'accuracy'"):
        describe(Options(BLOCKS, tmp_path, only=Only.ACCURACY))


def test_what_notebooks_are_run_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = tmp_path / "IMDBDataset.csv"
    write_csv(real, 400, seed=1)
    made_up = tmp_path / "here"
    made_up.mkdir()
    for gpus, options, mode, reviews in [
        ((), Options("labrnn", tmp_path), "smoke", "synthetic"),
        ((), Options("labrnn", tmp_path, data=real), "smoke", "synthetic"),
        (("/dev/nvidia0",), Options("labrnn", tmp_path), "smoke", "synthetic"),
        (("/dev/nvidia0",), Options("labrnn", tmp_path, data=real), "full", "IMDBDataset.csv"),
        ((), Options("labrnn", tmp_path, data=real, mode="full"), "full", "IMDBDataset.csv"),
        (("/dev/nvidia0",), Options("labrnn", tmp_path, data=real, mode="smoke"), "smoke", "synthetic"),
        (("/dev/nvidia0",), Options("labrnn", tmp_path, data=real, gpus="none"), "smoke", "synthetic"),
    ]:
        monkeypatch.setattr("autograder.runners.slots.find_cards", lambda gpus=gpus: gpus)
        run = describe(options)
        assert (run.mode, run.data_name, run.data) == (mode, reviews, options.data)
        assert hooks(run.folder).notebook_data(run, made_up) == (
            real if mode == "full" else made_up / "IMDBDataset.csv"
        )
    assert len((made_up / "IMDBDataset.csv").read_text().splitlines()) == SMOKE_REVIEWS + 1


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (Options("labrnn", Path(), mode="full"), r"--data \(DATA=…\)"),
        (Options("labrnn", Path(), mode="full", only="functions"), "ONLY=functions"),
        (Options("labrnn", Path(), recipe="published", only="functions"), "ONLY=functions"),
        (Options("gru_attention", Path(), mode="full"), "gru_attention has no run of the whole notebook"),
        (Options("gru_attention", Path(), recipe="published"), "those of gru_attention are not run"),
        (Options(BLOCKS, Path(), recipe="published"), "transformer_blocks has none"),
    ],
)
def test_options_that_contradict_each_other(options: Options, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        describe(options)


def test_options_that_go_together(tmp_path: Path) -> None:
    assert describe(Options("labrnn", Path(), recipe="published")).recipe == "published"
    real = tmp_path / "reviews.csv"
    write_csv(real, 400, seed=1)
    assert describe(Options("labrnn", Path(), data=real, mode="full")).mode == "full"


def test_every_path_has_a_folder_of_its_own(tmp_path: Path) -> None:
    paths = [tmp_path / "a" / "x.ipynb", tmp_path / "b" / "x.ipynb", tmp_path / "x.py"]
    jobs = make_jobs(paths, run_of(out=tmp_path / "out"))
    assert [job.path for job in jobs] == paths
    assert len({job.folder for job in jobs}) == 3 and all(job.folder.parent == tmp_path / "out" for job in jobs)
    assert jobs[0].name == "x"
    (tmp_path / batch.SUMMARY).mkdir()
    assert make_jobs([tmp_path / batch.SUMMARY], run_of(out=tmp_path))[0].name != batch.SUMMARY


def test_a_failure_inside_the_judge_gets_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, judge_settings: None
) -> None:
    """pytest would swallow it."""
    closed: list[int] = []

    class Sandbox(Tiered):
        def close(self) -> None:
            closed.append(1)

    monkeypatch.setattr(batch, "start_sandbox", lambda run, count: Sandbox(4))
    with pytest.raises(ConfigError, match="unsafe"):
        batch.grade_paths([tmp_path / "x.py"], run_of(out=tmp_path / "out"))
    assert closed == [1]


def test_checks_that_cannot_be_collected_grade_nobody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, judge_settings: None
) -> None:
    folder = Folder(tmp_path / "broken", "autograder.assignments.labrnn")
    folder.checks.mkdir(parents=True)
    (folder.checks / "test_unreadable.py").write_text("def test_a(:\n")
    monkeypatch.setattr(batch, "start_sandbox", lambda run, count: Tiered(1))
    with pytest.raises(GraderError, match="could not be collected"):
        batch.grade_paths([tmp_path / "x.py"], run_of(folder=folder, out=tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_row_does_not_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    job = Job(Path("a.ipynb"), "a", Path("a"))
    print_row(Result(job, 2, None, "", "it raised \x1b[2Jcleared", 1.0))
    assert capsys.readouterr().out == "a: it raised \\x1b[2Jcleared\n"


@pytest.mark.parametrize("mode", ["smoke", "full"])
def test_there_is_time_for_every_run_of_a_notebook(mode: Any) -> None:
    """A notebook that takes all its time in each is no failure of the grader."""
    run = run_of(mode=mode)
    assert longest(run) >= 3 * (run.notebook_seconds + _MARGIN) + 1800 and run.notebook_seconds > 0
