"""Runs every check once against nobody, so that the forked workers start warm.

It happens while the sandbox is still importing its libraries, so it costs a run nothing; each worker would otherwise
pay for hypothesis's draws and pytest's first calls again.
"""

from __future__ import annotations

from typing import Any

from autograder.errors import StudentCrash
from autograder.judge.plugin import Bench, Judge
from autograder.sandbox.protocol import Process, Tier, Usage
from autograder.student.proxy import Student
from autograder.wire.limits import Limits


class Nobody:
    """A student process that has always just died."""

    output = ""

    def request(self, frame: bytes, timeout: float, max_reply: int) -> bytes:
        raise StudentCrash("nobody is there")

    def alive(self) -> bool:
        """As far as anybody asks."""
        return True

    def close(self) -> Usage:
        return Usage(0.0, 0.0, 0)


class Nowhere:
    """A sandbox without processes."""

    tier = Tier(4, "none", "nothing runs")

    def spawn(self) -> Process:
        return Nobody()

    def close(self) -> None:
        """Nothing runs."""


def rehearse(judge: Judge, context: Any, secret: bytes) -> None:
    """Run the checks; their verdicts are thrown away, the examples drawn from `secret` stay.

    `context`: of a notebook about which nothing is known.
    """
    for item in dict.fromkeys(check.item for check in judge.checks):
        judge.run(Bench(Student(Nowhere(), (), Limits()), context, secret), [item])
