"""Who dies with whom: several workers share one zygote, and nothing outlives its owner."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from sandboxed import INSIDE, LIMITS, Student, start

from autograder.errors import SandboxError
from autograder.sandbox import ZygoteSandbox
from autograder.sandbox.processes import descendants

LINUX = pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="looks into /proc")


def processes() -> set[int]:
    """Every living process that descends from this one, but for workers that a test forked."""
    parents = {}
    for name in filter(str.isdecimal, os.listdir("/proc")):
        try:
            state, parent = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            parents[int(name)] = int(parent)
    found, family = set(), {os.getpid()}
    while new := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= new
        found |= {pid for pid in new if b"autograder.inside.zygote.zygote" in _command_line(pid)}
    return found


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def alive(pids: set[int]) -> set[int]:
    """Those that still run, whosever children they have become."""
    return {pid for pid in pids if b"autograder.inside.zygote.zygote" in _command_line(pid)}


def gone(pids: set[int], seconds: float = 5.0) -> bool:
    """Whether all of them end within that time."""
    end = time.monotonic() + seconds
    while alive(pids):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def in_worker(action) -> int:  # type: ignore[no-untyped-def]
    """Fork, run the action in the child, return the child's id."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            action()
            status = 0
        finally:
            os._exit(status)
    return pid


def test_several_workers_share_one_zygote(sandbox: ZygoteSandbox) -> None:
    def work() -> None:
        for number in range(5):
            student = Student(sandbox)
            assert student.run(f"result = {number} + {os.getpid()}") == number + os.getpid()
            student.process.close()
        sandbox.close()

    workers = [in_worker(work) for _ in range(4)]
    assert [os.waitpid(pid, 0)[1] for pid in workers] == [0] * 4
    assert Student(sandbox).run("result = 1") == 1, "a worker's close does not end the zygote"


@LINUX
def test_a_killed_worker_takes_its_student_along(sandbox: ZygoteSandbox) -> None:
    before = processes()
    told, tell = os.pipe()

    def work() -> None:
        student = Student(sandbox)
        os.write(tell, b"x")
        student.run("while True: pass", timeout=60)

    worker = in_worker(work)
    os.read(told, 1)
    new = processes() - before
    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)
    os.close(told), os.close(tell)
    assert new
    assert gone(new)


@LINUX
def test_daemons_die_with_their_student(sandbox: ZygoteSandbox) -> None:
    """Where forking is refused, there are none; elsewhere the zygote adopts and ends them."""
    before = processes()
    student = Student(sandbox)
    daemon = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 48)
        time.sleep(300)
    os._exit(0)
"""
    answer = student.run(daemon)
    assert (answer is not None) == sandbox.tier.safe, "refused where it is promised"
    time.sleep(0.1)
    new = processes() - before
    student.process.close()
    assert new
    assert gone(new)


@LINUX
def test_three_hundred_spawns_leave_nothing(sandbox: ZygoteSandbox) -> None:
    spawns = 300 if sandbox.tier.number == 1 else 50
    Student(sandbox).process.close()
    before, descriptors = processes(), len(os.listdir("/proc/self/fd"))
    for _ in range(spawns):
        student = Student(sandbox)
        student.process.close()
    assert len(os.listdir("/proc/self/fd")) == descriptors
    assert processes() - before == set()
    assert all(len(os.listdir(f"/proc/{pid}/fd")) < 20 for pid in before), "the zygote leaks nothing either"


PARENT = """
import sys
sys.path[:0] = [{root!r}, {tests!r}]
from sandboxed import start, Student
sandbox = start({tier}, preload=())
student = Student(sandbox)
print("ready", flush=True)
student.run("while True: pass", timeout=60)
"""


@LINUX
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_judge_takes_everything_along(sandbox: ZygoteSandbox, number: int) -> None:
    before = processes()
    source = textwrap.dedent(PARENT).format(
        root=str(INSIDE.parents[2]), tests=str(INSIDE.parent), tier=sandbox.tier.number
    )
    judge = subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, text=True)
    assert judge.stdout is not None
    assert judge.stdout.readline() == "ready\n"
    new = processes() - before
    folders = _scratch_folders(new)
    judge.send_signal(number)
    judge.wait()
    judge.stdout.close()
    assert new
    assert gone(new)
    assert not [folder for folder in folders if folder.parent.exists()]


@LINUX
def test_closing_ends_everything(sandbox: ZygoteSandbox) -> None:
    before = processes()
    own = start(sandbox.tier.number, preload=())
    students = [Student(own) for _ in range(3)]
    new = processes() - before
    own.close()
    own.close()
    assert len(new) >= 4
    assert gone(new)
    for student in students:
        assert student.process.close() is not None
    with pytest.raises(SandboxError):
        own.spawn()


@LINUX
def test_a_killed_zygote_is_the_graders_fault(sandbox: ZygoteSandbox) -> None:
    own = start(sandbox.tier.number, preload=())
    student = Student(own)
    inside = set(descendants(own._popen.pid))
    own._popen.kill()
    own._popen.wait()
    assert gone(inside)  # what bubblewrap started ends a little later
    assert student.process.close().status in (-1, 9)
    with pytest.raises(SandboxError):
        own.spawn()
    own.close()


def _scratch_folders(pids: set[int]) -> list[Path]:
    folders = [Path(os.readlink(f"/proc/{pid}/cwd")) for pid in pids]
    return [folder for folder in folders if folder.name != "scratch" and "autograder-" in str(folder)]


# ---- what ends between two requests ----------------------------------------------------------------------------------
def ends(student: Student) -> bool:
    """Whether it is found dead soon, without being asked anything."""
    end = time.monotonic() + 10
    while student.process.alive() and time.monotonic() < end:
        time.sleep(0.02)
    return not student.process.alive()


def test_a_living_process_is_alive(student: Student) -> None:
    assert student.process.alive() and student.run("result = 1") == 1 and student.process.alive()
    student.process.close()
    assert not student.process.alive()


def test_an_exit_after_the_answer(student: Student) -> None:
    source = "import os, threading\nthreading.Timer(0.1, lambda: os._exit(0)).start()\nresult = 1"
    assert student.run(source) == 1 and ends(student)


def test_unasked_bytes_after_the_answer(student: Student) -> None:
    source = "import threading\nthreading.Timer(0.1, lambda: connection.sendall(b'x')).start()\nresult = 1"
    assert student.run(source) == 1 and ends(student)


def test_a_folder_that_grew_too_large_is_noticed_at_once(student: Student, sandbox: ZygoteSandbox) -> None:
    """Before the next request, so that it is not taken for that one's fault."""
    source = f"for n in range(3):\n  open(f'big{{n}}', 'wb', 0).write(b'x' * ({LIMITS.scratch_mb - 1} << 20))"
    student.run(f"try:\n {source.replace(chr(10), chr(10) + ' ')}\nexcept OSError: pass")
    assert student.process.alive() == (sandbox.tier.number == 1)


@pytest.mark.parametrize("tier", [1, 2, 3, 4])
def test_its_temporary_files_are_its_own_whatever_was_preloaded(tier: int) -> None:
    try:
        opened = start(tier, preload=("asks_for_folder",))
    except SandboxError as error:
        pytest.skip(f"NOT TESTED on this machine: {error}")
    with contextlib.closing(opened):
        source = "import os, tempfile; result = tempfile.mkstemp()[1].startswith(os.environ['TMPDIR'] + '/')"
        assert Student(opened).run(source) is True and not opened.missing
