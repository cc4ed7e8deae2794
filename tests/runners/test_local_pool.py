"""The local pool is held to the engines' promises too; it has no nodes to lose, and nothing that vanishes."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.facts import Facts
from autograder.grade import Setup
from autograder.run import Run
from autograder.runners import local
from autograder.runners.pool import LocalRunner
from autograder.sandbox.inprocess import InProcess
from tests.runners import conformance
from tests.runners.quick_node import GO, note
from tests.runs import setup_of


def fate(setup: Setup, path: Path, folder: Path, known: Facts | None) -> Facts:
    """What stands for find_out() in the workers: the hand-in says what happens, as in quick_node.py."""
    lines = [
        line.removeprefix("#: ").partition(" ") for line in path.read_text().splitlines() if line.startswith("#: ")
    ]
    words = {word: value for word, _, value in lines}
    note(path.stem, path.parent / "board")
    time.sleep(float(words.get("sleep", 0)))
    while "wait" in words and not (path.parent / GO).exists():
        time.sleep(0.05)
    if "kill" in words:
        os.kill(os.getpid(), signal.SIGKILL)
    return Facts()


class Pool:
    """A place of conformance.py without nodes."""

    def run(self, out: Path) -> Run:
        return conformance.described(out, jobs=2)

    def open(self, run: Run, say: Callable[[str], None]) -> LocalRunner:
        return LocalRunner(setup_of(run, InProcess()), say)

    def left(self) -> list[str]:
        return []


@pytest.mark.parametrize(
    "promise",
    [
        conformance.a_killed_process_costs_nobody_anything,
        conformance.what_kills_its_process_each_time_is_given_up_and_named,
        conformance.ctrl_c_leaves_nothing_at_work,
    ],
    ids=lambda promise: promise.__name__,
)
def test_the_pool_keeps(promise: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "find_out", fate)
    promise(Pool(), tmp_path)


def test_it_says_what_it_has(tmp_path: Path) -> None:
    with Pool().open(Pool().run(tmp_path), lambda sentence: None) as runner:
        assert runner.capacity().each == 2
