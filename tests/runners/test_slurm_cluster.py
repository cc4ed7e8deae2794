"""The engine against a real Slurm cluster of two nodes on this machine: `make test-cluster`."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autograder.errors import ConfigError, GraderError
from autograder.runners.local import Result
from autograder.runners.slurm import engine, submission
from fixtures.slurm_cluster import URGENT, SlurmCluster, slurm_cluster, why_not
from tests.runners.conformance import (
    PATIENCE,
    PROMISES,
    Place,
    done,
    jobs_in,
    let_go,
    lives,
    name_of,
    once_each,
    pids,
    times_begun,
    until,
)
from tests.runners.rows import check_rows
from tests.runners.slurm_place import SlurmPlace, quick_work, variable

pytestmark = pytest.mark.cluster
ROOT = Path(__file__).resolve().parents[2]


def drive(cluster: SlurmCluster, folder: Path) -> subprocess.Popen[str]:
    """A run as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.runners.drive_slurm", str(folder)],
        cwd=ROOT, env=cluster.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, subprocess.Popen[str]]]:
    """A run whose first job hits its time limit, on a cluster of its own: Slurm looks every half minute, and other
    tests go on meanwhile."""
    if reason := why_not():
        pytest.skip(f"SLURM WAS NOT TRIED: {reason}")
    folder = tmp_path_factory.mktemp("limited")
    jobs_in(folder, a="", b="", held="wait", c="", d="")
    with slurm_cluster(nodes=1) as cluster:
        run = drive(cluster, folder)
        until(lambda: bool(pids(folder, "held")), "nothing begins")
        job = variable(pids(folder, "held")[0], "SLURM_JOB_ID")
        cluster.call("scontrol", "update", f"JobId={job}", "EndTime=now")
        yield folder, run
        run.kill()
        run.communicate()


@pytest.fixture(scope="module")
def cluster() -> Iterator[SlurmCluster]:
    if reason := why_not():
        pytest.skip(f"SLURM WAS NOT TRIED: {reason}")
    with slurm_cluster() as started:
        yield started


@pytest.fixture
def place(cluster: SlurmCluster, monkeypatch: pytest.MonkeyPatch) -> SlurmPlace:
    monkeypatch.setenv("SLURM_CONF", str(cluster.config))
    monkeypatch.setattr(submission, "work", quick_work)
    monkeypatch.setattr(engine, "ASK_SECONDS", 0.5)
    monkeypatch.setattr(engine, "SILENCE_SECONDS", 3.0)
    return SlurmPlace(cluster)


@pytest.mark.parametrize("promise", PROMISES, ids=name_of)
def test_slurm_keeps(promise: Callable[[Place, Path], None], place: SlurmPlace, tmp_path: Path) -> None:
    promise(place, tmp_path)
    assert not (tmp_path / "out" / ".slurm").exists()


