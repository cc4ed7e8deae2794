"""Answers, deadlines and the connection: every tier."""

from __future__ import annotations

import os
import time

import pytest
from sandboxed import Student

from autograder.errors import MalformedAnswer, StudentCrash, StudentTimeout
from autograder.sandbox import ZygoteSandbox

FORGED = "import struct\nconnection.sendall(struct.pack('<I', 3) + b'123')\n"


def test_answers_come_back(student: Student) -> None:
    assert student.run("result = [1, 'zwei', 3.0]") == [1, "zwei", 3.0]
    assert student.run("kept = 5") is None
    assert student.run("result = kept + 1") == 6, "the process keeps its state between requests"


def test_large_frames_travel_both_ways(student: Student) -> None:
    text = "x" * 3_000_000
    assert student.run(f"result = {text!r}", max_reply=4 << 20) == text


def test_printed_text_is_kept(student: Student) -> None:
    student.run("import sys; print('to stdout'); print('to stderr', file=sys.stderr); import os; os.write(1, b'raw')")
    assert student.process.output.split() == ["to", "stdout", "to", "stderr", "raw"]


@pytest.mark.parametrize(
    "source",
    [
        "while True: pass",
        "pow(7, 10**9)",
        "import os, signal; os.kill(os.getpid(), signal.SIGSTOP); import time; time.sleep(60)",
        "import signal\nfor n in range(1, 65):\n tried(signal.signal, n, signal.SIG_IGN)\nwhile True: pass",
        "while True:\n try:\n  while True: pass\n except BaseException: pass",
        "import struct, time; connection.sendall(struct.pack('<I', 50) + b'partial'); time.sleep(60)",
        "import os; os.closerange(0, 3); import time; time.sleep(60)",
    ],
    ids=["loop", "loop-in-c", "stopped", "ignores-signals", "swallows", "partial-frame", "no-stdio"],
)
def test_silence_ends_at_the_deadline(student: Student, source: str) -> None:
    begin = time.monotonic()
    with pytest.raises(StudentTimeout, match=r"0\.4 seconds"):
        student.run(source, timeout=0.4)
    assert time.monotonic() - begin < 5
    with pytest.raises(StudentCrash):
        student.run("result = 1")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import os; os._exit(3)", "exit status 3"),
        ("import os; os.abort()", "SIGABRT|SIGSEGV"),
        ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
        ("raise SystemExit(4)", "exit status"),
        ("import os; os.closerange(0, 48); import time; time.sleep(60)", "closed its connection"),
        ("connection.close()", "ended|closed"),
    ],
    ids=["os._exit", "abort", "segfault", "sys.exit", "all-fds-closed", "hangs-up"],
)
def test_a_crash_is_told_from_silence(student: Student, source: str, said: str) -> None:
    with pytest.raises(StudentCrash, match=said):
        student.run(source)


def test_a_huge_frame_is_refused_before_it_is_read(student: Student) -> None:
    with pytest.raises(MalformedAnswer, match="4,294,967,295 bytes"):
        student.run("connection.sendall(b'\\xff' * 400)")


def test_an_answer_over_its_cap_is_refused(student: Student) -> None:
    with pytest.raises(MalformedAnswer, match="at most 1,000"):
        student.run("raw = b'x' * 1001", max_reply=1000)


def test_a_huge_answer_that_is_really_sent_does_not_fill_the_judge(student: Student) -> None:
    with pytest.raises(MalformedAnswer):
        student.run("raw = b'x' * (100 << 20)")


def test_an_answer_before_the_question_is_refused(student: Student) -> None:
    """A forged frame answers its own call; the real answer then comes unasked."""
    assert student.run(FORGED) == 123
    time.sleep(0.1)
    with pytest.raises(MalformedAnswer, match="nothing had asked"):
        student.run("result = 1")


def test_an_answer_during_the_question_is_refused(student: Student) -> None:
    student.run("import threading, time")
    source = "def later():\n time.sleep(0.3)\n connection.sendall(b'unasked')\nthreading.Thread(target=later).start()"
    student.run(source)
    time.sleep(0.6)
    with pytest.raises(MalformedAnswer):
        student.run("#" * (8 << 20))


def test_a_process_that_does_not_read_ends_at_the_deadline(student: Student) -> None:
    student.run("import threading, time, os, signal")
    student.run("def stop():\n while True: connection.recv(0)\nthreading.Thread(target=stop, daemon=True).start()")
    student.run("def f():\n time.sleep(0.2)\n os._exit(0)\nresult = 1")
    with pytest.raises((StudentTimeout, StudentCrash)):
        student.run("time.sleep(5) #" + "#" * (8 << 20), timeout=0.5)


def test_ten_gigabytes_of_output_are_dropped(student: Student) -> None:
    source = "import os\nchunk = b'y' * (1 << 20)\nfor _ in range(10_000): os.write(1, chunk)"
    with pytest.raises(StudentTimeout):
        student.run(source, timeout=1.0)
    assert student.process.output == "y" * (16 << 10)


def test_output_between_requests_blocks_nobody(student: Student) -> None:
    source = "import threading, os\ndef shout():\n while True: os.write(1, b'z' * 4096)\n"
    student.run(source + "threading.Thread(target=shout, daemon=True).start()")
    time.sleep(0.2)
    assert student.run("result = 'still here'") == "still here"


def test_usage_is_plausible(sandbox: ZygoteSandbox) -> None:
    busy, idle = Student(sandbox), Student(sandbox)
    busy.run("import time\nend = time.process_time() + 0.5\nwhile time.process_time() < end: pass")
    busy.run("block = b'x' * (200 << 20)")
    used, unused = busy.process.close(), idle.process.close()
    assert 0.5 <= used.cpu_seconds < 3.0
    assert unused.cpu_seconds < 0.5
    assert 190 < used.peak_memory_mb - unused.peak_memory_mb < 300
    assert busy.process.close() == used, "closing twice says the same"
    assert os.WIFSIGNALED(used.status) or os.WIFEXITED(used.status)


def test_closing_after_its_own_end_tells_its_status(student: Student) -> None:
    with pytest.raises(StudentCrash):
        student.run("import os; os._exit(7)")
    assert os.WEXITSTATUS(student.process.close().status) == 7
