"""The node's side of a cluster: `python -m autograder.node` reads an order from its input, grades, and tells what comes
of it through its output, message by message (runners/orders.py). Whoever starts it needs to move bytes, nothing else.

It ends when its parent dies or by SIGTERM, and leaves nothing.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.errors import AutograderError, GraderError
from autograder.facts import Facts, encoded
from autograder.folder import find_folder
from autograder.gradebook.content import content_hash
from autograder.gradebook.keys import shared_parts
from autograder.leftovers import run_folder
from autograder.run import Run
from autograder.runners.folders import files_of, gone_with
from autograder.runners.hand_in import unpack
from autograder.runners.local import Job, Result
from autograder.runners.orders import (
    Began,
    Hello,
    Message,
    Order,
    Parcel,
    Refused,
    Stage,
    Task,
    decoded_order,
    framed,
    known_of,
)
from autograder.system import linux

if TYPE_CHECKING:  # slow to import
    from autograder.grade import Setup

Emit = Callable[[Message], None]
MOST_PARTS = 4  # named in one sentence


@dataclass
class Bench:
    """Where the hand-ins of one order lie while they are graded. `stages`: as last told, by submission."""

    order: Order
    folder: Path
    emit: Emit
    stages: dict[str, str] = field(default_factory=dict)

    def job(self, number: int, task: Task) -> Job:
        """The job of a task; its files are written when its turn comes."""
        place = self.folder / str(number)
        name = Path(task.path).name

        def begin() -> Facts | None:
            self.emit(Began(task.name))
            return known_of(task)

        def bring() -> None:
            shutil.rmtree(place, ignore_errors=True)  # of a worker that died
            place.mkdir()
            there = unpack(task.hand_in, name, place)
            if task.content and content_hash(there) != task.content:
                raise GraderError(f"{task.name} did not come whole")

        out = self.folder / f"{number}.out"
        return Job(place / name, task.name, out, begin, task.floor, task.late, task.write, bring)

    def watch(self, stages: Mapping[str, str]) -> None:
        """Tell the stages that are new."""
        for name, stage in stages.items():
            if self.stages.get(name) != stage:
                self.stages[name] = stage
                self.emit(Stage(name, stage))

    def send(self, task: Task, result: Result) -> None:
        """Send a result, and remove what it was made of."""
        files, known = files_of(result.job.folder), known_of(task)
        gone = gone_with(files, known is None or known.notebook is None)
        facts = encoded(result.facts or Facts(failure=result.problem))
        self.emit(
            Parcel(
                task.name, result.exit_code, result.total, result.told, result.problem, result.seconds, result.maximum,
                result.pending, dict(result.scores), facts, result.fallen, files, gone,
            )
        )  # fmt: skip
        shutil.rmtree(result.job.folder, ignore_errors=True)
        shutil.rmtree(result.job.path.parent, ignore_errors=True)


def work(order: Order, emit: Emit, node: str = "") -> None:
    """Do an order here: one sandbox and one judge, then its submissions one after the other, or `at_once`. Where no
    more can be graded here, or nothing at all, it says so.

    Raises:
        OSError: nobody takes what is told any more.
        KeyboardInterrupt: a signal ended the run.
    """
    node = node or socket.gethostname()
    try:
        run = run_here(order, node)
    except AutograderError as error:
        emit(Refused(node, str(error)))
        return

    def ready(setup: Setup) -> None:
        tier = setup.sandbox.tier
        lacks = f"; no better tier, since {tier.lacks}" if tier.lacks else ""
        emit(Hello(node, tier.number, f"isolation tier {tier.number}, {tier.name}{lacks}"))

    from autograder.batch import grade_here

    with run_folder() as folder:
        bench = Bench(order, folder / "jobs", emit)
        bench.folder.mkdir()
        by_name = {task.name: task for task in order.tasks}
        jobs = [bench.job(number, task) for number, task in enumerate(order.tasks)]
        try:
            grade_here(jobs, run, folder, lambda r: bench.send(by_name[r.job.name], r), bench.watch, ready)
        except AutograderError as error:
            emit(Refused(node, str(error)))


def run_here(order: Order, node: str) -> Run:
    """The run with this machine's paths.

    Raises:
        ConfigError: the assignment or the data are not here.
        GraderError: what verdicts depend on is different here.
    """
    run = replace(order.run, folder=find_folder(order.assignment))
    here = shared_parts(run)
    other = sorted({part for unit, parts in order.shared.items() for part in parts if parts[part] != here[unit][part]})
    if other:
        told = ", ".join(other[:MOST_PARTS])
        raise GraderError(
            f"{node} has another {told} than the machine that asks: install the same version of autograder, of its "
            "packages and of the assignment there."
        )
    return run


def main() -> None:
    """Read the order, do it, tell of it. What anything here prints goes to the error stream."""
    if sys.platform == "linux":
        linux.die_with_parent(signal.SIGTERM)  # before the order is read: only a living parent sends all of it
    out = os.dup(1)
    os.dup2(2, 1)
    order = decoded_order(sys.stdin.buffer.read())

    def emit(message: Message) -> None:
        left = memoryview(framed(message))
        while left:
            left = left[os.write(out, left) :]

    with suppress(BrokenPipeError, KeyboardInterrupt):  # nobody listens any more, or wants it
        work(order, emit, os.environ.get("AUTOGRADER_NODE", ""))


if __name__ == "__main__":
    main()
