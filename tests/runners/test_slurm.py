"""What can be said of Slurm's engine without Slurm: what it reads, what it asks for, what it makes of silence. Against
real daemons: test_slurm_cluster.py."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.clusters import OnSlurm
from autograder.errors import ConfigError, GraderError
from autograder.run import Run
from autograder.runners.orders import Began, Task, decoded_order, encoded_order, framed, order_of, with_tasks
from autograder.runners.protocol import Ended, Event, Held, Vanished
from autograder.runners.slurm import commands, engine, submission, worker
from autograder.runners.slurm.commands import NoAnswer, Node, Row, node_of, row_of
from autograder.runners.slurm.earlier import lock, result_key
from autograder.runners.slurm.engine import SlurmEngine
from autograder.runners.slurm.outbox import Outbox
from autograder.runners.slurm.spool import Spool
from tests.fake_engine import parcel
from tests.runs import run_of

BASE = run_of(secret=b"of the course")


# ---- what Slurm says -------------------------------------------------------------------------------------------------
def test_a_line_of_the_queue() -> None:
    line = "12  |3   |RUNNING   |None   |n1  |0  |0  |autograder-ab|c "
    assert row_of(line) == Row("12", "3", "RUNNING", "None", "n1", 0, "0", "autograder-ab|c")
    assert row_of(line).name == "12_3" and Row("7", "N/A", "FAILED").name == "7"
    with pytest.raises(GraderError, match="squeue said something unexpected"):
        row_of("slurm_load_jobs error: nothing")


@pytest.mark.parametrize(
    ("state", "how", "why"),
    [
        ("NODE_FAIL", "node", "NODE_FAIL"),
        ("PREEMPTED", "node", "PREEMPTED"),
        ("CANCELLED", "node", "cancelled"),
        ("TIMEOUT", "time", "minutes in course.toml"),
        ("OUT_OF_MEMORY", "killed", "memory in course.toml"),
        ("FAILED", "killed", "FAILED, exit code 9"),
    ],
)
def test_how_a_job_ended(state: str, how: str, why: str) -> None:
    row = Row("1", "0", state, code="9")
    assert row.over and row.end[0] == how and why in row.end[1]
    assert not Row("1", "0", "RUNNING").over and not Row("1", "0", "COMPLETING").over
    assert Row("1", "0", "PENDING", "PartitionTimeLimit").hopeless
    assert not Row("1", "0", "PENDING", "Resources").hopeless


def test_a_line_of_a_node() -> None:
    assert node_of("n1|mix|64|gpu:a100:4(S:0-1),shard:8") == Node("n1", "mix", 64, 4)
    assert node_of("n2|down*|2|(null)") == Node("n2", "down*", 2, 0)
    assert node_of("n1|idle~|2|(null)").usable and not node_of("n1|drng|2|(null)").usable


def program(folder: Path, name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a program of this name before all others."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_what_commands_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(
        tmp_path, "squeue", "echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1", monkeypatch
    )
    with pytest.raises(NoAnswer, match="Unable to contact"):
        commands.queue(["1"])
    program(tmp_path, "squeue", "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1", monkeypatch)
    assert commands.queue(["1"]) == []
    program(tmp_path, "squeue", "echo 'squeue: error: Invalid user' >&2; exit 1", monkeypatch)
    with pytest.raises(ConfigError, match="squeue refused: squeue: error: Invalid user"):
        commands.queue(["1"])
    program(tmp_path, "sinfo", "exit 0", monkeypatch)
    with pytest.raises(ConfigError, match="no partition called 'gpu'"):
        commands.nodes_of("gpu")
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(ConfigError, match="There is no scancel here: RUNNER=slurm is said on a machine where"):
        commands.cancel(["1"])


# ---- what is asked for -----------------------------------------------------------------------------------------------
def run_with(out: Path = Path(), **settings: object) -> Run:
    return replace(BASE, out=out, runner="slurm", slurm=OnSlurm(**settings), number=12)  # type: ignore[arg-type]


def test_what_sbatch_is_told() -> None:
    run = run_with(partition="gpu", account="cs336", cpus=2, at_once=3, minutes=90, memory="8G", gpus="a100:1",
                   constraint="volta", parallel=40, setup=("module load cuda",),
                   options={"nice": 100, "exclude": "n3", "comment": "mine"})  # fmt: skip
    told = submission.parameters(run, "autograder-1", ["n7"])
    assert told["job_name"] == "labrnn-run12" and told["cpus_per_task"] == 6 and told["array_parallelism"] == 40
    assert (told["partition"], told["account"], told["mem"], told["time"]) == ("gpu", "cs336", "8G", 90)
    assert "gpus_per_node" not in told  # functions take none
    assert told["setup"][0] == "module load cuda" and told["additional_parameters"]["nice"] == 100
    assert told["additional_parameters"]["exclude"] == "n3,n7" and told["additional_parameters"]["requeue"] is True
    assert told["additional_parameters"]["comment"] == "autograder-1"  # by which the next run finds them
    whole = replace(run, steps=frozenset({"functions", "notebook"}))
    assert submission.parameters(whole, "c", [])["gpus_per_node"] == "a100:1"
    plain = submission.parameters(run_with(), "c", [])
    assert not {"partition", "account", "mem", "constraint", "gpus_per_node"} & set(plain)


def test_secrets_do_not_go_into_slurms_records() -> None:
    there = {"COURSE_SECRET": "of the course", "PGPASSWORD": "x", "HOME": "/root"}
    assert submission.export(BASE, there) == "ALL,COURSE_SECRET=,PGPASSWORD="


def test_python_is_started_in_the_image_that_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no Apptainer here: a stand-in tells how it is called, and what would be run inside."""
    program(tmp_path, "apptainer", 'echo "$@"', monkeypatch)
    run = run_with(tmp_path, image="/images/auto grader.sif", gpus=1)
    run = replace(run, steps=frozenset({"functions", "notebook"}), data=tmp_path / "data.csv")
    spool = Spool(tmp_path / ".slurm" / "autograder-1")
    line = f"{submission.python_of(run, spool)} -u -m submitit.core._submit x"
    told = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True).stdout.split(" /images")
    assert told[0] == f"exec --nv --bind {spool.folder} --bind {tmp_path}/data.csv"
    assert told[1] == "/auto grader.sif /opt/autograder/bin/python -P -u -m submitit.core._submit x\n"
    assert submission.paths_of_packages(run) == ["unset PYTHONPATH"]
    assert submission.python_of(run_with(), spool) == f"exec {sys.executable}"