@pytest.mark.slow
def test_people_see_what_runs_and_may_requeue_it(
    place: SlurmPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_SECRET", "of the course")  # as described() has it
    place = place.with_settings(partition="grading", parallel=2, memory="1G", options={"nice": 5})
    shown: list[str] = []

    def look() -> None:
        if not shown and (there := pids(tmp_path, "held")):
            job = variable(there[0], "SLURM_JOB_ID")
            shown.append(place.cluster.call("scontrol", "show", "job", job))
            [spool] = [path for path in (tmp_path / "out" / ".slurm").iterdir() if path.is_dir()]
            modes = {stat.S_IMODE(path.stat().st_mode) for path in spool.glob("*.order")}
            assert modes == {0o600} and stat.S_IMODE(spool.stat().st_mode) == 0o700
            assert variable(there[0], "COURSE_SECRET") == ""
            place.cluster.call("scontrol", "requeue", job)
            until(lambda: not lives(there[0]), "the job was not ended")
            let_go(tmp_path)

    check_sent_again(place, tmp_path, look)
    [told] = shown
    for part in (
        "JobName=labrnn-run7", "TimeLimit=00:05:00", "Partition=grading", "MinMemoryNode=1G", "Nice=5",
        "ArrayTaskThrottle=2", "Requeue=1", "Comment=autograder-",
    ):  # fmt: skip
        assert part in told


def check_sent_again(place: SlurmPlace, folder: Path, meanwhile: Callable[[], None]) -> None:
    """Slurm puts the job of `held` back into its queue."""
    asked = {"a": "", "held": "wait", "b": "", "c": ""}
    found, said = done(place, folder, jobs_in(folder, **asked), meanwhile)
    assert set(found) == set(asked) and all(result.exit_code == 0 for result in found.values())
    assert times_begun(folder, "held") == 2
    assert any("put its job back into the queue" in sentence and "at work: held" in sentence for sentence in said)


@pytest.mark.slow
def test_what_gives_way_to_others_is_sent_again(place: SlurmPlace, tmp_path: Path) -> None:
    gone: list[bool] = []

    def crowd() -> None:
        if not gone and (there := pids(tmp_path, "held")):
            gone.append(True)
            for _ in place.cluster.names:
                place.cluster.call("sbatch", "--partition", URGENT, "--output=/dev/null", "--wrap", "sleep 1")
            until(lambda: not lives(there[0]), "the job did not give way")
            let_go(tmp_path)

    check_sent_again(place, tmp_path, crowd)


@pytest.mark.slow
def test_a_controller_that_is_started_anew_is_waited_for(
    place: SlurmPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "SILENCE_SECONDS", PATIENCE)
    asked = {f"s{n}": "sleep 0.2" for n in range(4)}
    restarted: list[bool] = []

    def restart() -> None:
        if not restarted and pids(tmp_path):
            restarted.append(True)
            place.vanish()
            place.come_back()

    found, _ = done(place, tmp_path, jobs_in(tmp_path, **asked), restart)
    assert set(found) == set(asked) and all(times_begun(tmp_path, name) == 1 for name in asked)


@pytest.mark.slow
def test_a_killed_run_is_taken_over(place: SlurmPlace, tmp_path: Path) -> None:
    """What its jobs found out after its death is not done again; what they are still at is ended, and done again."""
    jobs = jobs_in(tmp_path, **dict.fromkeys(["a", "b", "late0", "late1"], "wait"))
    run = drive(place.cluster, tmp_path)
    until(lambda: len(pids(tmp_path)) == 2, "nothing begins")
    run.kill()
    run.communicate()
    [first, second] = [job.name for job in jobs if pids(tmp_path, job.name)]
    let_go(tmp_path, first)
    until(lambda: len(pids(tmp_path)) == 3, "the orphans do not go on")
    orphans = [pid for job in jobs for pid in pids(tmp_path, job.name) if job.name != first]
    assert len([pid for pid in orphans if lives(pid)]) == 2
    results: list[Result] = []
    looked: list[bool] = []

    def look() -> None:
        if not looked:
            looked.append(True)
            assert not any(lives(pid) for pid in orphans)
            let_go(tmp_path)

    with place.open(place.run(tmp_path / "out"), lambda sentence: None) as runner:
        runner.run(jobs, results.append, lambda stages: look())
    assert set(once_each(results)) == {job.name for job in jobs} and place.left() == []
    assert times_begun(tmp_path, first) == 1 and times_begun(tmp_path, second) == 2
    assert not (tmp_path / "out" / ".slurm").exists()


@pytest.mark.slow
def test_whoever_cancels_the_jobs_again_and_again_is_obeyed(
    place: SlurmPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "MOST_CANCELLED", 2)
    seen: set[int] = set()

    def cancel() -> None:
        if new := [pid for pid in pids(tmp_path) if lives(pid) and pid not in seen]:
            seen.update(new)
            place.cluster.call("scancel", "--name", "labrnn-run7")

    runner = place.open(place.run(tmp_path / "out"), lambda sentence: None)
    with pytest.raises(GraderError, match="somebody else cancelled jobs of this run 2 times"), runner:
        runner.run(jobs_in(tmp_path, held="wait"), lambda result: None, lambda stages: cancel())
    assert place.left() == [] and len(seen) == 2


@pytest.mark.slow
def test_nodes_that_refuse_are_left_out_and_none_is_left(place: SlurmPlace, tmp_path: Path) -> None:
    said: list[str] = []
    jobs = jobs_in(tmp_path, **dict.fromkeys([f"s{n}" for n in range(8)], "refuse"))
    runner = place.open(place.run(tmp_path / "out"), said.append)
    with pytest.raises(GraderError, match="no node can be used.*n1: it was told to refuse.*"), runner:
        runner.run(jobs, lambda result: None)
    assert place.left() == [] and "n1 is not used: it was told to refuse." in said


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"partition": "nope"}, "no partition called 'nope'"),
        ({"constraint": "a100"}, "refused the jobs.*Invalid feature specification"),
        ({"memory": "900G"}, "refused the jobs.*Memory specification can not be satisfied"),
        ({"minutes": 600}, "will never start the job .*PartitionTimeLimit"),
    ],
)
def test_settings_that_do_not_fit_are_one_sentence(
    place: SlurmPlace, tmp_path: Path, settings: dict[str, object], told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    place = place.with_settings(**settings)
    with (
        pytest.raises(ConfigError, match=told),
        place.open(place.run(tmp_path / "out"), lambda sentence: None) as runner,
    ):
        runner.run(jobs_in(tmp_path, a=""), lambda result: None)
    assert place.left() == [] and capfd.readouterr().err == ""


@pytest.mark.slow
def test_what_is_left_of_a_job_at_its_time_limit_is_sent_again(
    limited: tuple[Path, subprocess.Popen[str]], place: SlurmPlace
) -> None:
    folder, run = limited
    with pytest.raises(ConfigError, match="Another run with RUNNER=slurm is at work on"):
        place.open(place.run(folder / "out"), lambda sentence: None)
    until(lambda: times_begun(folder, "held") == 2, "it was not sent again")
    let_go(folder)
    out, err = run.communicate(timeout=PATIENCE)
    assert run.returncode == 0 and sorted(out.split()) == ["a", "b", "c", "d", "held"]
    assert "it hit the time limit" in err and "at work: held" in err
    assert all(times_begun(folder, name) == 1 for name in "abcd")


@pytest.mark.slow
def test_a_class_has_the_same_rows_as_here(cluster: SlurmCluster, tmp_path: Path) -> None:
    check_rows(tmp_path, "slurm", cluster.environment())
    assert cluster.jobs() == [] and not (tmp_path / "slurm" / ".slurm").exists()


def test_no_process_of_the_cluster_goes_on(cluster: SlurmCluster) -> None:
    """Said last: of all that was killed above nobody's child is left."""
    found = []
    for pid in (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
            if b"quick_node" in words and lives(pid) and variable(pid, "SLURM_CONF") == str(cluster.config):
                found.append(pid)
        except (OSError, KeyError):
            continue
    assert found == []
