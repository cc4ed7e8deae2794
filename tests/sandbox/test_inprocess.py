"""The sandbox that is none."""

from __future__ import annotations

import pytest

from autograder.errors import MalformedAnswer, StudentCrash
from autograder.sandbox import InProcess
from autograder.student import wire


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
    answer = InProcess().spawn().request(wire.pack({"op": "versions"}), 10.0, 1 << 20)
    assert "torch" in wire.unpack(answer)["ok"]