def test_without_submitit_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "submitit", None)
    with pytest.raises(ConfigError, match=r"needs the package submitit.*make setup CLUSTER=1"):
        submission.library()


# ---- the spool -------------------------------------------------------------------------------------------------------
def order_with(*names: str, run: Run = BASE) -> bytes:
    return encoded_order(with_tasks(order_of(run, 1), [Task(name, f"/in/{name}.py", (), "hash") for name in names]))


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SlurmEngine:
    """The engine with a queue that tests fill in: `rows`; orders become tasks of the array 5."""
    monkeypatch.setattr(engine, "library", lambda: None)
    monkeypatch.setattr(engine, "nodes_of", lambda partition: [Node("n1", "idle", 4), Node("n2", "down", 4)])
    monkeypatch.setattr(engine, "submit", lambda run, spool, numbers, *more: [f"5_{number}" for number in numbers])
    monkeypatch.setattr(engine, "ASK_SECONDS", 0.0)
    monkeypatch.setattr(engine, "cancel", lambda jobs: None)
    monkeypatch.setattr(engine, "end_jobs", lambda arrays: True)
    found = SlurmEngine(run_with(tmp_path / "out"))
    found.open()
    return found


def show(monkeypatch: pytest.MonkeyPatch, *rows: Row) -> None:
    monkeypatch.setattr(engine, "queue", lambda arrays: list(rows))


def outbox(slurm: SlurmEngine, number: int) -> Outbox:
    return Outbox(slurm.spool.told_folder, number)


