"""The machine stays whole: memory, processes, threads, descriptors, disk; and the next student finds nothing."""

from __future__ import annotations

import platform
import time

import pytest
from sandboxed import LIMITS, Student, start

from autograder.errors import StudentCrash, StudentTimeout
from autograder.sandbox import Limits, ZygoteSandbox


def test_memory_in_one_piece(student: Student) -> None:
    assert "MemoryError" in student.run("x = bytearray(10 << 30)")
    assert student.run("result = 1") == 1


def test_memory_in_many_pieces(student: Student) -> None:
    source = "pieces = []\ntry:\n while True: pieces.append(bytearray(20 << 20))\nexcept MemoryError:\n"
    megabytes = student.run(source + " result = len(pieces) * 20; del pieces")
    assert 0.6 * LIMITS.memory_mb < megabytes <= LIMITS.memory_mb


def test_processor_time(sandbox: ZygoteSandbox) -> None:
    short = start(sandbox.tier.number, Limits(cpu_seconds=1), preload=())
    try:
        with pytest.raises(StudentCrash, match="1 seconds of processor time"):
            Student(short).run("while True: pass", timeout=20)
    finally:
        short.close()


def test_fork_bomb(limited: Student, sandbox: ZygoteSandbox) -> None:
    source = """
import os, time
result = 0
try:
    while result < 200:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        result += 1
except OSError:
    pass
"""
    assert limited.run(source) <= (0 if sandbox.tier.safe else LIMITS.processes)


def test_thread_bomb(limited: Student) -> None:
    source = """
import threading, time
threading.stack_size(65536)
result = 0
try:
    while result < 500:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        result += 1
except RuntimeError:
    pass
"""
    assert 5 < limited.run(source) <= LIMITS.processes


def test_file_descriptors(student: Student) -> None:
    source = "import os\nresult = []\ntry:\n while True: result.append(os.dup(0))\nexcept OSError: result = len(result)"
    assert student.run(source) < LIMITS.open_files


FILL = """
import os
result = 0
for number in range(200):
    try:
        with open(f"big{number}", "wb", 0) as file:
            for _ in range(64):
                result += file.write(b"x" * (1 << 20))
    except OSError:
        pass
    if number > 3 and POLITE:
        break
result >>= 20
"""


def test_disk(student: Student, sandbox: ZygoteSandbox) -> None:
    """A small file system says no; elsewhere a watching zygote ends the process."""
    if sandbox.tier.number == 1:
        assert student.run("POLITE = False" + FILL) <= LIMITS.scratch_mb
        return
    with pytest.raises(StudentCrash, match="wrote more than 8 MB"):
        student.run("POLITE = False" + FILL + "import time; time.sleep(20)", timeout=20)


def test_one_file_can_not_be_larger_than_the_scratch_folder(student: Student) -> None:
    source = "try:\n with open('big', 'wb', 0) as f: result = sum(f.write(b'x' * (1 << 20)) for _ in range(99))\n"
    student.run(source + "except OSError: pass")
    assert student.run("import os; result = os.stat('big').st_size >> 20") <= LIMITS.scratch_mb


def test_inodes(student: Student, sandbox: ZygoteSandbox) -> None:
    source = "n = 0\ntry:\n while n < 20000:\n  open(f'i{n}', 'w').close(); n += 1\nexcept OSError: pass\nresult = n\n"
    if sandbox.tier.number == 1:
        assert student.run(source) <= LIMITS.scratch_files
        return
    with pytest.raises(StudentCrash, match="more than 100 files"):
        student.run(source + "import time; time.sleep(20)", timeout=20)


def test_a_deep_tree_of_folders_is_removed(student: Student, sandbox: ZygoteSandbox) -> None:
    student.run("import os\nfor _ in range(90):\n os.mkdir('d' * 200); os.chdir('d' * 200)")
    student.process.close()
    assert Student(sandbox).run("result = 1") == 1


@pytest.mark.parametrize(
    "source",
    [
        "def g(n): return g(n + 1) + 1\ng(0)",
        "x = []\nfor _ in range(10**6): x = [x]\nrepr(x)",
    ],
    ids=["in-python", "in-c"],
)
def test_deep_recursion(student: Student, source: str) -> None:
    """Any end will do that is the student's own."""
    try:
        answer = student.run("import sys; sys.setrecursionlimit(10**9)\n" + source, timeout=2)
    except (StudentCrash, StudentTimeout):
        return
    assert answer.startswith(("raised MemoryError", "raised RecursionError"))


def test_limits_can_not_be_raised(student: Student, sandbox: ZygoteSandbox) -> None:
    names = ["RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_NPROC", "RLIMIT_NOFILE", "RLIMIT_FSIZE", "RLIMIT_CORE"]
    if sandbox.tier.number == 4:
        pytest.skip("tier 4 makes no such promise")
    source = f"import resource\nresult = [tried(resource.setrlimit, getattr(resource, n), (-1, -1)) for n in {names}]"
    assert set(student.run(source)) <= {"ValueError", "PermissionError"}


def test_scratch_is_empty_for_the_next(sandbox: ZygoteSandbox) -> None:
    first = Student(sandbox)
    first.run("import os\nopen('mark', 'w').write('S3')\nos.mkdir('sub')")
    assert Student(sandbox).run("import os; result = os.listdir('.')") == [], "not even at the same time"
    first.process.close()
    assert Student(sandbox).run("import os; result = os.listdir('.'), os.listdir(os.environ['HOME'])") == ([], [])


def test_patches_do_not_reach_the_next(sandbox: ZygoteSandbox) -> None:
    first = Student(sandbox)
    first.run("import json, builtins, os; json.loads = None; builtins.sorted = None; os.environ['MARK'] = '1'")
    first.process.close()
    source = "import json, os; result = json.loads is None, sorted is None, 'MARK' in os.environ"
    assert Student(sandbox).run(source) == (False, False, False)


def test_a_thread_that_spins_after_the_answer_ends_with_its_process(student: Student) -> None:
    student.run("import threading\ndef spin():\n while True: pass\nthreading.Thread(target=spin).start()")
    begin = time.monotonic()
    student.process.close()
    assert time.monotonic() - begin < 5


SYNC = {"x86_64": (162, 306), "aarch64": (81, 267)}  # sync, syncfs


@pytest.mark.skipif(platform.machine() not in SYNC, reason="numbers of system calls")
def test_nobody_waits_for_all_disks(hostile: Student) -> None:
    """`sync` would stall every process of the machine that writes."""
    source = f"""
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
sync, syncfs = {SYNC[platform.machine()]}
result = [(libc.syscall(sync), ctypes.get_errno()), (libc.syscall(syncfs, 1), ctypes.get_errno())]
"""
    assert hostile.run(source) == [(-1, 1), (-1, 1)]
