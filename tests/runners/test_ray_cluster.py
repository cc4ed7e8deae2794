"""The engine against real Ray clusters on this machine: `make test-cluster`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from autograder.clusters import OnRay
from autograder.errors import ConfigError, GraderError
from autograder.runners import ray
from autograder.runners.local import Result
from autograder.sandbox.processes import descendants
from autograder.system import linux
from tests.runners.conformance import (
    PATIENCE,
    PROMISES,
    Place,
    described,
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
from tests.runners.ray_place import ROOT, RayPlace, ray_place, why_not

pytestmark = pytest.mark.cluster
OURS = b"/tmp/autograder-"  # where the files of a cluster lie that is started for a run


@pytest.fixture(scope="module", autouse=True)
def _there() -> None:
    if reason := why_not():
        pytest.skip(f"RAY WAS NOT TRIED: {reason}")


@pytest.fixture(scope="module")
def cluster() -> Iterator[RayPlace]:
    with ray_place() as started:
        yield started


@pytest.fixture
def place(cluster: RayPlace, monkeypatch: pytest.MonkeyPatch) -> RayPlace:
    monkeypatch.setattr(ray, "NODE", "tests.runners.quick_node")
    return cluster


@pytest.fixture
def adopting() -> Iterator[None]:
    """Orphans become children of this process, so that none is overlooked."""
    linux.adopt_orphans()
    yield
    linux._prctl(linux._SUBREAPER, 0)


def drive(folder: Path, *address: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.runners.drive_ray", str(folder), *address],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


@pytest.mark.parametrize("promise", PROMISES, ids=name_of)
def test_ray_keeps(promise: Callable[[Place, Path], None], place: RayPlace, tmp_path: Path) -> None:
    promise(place, tmp_path)


@pytest.mark.slow
def test_much_goes_both_ways_at_once(place: RayPlace, tmp_path: Path) -> None:
    jobs = jobs_in(tmp_path, **dict.fromkeys([f"s{n}" for n in range(60)], "big 1000000"))
    for job in jobs:
        with job.path.open("a") as file:
            file.write("# much\n" * 50_000)
    found, _ = done(place, tmp_path, jobs)
    assert len(found) == 60 and all(result.exit_code == 0 for result in found.values())


@pytest.mark.slow
def test_a_killed_run_leaves_nothing_at_work_and_the_next_goes_on(place: RayPlace, tmp_path: Path) -> None:
    jobs = jobs_in(tmp_path, a="", b="", **dict.fromkeys([f"late{n}" for n in range(4)], "wait"))
    run = drive(tmp_path, place.address)
    until(lambda: any(pids(tmp_path, f"late{n}") for n in range(4)), "nothing waits")
    run.kill()
    run.communicate()
    before = {path.parent.name for path in (tmp_path / "out").glob("*/results.json")}  # maybe not told yet
    until(lambda: not any(map(lives, pids(tmp_path))), "something is still at work")
    let_go(tmp_path)
    out, err = drive(tmp_path, place.address).communicate(timeout=PATIENCE)
    after = out.split()
    assert len(after) == len(set(after)) and before | set(after) == {job.name for job in jobs}, err
    assert not before & set(after) and all(times_begun(tmp_path, name) == 1 for name in before)


@pytest.mark.slow
def test_what_works_for_a_worker_that_is_killed_ends_with_it(place: RayPlace, tmp_path: Path) -> None:
    killed: list[int] = []
    said: list[str] = []
    results: list[Result] = []

    def kill(stages: Mapping[str, str]) -> None:
        known = "held" in stages  # by the run: what a worker said last may be lost with it
        if not killed and known and (there := pids(tmp_path, "held")):
            killed.extend(there)
            worker = int(Path(f"/proc/{there[0]}/stat").read_text().rpartition(")")[2].split()[1])
            assert b"ray::" in Path(f"/proc/{worker}/cmdline").read_bytes()
            os.kill(worker, signal.SIGKILL)
            until(lambda: not lives(there[0]), "it works on")
            let_go(tmp_path)

    with place.open(place.run(tmp_path / "out"), said.append) as runner:
        runner.run(jobs_in(tmp_path, a="", held="wait", b=""), results.append, kill)
    assert len(once_each(results)) == 3 and times_begun(tmp_path, "held") == 2
    assert any("its worker was killed; at work: held" in sentence for sentence in said), said


@pytest.mark.slow
def test_what_works_on_a_lost_node_ends(place: RayPlace, tmp_path: Path) -> None:
    lost: list[int] = []

    def lose() -> None:
        if not lost and (there := pids(tmp_path, "held")):
            lost.extend(there)
            place.lose_node(there[0])
            until(lambda: not lives(there[0]), "it works on")
            let_go(tmp_path)

    try:
        _, said = done(place, tmp_path, jobs_in(tmp_path, held="wait"), lose)
    finally:
        place.bring_node()
    assert any("its node was lost" in sentence for sentence in said)


@pytest.mark.slow
@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGTERM])
def test_a_cluster_of_our_own_ends_with_the_run(by: signal.Signals, tmp_path: Path, adopting: None) -> None:
    jobs_in(tmp_path, a="", held="wait")
    run = drive(tmp_path)
    until(lambda: bool(pids(tmp_path, "held")), "nothing begins")
    run.send_signal(by)
    _, err = run.communicate(timeout=PATIENCE)

    def gone() -> bool:
        for pid in descendants(os.getpid()):
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if OURS in file.read() and lives(pid):
                    return False
        return not any(map(lives, pids(tmp_path)))

    until(gone, "something of the cluster is left")
    assert by == signal.SIGKILL or err.count("\n") < 20  # Ray does not flood the terminal


@pytest.mark.slow
def test_what_dies_in_a_cluster_of_our_own_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its raylet, which ends the driver too: a process of its own, so that the run can say so."""
    monkeypatch.setattr(ray, "NODE", "tests.runners.quick_node")
    run, killed = described(tmp_path / "out", runner="ray", ray=OnRay()), list[int]()

    def kill() -> None:
        if not killed and pids(tmp_path, "held"):
            for pid in descendants(os.getpid()):
                words = Path(f"/proc/{pid}/cmdline").read_bytes()
                if OURS in words and b"raylet/raylet" in words.split(b"\0")[0]:
                    killed.append(pid)
                    os.kill(pid, signal.SIGKILL)

    runner = ray_dispatch(run)
    with pytest.raises(GraderError, match="Ray does not answer any more; what came is kept"), runner:
        runner.run(jobs_in(tmp_path, held="wait"), lambda result: None, lambda stages: kill())
    until(lambda: not any(map(lives, pids(tmp_path))), "something is still at work")