def test_messages_come_in_their_order_and_a_gap_is_waited_for(
    slurm: SlurmEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(monkeypatch, Row("5", "1", "RUNNING"))
    slurm.submit(1, order_with("a", "b"))
    assert slurm.poll(0.0) == [] and slurm.capacity().slots == 4
    node = outbox(slurm, 1)
    node.tell(framed(Began("a")))
    node.place = 2
    node.end("done", "")
    assert slurm.poll(0.0) == [Event(1, Began("a"))]
    node.place = 1
    node.tell(framed(parcel("a")))
    assert slurm.poll(0.0) == [Event(1, parcel("a")), Event(1, Ended("done"))]
    assert slurm.spool.told() != []  # until whoever took them comes back
    assert slurm.poll(0.0) == [] and slurm.spool.told() == [] and list(slurm.spool.orders()) == []
    slurm.close()
    slurm.close()
    assert not slurm.spool.folder.parent.exists()


def test_a_job_that_died_silently_is_over_after_a_while(slurm: SlurmEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    slurm.submit(1, order_with("a"))
    show(monkeypatch, Row("5", "1", "NODE_FAIL", node="n1"))
    events = list(slurm.poll(0.0))
    events += slurm.poll(0.0)
    assert events == [Event(1, Ended("node", "Slurm says NODE_FAIL (n1)"))]
    slurm.submit(2, order_with("a"))
    show(monkeypatch, Row("5", "2", "COMPLETED"))
    assert slurm.poll(0.0) == []  # its last word may be on its way
    slurm.close()


def test_what_slurm_requeues_is_cancelled_and_given_back(slurm: SlurmEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    cancelled: list[str] = []
    monkeypatch.setattr(engine, "cancel", cancelled.extend)
    slurm.submit(1, order_with("a"))
    show(monkeypatch, Row("5", "1", "PENDING", "BeginTime", restarts=1))
    [event] = slurm.poll(0.0)
    assert isinstance(event.what, Ended) and event.what.how == "node" and cancelled == ["5_1"]
    slurm.close()


def test_why_nothing_runs_is_told_after_a_while(slurm: SlurmEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    slurm.submit(1, order_with("a"))
    show(monkeypatch, Row("5", "1", "PENDING", "Nodes required for job are DOWN"))
    assert slurm.poll(0.0) == []
    monkeypatch.setattr(engine, "HELD_SECONDS", -1.0)
    [event] = slurm.poll(0.0)
    assert isinstance(event.what, Held) and event.what.why.endswith("(5_1): Nodes required for job are DOWN")
    show(monkeypatch, Row("5", "1", "RUNNING"))
    monkeypatch.setattr(engine, "HELD_SECONDS", 1.0)
    assert slurm.poll(0.0) == []
    slurm.close()


def test_silence_is_borne_for_a_while(slurm: SlurmEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(arrays: object) -> list[Row]:
        raise NoAnswer("Unable to contact slurm controller")

    monkeypatch.setattr(engine, "queue", nobody)
    slurm.submit(1, order_with("a"))
    assert slurm.poll(0.0) == []
    monkeypatch.setattr(engine, "SILENCE_SECONDS", -1.0)
    with pytest.raises(Vanished, match=r"Slurm has not answered for \d+ s \(Unable to contact.*what came is kept"):
        slurm.poll(0.0)
    slurm.close()


def test_a_node_that_can_not_write_ends_the_run(slurm: SlurmEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    show(monkeypatch, Row("5", "1", "RUNNING"))
    slurm.submit(1, order_with("a"))
    outbox(slurm, 1).complain("No space left on device")
    with pytest.raises(ConfigError, match=r"Results can't be written into .*out \(OUT\): No space left on device"):
        slurm.poll(0.0)
    slurm.close()


def test_when_slurm_can_not_be_asked_to_cancel_the_spool_stays(
    slurm: SlurmEngine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nobody(arrays: object) -> bool:
        raise NoAnswer("Unable to contact slurm controller")

    show(monkeypatch)
    slurm.submit(1, order_with("a"))
    slurm.poll(0.0)
    monkeypatch.setattr(engine, "end_jobs", nobody)
    slurm.close()
    assert slurm.spool.folder.exists() and "Slurm's jobs 5 could not be cancelled" in capsys.readouterr().err


# ---- earlier runs ----------------------------------------------------------------------------------------------------
def test_a_result_is_taken_over_by_what_it_is_a_result_of(
    slurm: SlurmEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a run that was cut off, though that ran in another way; not for another secret, nor another hand-in."""
    from autograder.runners.slurm import earlier

    monkeypatch.setattr(earlier, "queue_of", lambda comment: [])
    slurm.submit(1, order_with("a", "b", run=run_with(parallel=3)))
    node = outbox(slurm, 1)
    node.tell(framed(Began("a")))
    node.tell(framed(parcel("a", 7.0)))
    os.close(slurm._lock)  # it is killed
    again = SlurmEngine(run_with(tmp_path / "out", parallel=4))
    again.open()
    sent: list[list[int]] = []
    monkeypatch.setattr(engine, "submit", lambda run, spool, numbers, *more: sent.append(list(numbers)) or ["6"])
    show(monkeypatch, Row("6", "N/A", "RUNNING"))
    again.submit(1, order_with("b", "a"))
    assert again.poll(0.0) == [Event(1, parcel("a", 7.0))] and sent == [[1]]
    left = decoded_order(again.spool.order_path(1).read_bytes())
    assert [task.name for task in left.tasks] == ["b"] and not slurm.spool.folder.exists()
    again.close()


def test_what_makes_a_result_another() -> None:
    order = decoded_order(order_with("a"))
    [task] = order.tasks
    key = result_key(order, task)
    assert key == result_key(replace(order, at_once=4, run=replace(order.run, jobs=9, number=3)), task)
    assert key != result_key(replace(order, run=replace(order.run, secret=b"another")), task)
    assert key != result_key(order, replace(task, content="another"))
    assert key != result_key(order, replace(task, floor={"lab1.a": 1.0}))


def test_a_lock_keeps_others_off(tmp_path: Path) -> None:
    held = lock(tmp_path)
    text = "import sys, pathlib; from autograder.runners.slurm.earlier import lock; lock(pathlib.Path(sys.argv[1]))"
    words, root = [sys.executable, "-c", text, str(tmp_path)], Path(__file__).parents[2]
    other = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)
    assert "Another run with RUNNER=slurm is at work on" in other.stderr
    os.close(held)
    os.close(lock(tmp_path))


# ---- the node --------------------------------------------------------------------------------------------------------
@pytest.fixture
def at_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[object]]:
    """Runs a job whose program is a piece of Python, and gives what the spool holds then."""
    spool = Spool(tmp_path / ".slurm" / "autograder-1")
    spool.folder.parent.mkdir()
    spool.make()
    spool.order_path(1).write_bytes(order_with("a"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("SLURMD_NODENAME", "n5")
    monkeypatch.setattr(worker, "STOP_SECONDS", 0.1)
    monkeypatch.setattr(worker.signal, "signal", lambda number, handler: None)

    def run(text: str) -> list[object]:
        (tmp_path / "fake_node.py").write_text(text)
        worker.work(str(spool.order_path(1)), str(spool.told_folder), 1, "fake_node")
        return [told.read() for told in spool.told()]

    return run


def test_a_node_tells_how_its_judge_ended(at_node: Callable[[str], list[object]]) -> None:
    assert at_node("import os; os.kill(os.getpid(), 9)") == [Ended("killed", "the judge was ended by signal 9")]


def test_a_node_carries_whole_messages(at_node: Callable[[str], list[object]]) -> None:
    whole = framed(Began("a")) + framed(parcel("a"))
    assert at_node(f"import sys; sys.stdout.buffer.write({whole + whole[:9]!r})") == [
        Began("a"), parcel("a"), Ended("done"),
    ]  # fmt: skip


def test_a_job_that_slurm_starts_again_does_nothing(
    at_node: Callable[[str], list[object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURM_RESTART_COUNT", "1")  # of a job in which the run itself is
    told = at_node("raise SystemExit(3)")
    assert told == [Ended("killed", "the judge ended with exit code 3")]
    assert at_node("raise SystemExit(4)") == told


def test_a_node_waits_for_a_disk_that_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker.time, "sleep", lambda seconds: None)
    tries: list[float] = []

    def write() -> None:
        tries.append(time.monotonic())
        if len(tries) < 3:
            raise OSError(28, "No space left on device")

    box = Outbox(tmp_path, 1)
    worker.insist(box, write)
    assert len(tries) == 3 and list(tmp_path.iterdir()) == []
