"""The local pool: every job leaves a report, whatever its worker does."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from handins import results_of

from autograder.bounded import BOUNDS, Bounds, Stages
from autograder.errors import GraderError, SandboxError
from autograder.facts import Facts, FunctionFacts
from autograder.grade import Setup, failed_report
from autograder.marks import Mark, Marks
from autograder.records import Report
from autograder.runners import local, writing
from autograder.runners.local import Job, Result, run_jobs
from autograder.runners.messages import Inbox, tell
from autograder.sandbox.inprocess import InProcess
from autograder.sandbox.processes import descendants
from autograder.whole import EXECUTED
from tests.runs import run_of, setup_of


@pytest.fixture
def setup() -> Setup:
    return setup_of(run_of(secret=b"x"), InProcess())


def fate(setup: Setup, path: Path, folder: Path, known: Facts | None) -> Facts:
    """What stands for find_out() in the workers: the name says what happens."""
    name = path.name
    kind = name.rstrip("0123456789")
    if kind == "dies":
        os._exit(9)
    if kind == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "hangs":
        time.sleep(60)
    if kind == "raises":
        raise KeyError("a mistake of ours")
    if kind == "sandbox":
        raise SandboxError("no process could be started")
    if kind == "interrupted":
        raise KeyboardInterrupt
    if kind == "executes":
        folder.mkdir()
        (folder / EXECUTED).write_text("half of it")
        time.sleep(60)
    if kind == "slow":
        time.sleep(0.4)
    if kind == "long":
        return Facts(functions=FunctionFacts(problem="long " * 30_000))
    print(f"graded {name} in {os.getpid()}", flush=True)
    return Facts()


def run(setup: Setup, folder: Path, *names: str, at_once: int = 2, show: Any = None) -> dict[str, Result]:
    jobs = [Job(Path(name), name, folder / name) for name in names]
    return {result.job.name: result for result in run_jobs(setup, jobs, at_once, show)}


@pytest.fixture(autouse=True)
def fates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "find_out", fate)


def test_every_job_leaves_a_report(setup: Setup, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    names = ["fine", "dies", "killed", "raises", "sandbox", "interrupted", "fine2", "long"]
    results = run(setup, tmp_path, *names)
    assert set(results) == set(names)
    codes = {name: results_of(tmp_path / name)["extra_data"]["exit_code"] for name in names}
    assert codes == {name: result.exit_code for name, result in results.items()}
    assert codes == {
        "fine": 0,
        "fine2": 0,
        "long": 2,
        **dict.fromkeys(["dies", "killed", "raises", "sandbox", "interrupted"], 3),
    }
    for name in ("dies", "killed", "interrupted"):
        assert f"{name} could not be graded: its worker died 2 times" in results[name].problem
    assert (
        results["raises"].problem == "KeyError: 'a mistake of ours'"
        and results["sandbox"].problem == "no process could be started"
    )
    assert all(result.total is None for result in results.values() if result.exit_code == 3)
    _, err = capfd.readouterr()
    assert err.count("KeyError") >= 1 and "SandboxError" not in err  # a traceback only where a mistake is ours


def test_a_worker_that_hangs_is_ended(setup: Setup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "GRACE_SECONDS", 0.5 - 2 * setup.run.rubric.limits.submission_seconds)
    started = time.monotonic()
    results = run(setup, tmp_path, "hangs", "fine")
    assert time.monotonic() - started < 20
    assert results["hangs"].exit_code == 3 and results["fine"].exit_code == 0
    assert results_of(tmp_path / "hangs")["score"] is None


def test_a_few_at_once(setup: Setup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running, most = 0, 0
    start, finish = local._start, local._finish

    def counted_start(*args: Any) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        start(*args)

    def counted_finish(*args: Any) -> Result:
        nonlocal running
        running -= 1
        return finish(*args)

    monkeypatch.setattr(local, "_start", counted_start)
    monkeypatch.setattr(local, "_finish", counted_finish)
    assert len(run(setup, tmp_path, *(f"slow{n}" for n in range(5)), at_once=2)) == 5
    assert most == 2 and running == 0


def test_show_runs_in_the_worker(setup: Setup, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run(setup, tmp_path, "fine", show=lambda report: print("shown", report.submission, os.getpid()))
    out = capfd.readouterr().out
    assert "shown fine" in out and str(os.getpid()) not in out


def test_a_show_that_fails_is_the_graders_failure(setup: Setup, tmp_path: Path) -> None:
    def show(report: Report) -> None:
        raise UnicodeEncodeError("ascii", "x", 0, 1, "no such letter")

    assert run(setup, tmp_path, "fine", show=show)["fine"].exit_code == 3


def test_nothing_to_do(setup: Setup, tmp_path: Path) -> None:
    assert run(setup, tmp_path) == {}


def test_no_worker_is_left(setup: Setup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pids: list[int] = []
    finish = local._finish
    monkeypatch.setattr(local, "_finish", lambda *args: pids.append(args[1].pid) or finish(*args))
    run(setup, tmp_path, "fine", "dies", "fine2")
    assert len(pids) == 3
    for pid in pids:
        with pytest.raises(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


# ---- Ctrl-C ----------------------------------------------------------------------------------------------------------
def interrupted(setup: Setup, folder: Path, *names: str) -> list[Result]:
    """Run these, two at once, and press Ctrl-C when the first has ended."""
    jobs = [Job(Path(name), name, folder / name) for name in names]
    results, handler, before = [], signal.getsignal(signal.SIGINT), set(descendants(os.getpid()))
    with pytest.raises(KeyboardInterrupt):
        for result in run_jobs(setup, jobs, 2):
            results.append(result)
            signal.raise_signal(signal.SIGINT)
    assert set(descendants(os.getpid())) <= before
    assert signal.getsignal(signal.SIGINT) is handler
    return results


def test_ctrl_c_ends_the_workers_and_leaves_whole_results(
    setup: Setup, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    results = interrupted(setup, tmp_path, "fine", "executes", "fine2", "fine3")
    assert "fine" in [result.job.name for result in results]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(result.job.name for result in results)
    for result in results:
        assert results_of(tmp_path / result.job.name)["extra_data"]["exit_code"] == result.exit_code == 0
    assert capfd.readouterr().err == ""


def test_ctrl_c_waits_for_files_that_are_being_written(
    setup: Setup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = writing.write_all

    def slowly(report: Report, folder: Path) -> None:
        if report.submission == "fine2":
            (tmp_path / "writing").touch()
            time.sleep(1.0)
        elif report.submission == "fine":
            while not (tmp_path / "writing").exists():
                time.sleep(0.01)
        write(report, folder)

    monkeypatch.setattr(writing, "write_all", slowly)
    assert [result.job.name for result in interrupted(setup, tmp_path, "fine", "fine2", "fine3")] == ["fine", "fine2"]
    assert results_of(tmp_path / "fine2")["extra_data"]["exit_code"] == 0


def test_an_earlier_runs_notebook_goes(setup: Setup, tmp_path: Path) -> None:
    (tmp_path / "fine").mkdir()
    (tmp_path / "fine" / EXECUTED).write_text("of another notebook")
    run(setup, tmp_path, "fine")
    assert not (tmp_path / "fine" / EXECUTED).exists()


def test_a_report_that_can_not_be_written_is_written_without_texts(
    setup: Setup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = writing.write_all

    def endless(report: Report, folder: Path) -> None:
        while report.output != "" or report.cells:
            pass
        write(report, folder)

    monkeypatch.setattr(writing, "write_all", endless)
    monkeypatch.setattr(writing, "Stages", lambda: Stages(bounds=dict.fromkeys(BOUNDS, Bounds(1, 200))))
    report = replace(failed_report(setup, tmp_path, "fine", GraderError("x")), output="a", failure="")
    kept = writing.write(setup.run, report, tmp_path / "fine")
    assert "too much to be written" in kept.remarks[0]
    assert "too much to be written" in results_of(tmp_path / "fine")["output"]


def test_a_worker_tells_what_it_found_and_what_it_is_at(setup: Setup, tmp_path: Path) -> None:
    seen: list[str] = []
    jobs = [Job(Path("slow"), "slow", tmp_path / "slow")]
    [result] = run_jobs(setup, jobs, 1, watch=lambda stages: seen.extend(stages.values()))
    assert result.facts == Facts() and "starting" in seen
    [failed] = run_jobs(setup, [Job(Path("raises"), "raises", tmp_path / "raises")], 1)
    assert failed.facts is not None and "a mistake of ours" in failed.facts.failure


def test_messages_come_in_pieces() -> None:
    read_end, write_end = os.pipe()
    tell(write_end, {"stage": "reading"})
    tell(write_end, {"stage": "functions", "facts": b"x" * 3000})
    os.close(write_end)
    inbox, said = Inbox(), []
    while data := os.read(read_end, 7):
        inbox.feed(data)
        said.append(inbox.last.get("stage"))
    os.close(read_end)
    assert list(dict.fromkeys(said)) == [None, "reading", "functions"] and len(inbox.last["facts"]) == 3000


def test_published_points_do_not_fall_by_themselves(setup: Setup, tmp_path: Path) -> None:
    mark = Mark(1.0, by="Ann")
    item = setup.run.rubric.items[0].id
    marked = replace(setup, run=replace(setup.run, marks=Marks({item: mark})))
    for floor, held in ((2.0, True), (1.0, False)):
        job = Job(Path("fine"), "fine", tmp_path / str(floor), floor={item: floor})
        [result] = run_jobs(marked, [job], 1)
        assert (result.fallen == (item,)) is held
        assert (tmp_path / str(floor) / "results.json").exists() is not held