def ray_dispatch(run: object, say: Callable[[str], None] = lambda sentence: None):  # type: ignore[no-untyped-def]
    from autograder.runners.dispatch import Dispatch

    return Dispatch(run, ray.open_ray(run), say)  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_node_that_refuses_is_left_out(place: RayPlace, tmp_path: Path) -> None:
    found, said = done(place, tmp_path, jobs_in(tmp_path, **dict.fromkeys([f"s{n}" for n in range(30)], "one refuses")))
    assert len(found) == 30 and all(result.exit_code == 0 for result in found.values())
    assert len([sentence for sentence in said if "is not used: it was told to refuse." in sentence]) == 1


@pytest.mark.slow
def test_where_all_nodes_refuse_there_is_a_sentence(place: RayPlace, tmp_path: Path) -> None:
    runner = place.open(place.run(tmp_path / "out"), lambda sentence: None)
    with pytest.raises(GraderError, match=r"no node can be used.*it was told to refuse.*it was told to refuse"), runner:
        runner.run(jobs_in(tmp_path, a="refuse", b="refuse", c="refuse"), lambda result: None)


def test_settings_that_nothing_fits_are_one_sentence(place: RayPlace, tmp_path: Path) -> None:
    for settings in (OnRay(place.address, cpus=3.0), OnRay(place.address, labels={"kind": "none"})):
        with pytest.raises(ConfigError, match="None of the Ray nodes has what"):
            ray.open_ray(described(tmp_path / "out", runner="ray", ray=settings))


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:10001", "nobody.invalid:6379"])
def test_a_cluster_that_is_not_there_is_one_sentence(tmp_path: Path, address: str) -> None:
    with pytest.raises(ConfigError, match=f"Ray: the cluster {address} can't be used: .*") as told:
        ray.open_ray(described(tmp_path / "out", runner="ray", ray=OnRay(address)))
    assert "\n" not in str(told.value)
