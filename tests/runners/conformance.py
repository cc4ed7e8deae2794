"""What every engine promises under dispatch.py, one function each; tests run them against real clusters.

Nodes run quick_node.py in place of the judge, so that what is killed, lost and filled is the engine's and not torch's.
`at_work` in quick_node's notes tells which processes were there; a promise is kept when all results are there, once
each, and nothing of the run is left.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pytest

from autograder.errors import ConfigError
from autograder.run import Run
from autograder.runners.dispatch import Dispatch
from autograder.runners.local import Job, Result
from autograder.runners.protocol import Vanished
from tests.runners.quick_node import GO, board_of
from tests.runs import run_of

PATIENCE = 120.0  # seconds for what ought to come at once, on a busy machine too


class Place(Protocol):
    """A cluster of two nodes with room for one order each, under test."""

    def run(self, out: Path) -> Run:
        """The description of a run on it."""
        ...

    def open(self, run: Run, say: Callable[[str], None]) -> Dispatch:
        """A runner whose nodes run quick_node.py."""
        ...

    def lose_node(self, pid: int) -> None:
        """Let the node go on which this process works, with its daemon, and tell the cluster if it needs to be told."""
        ...

    def bring_node(self) -> None:
        """Start again what lose_node ended."""
        ...

    def vanish(self) -> None:
        """End what the engine asks; nodes may live on."""
        ...

    def come_back(self) -> None:
        """Start again what vanish ended; nothing of an earlier run may be at work then."""
        ...

    def left(self) -> Sequence[str]:
        """What the cluster still has of any run, in words."""
        ...


def jobs_in(folder: Path, **words: str) -> list[Job]:
    """Hand-ins by name, each with what it asks of quick_node."""
    (folder / "in").mkdir(exist_ok=True)
    for name, asked in words.items():
        (folder / "in" / f"{name}.py").write_text("".join(f"#: {line}\n" for line in asked.splitlines()) + "x = 1\n")
    return [Job(folder / "in" / f"{name}.py", name, folder / "out" / name) for name in words]


def times_begun(folder: Path, name: str) -> int:
    """How often somebody began with it."""
    return len(list(board_of(folder / "in" / name).glob(f"{name}-*")))


def pids(folder: Path, name: str = "*") -> list[int]:
    """The processes that began with it."""
    return [int(path.read_text()) for path in board_of(folder / "in" / name).glob(f"{name}-*")]


def let_go(folder: Path, name: str = "") -> None:
    """End the waiting of one that waits, or of all."""
    (folder / "in" / (f"{GO}-{name}" if name else GO)).touch()


def lives(pid: int) -> bool:
    """Whether there is such a process, and it has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(condition: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Wait for it.

    Raises:
        AssertionError: it takes too long.
    """
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def once_each(results: Sequence[Result]) -> dict[str, Result]:
    """Results by name; nothing came twice."""
    found = {result.job.name: result for result in results}
    assert len(found) == len(results)
    return found


def done(
    place: Place, folder: Path, jobs: Sequence[Job], meanwhile: Callable[[], object] = lambda: None
) -> tuple[dict[str, Result], list[str]]:
    """Do all jobs; `meanwhile` is called again and again. The results by name, and what was said."""
    results: list[Result] = []
    said: list[str] = []
    with place.open(place.run(folder / "out"), said.append) as runner:
        runner.run(jobs, results.append, lambda stages: meanwhile() and None)
    assert place.left() == []
    for name, result in once_each(results).items():
        assert result.exit_code == 3 or (folder / "out" / name / "results.json").exists()
    return once_each(results), said


# ---- the promises ----------------------------------------------------------------------------------------------------
def every_submission_has_one_result_whatever_the_order(place: Place, folder: Path) -> None:
    asked = {f"s{n}": f"sleep {(7 * n) % 5 / 50}" for n in range(20)}
    found, said = done(place, folder, jobs_in(folder, **asked))
    assert set(found) == set(asked) and all(result.total == 1.0 for result in found.values())
    assert all(times_begun(folder, name) == 1 for name in asked)
    assert len([sentence for sentence in said if "isolation tier" in sentence]) >= 1


def a_killed_process_costs_nobody_anything(place: Place, folder: Path) -> None:
    asked = dict.fromkeys([f"s{n}" for n in range(8)], "") | {"held": "wait"}
    killed: list[int] = []

    def kill() -> None:
        if not killed and (there := pids(folder, "held")):
            killed.extend(there)
            os.kill(there[0], signal.SIGKILL)
            let_go(folder)

    found, said = done(place, folder, jobs_in(folder, **asked), kill)
    assert set(found) == set(asked) and all(result.exit_code == 0 for result in found.values())
    assert times_begun(folder, "held") == 2 and all(times_begun(folder, name) == 1 for name in asked if name != "held")
    assert any("at work: held" in sentence for sentence in said)


def a_lost_node_costs_nobody_anything(place: Place, folder: Path) -> None:
    asked = dict.fromkeys([f"s{n}" for n in range(6)], "") | {"held": "wait"}
    lost: list[int] = []

    def lose() -> None:
        if not lost and (there := pids(folder, "held")):
            lost.extend(there)
            place.lose_node(there[0])
            let_go(folder)

    try:
        found, _ = done(place, folder, jobs_in(folder, **asked), lose)
    finally:
        place.bring_node()
    assert set(found) == set(asked) and all(result.exit_code == 0 for result in found.values())


def what_kills_its_process_each_time_is_given_up_and_named(place: Place, folder: Path) -> None:
    asked = {"a": "", "b": "", "poison": "kill", "c": "", "d": ""}
    found, said = done(place, folder, jobs_in(folder, **asked))
    assert {name for name, result in found.items() if result.exit_code == 3} == {"poison"}
    assert found["poison"].total is None and times_begun(folder, "poison") == 2
    assert "poison could not be graded: its worker died 2 times" in found["poison"].problem
    assert any(sentence.startswith("poison is given up") for sentence in said)


def ctrl_c_leaves_nothing_at_work(place: Place, folder: Path) -> None:
    jobs = jobs_in(folder, first="", **dict.fromkeys([f"held{n}" for n in range(6)], "wait"))
    results: list[Result] = []

    def press() -> None:
        if results and len(pids(folder)) >= 2:
            signal.raise_signal(signal.SIGINT)

    runner = place.open(place.run(folder / "out"), lambda sentence: None)
    with pytest.raises(KeyboardInterrupt), runner:
        runner.run(jobs, results.append, lambda stages: press())
    assert [result.job.name for result in results] == ["first"]
    assert place.left() == [] and not [pid for pid in pids(folder) if lives(pid)]
    assert [path.name for path in (folder / "out").iterdir()] == ["first"]


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """A disk of that size at the folder."""
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=False).returncode:
        pytest.skip("no disk can be mounted here, so a full one was not tried")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def a_full_disk_is_said_and_what_is_done_is_kept(place: Place, folder: Path) -> None:
    asked = {f"s{n}": "big 300000\nsleep 0.1" for n in range(8)}
    results: list[Result] = []
    with small_disk(folder / "out", "2m"):
        runner = place.open(place.run(folder / "out"), lambda sentence: None)
        with pytest.raises(ConfigError, match=r"Results can't be written into .*out.*: No space left"), runner:
            runner.run(jobs_in(folder, **asked), results.append)
        assert 1 <= len(results) < len(asked)
        for result in results:
            assert (folder / "out" / result.job.name / "report.html").stat().st_size == 300_000
        assert place.left() == []


def an_engine_that_vanishes_is_said_and_what_is_done_is_kept(place: Place, folder: Path) -> None:
    jobs = jobs_in(folder, first="", **dict.fromkeys([f"held{n}" for n in range(4)], "wait"))
    results: list[Result] = []
    gone: list[bool] = []

    def vanish() -> None:
        if results and not gone:
            gone.append(True)
            place.vanish()

    try:
        runner = place.open(place.run(folder / "out"), lambda sentence: None)
        with pytest.raises(Vanished, match="what came is kept"), runner:
            runner.run(jobs, results.append, lambda stages: vanish())
    finally:
        let_go(folder)
        place.come_back()
    assert [result.job.name for result in results] == ["first"]
    names = {result.job.name for result in results}
    found, _ = done(place, folder, [job for job in jobs if job.name not in names])
    assert set(found) == {job.name for job in jobs} - names


LONG = (
    a_lost_node_costs_nobody_anything,
    a_full_disk_is_said_and_what_is_done_is_kept,
    an_engine_that_vanishes_is_said_and_what_is_done_is_kept,
)
PROMISES = (
    every_submission_has_one_result_whatever_the_order,
    a_killed_process_costs_nobody_anything,
    what_kills_its_process_each_time_is_given_up_and_named,
    ctrl_c_leaves_nothing_at_work,
    *(pytest.param(promise, marks=pytest.mark.slow) for promise in LONG),
)


def described(out: Path, **changes: object) -> Run:
    """A run of the cheapest assignment."""
    return run_of("labrnn", secret=b"of the course", out=out, **changes)


def name_of(promise: Callable[[Place, Path], None]) -> str:
    """What a test of it is called."""
    return promise.__name__
