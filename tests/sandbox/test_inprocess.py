"""The sandbox that is none."""

from __future__ import annotations

import signal

import pytest

from autograder.errors import MalformedAnswer, StudentCrash, StudentTimeout
from autograder.sandbox import InProcess
from autograder.sandbox.inprocess import InProcessProcess
from autograder.wire import frames

LONG = 1 << 20


class Echo:
    def handle(self, frame: bytes) -> bytes:
        return frame[::-1]


def test_it_answers_in_this_process() -> None:
    process = InProcess(Echo).spawn()
    assert process.request(b"abc", 1.0, 10) == b"cba"
    assert process.output == ""


def test_it_says_what_it_is() -> None:
    tier = InProcess().tier
    assert (tier.number, tier.safe) == (4, False)


def test_a_long_answer_is_refused() -> None:
    with pytest.raises(MalformedAnswer):
        InProcess(Echo).spawn().request(b"abc", 1.0, 2)


def test_closing() -> None:
    process = InProcess(Echo).spawn()
    assert process.close() == process.close()
    with pytest.raises(StudentCrash):
        process.request(b"abc", 1.0, 10)


def test_each_spawn_is_fresh() -> None:
    made = []
    sandbox = InProcess(lambda: made.append(Echo()) or made[-1])
    sandbox.spawn(), sandbox.spawn()
    sandbox.close()
    assert len(made) == 2


def test_the_projects_own_server() -> None:
    answer = InProcess().spawn().request(frames.pack({"op": "versions"}), 10.0, 1 << 20)
    assert "torch" in frames.unpack(answer)["ok"]


# ---- time ------------------------------------------------------------------------------------------------------------
def defined(body: str) -> InProcessProcess:
    """A process whose `f` does this."""
    process = InProcess().spawn()
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    process.request(
        frames.pack(
            {"op": "load_cells", "cells": [{"number": 1, "source": f"import time, signal\ndef f():\n{lines}"}]}
        ),
        9,
        LONG,
    )
    return process


def call(process: InProcessProcess, seconds: float) -> object:
    return frames.unpack(process.request(frames.pack({"op": "call", "target": "f"}), seconds, LONG))


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "while True:\n  try: x = 1\n  except: pass",
        "class D:\n  def __del__(self): time.sleep(0.1)\nwhile True: D()",
        "while True:\n  try: time.sleep(9)\n  except BaseException as error: x = str(error)",
        "def g():\n  while True:\n    try: len([])\n    except: pass\nwhile True:\n  try: g()\n  except: pass",
    ],
)
def test_a_call_that_never_ends_is_ended(body: str) -> None:
    process = defined(body)
    handler = signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGINT)
    with pytest.raises(StudentTimeout, match=r"no answer within 0\.3 seconds"):
        call(process, 0.3)
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert (signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGINT)) == handler
    with pytest.raises(StudentCrash):
        call(process, 9.0)
    assert call(defined("return 3"), 9.0) == {"ok": 3}


def test_a_swallowed_end_is_a_timeout_all_the_same() -> None:
    with pytest.raises(StudentTimeout):
        call(defined("try:\n  time.sleep(9)\nexcept BaseException:\n  return 3"), 0.3)


def test_statements_at_load_time_keep_their_own_limit() -> None:
    """A training loop at top level is put off after its 2 seconds and does not use up the request's."""
    process = InProcess().spawn()
    request = {"op": "load_cells", "cells": [{"number": 1, "source": "n = sum(1 for _ in iter(int, 1))\nm = 2"}]}
    answer = frames.unpack(process.request(frames.pack(request), 60.0, LONG))
    assert "ok" in answer
    assert frames.unpack(process.request(frames.pack({"op": "get", "target": "m", "name": "real"}), 9.0, LONG)) == {
        "ok": 2
    }


def test_ctrl_c_is_not_the_students_to_catch() -> None:
    process = defined("while True:\n  try: signal.raise_signal(signal.SIGINT)\n  except: pass")
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        call(process, 9.0)
    assert signal.getsignal(signal.SIGINT) is handler
