"""Grades jobs through an engine: cuts them into orders, takes what comes back, sends again what was lost.

Nothing is lost: what has no parcel when its order's process has ended is sent again; what was at work then, alone.
Nothing comes twice: of two parcels of one submission the first counts. A submission at work at whose side two processes
were killed is given up with a null report that names it; a node that was lost, or taken for somebody else, is not held
against it, but not without end.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self

from autograder.assemble import report_of
from autograder.errors import GraderError
from autograder.facts import Facts, decoded
from autograder.judge.seeds import fingerprint
from autograder.reports import write_all
from autograder.run import Run
from autograder.runners.folders import keep_files, told_of
from autograder.runners.interrupts import interrupts
from autograder.runners.local import Job, Result
from autograder.runners.orders import (
    Began,
    Hello,
    Order,
    Parcel,
    Refused,
    Stage,
    Task,
    encoded_order,
    order_of,
    task_of,
    with_tasks,
)
from autograder.runners.protocol import Capacity, Ended, Engine, Held, Watch

LEAST = 20  # submissions of an order, where there are enough: its start takes as long as four or five of them
MOST_BYTES = 64 << 20  # of an order's hand-ins, unless it has only one
MOST_DEATHS = 2  # killed processes by one submission's side
MOST_LOSSES = 6  # of any kind
MOST_STILLBORN = 20
PATIENCE = 0.5  # seconds


@dataclass
class Sent:
    """An order that somebody works on. `left`: its submissions without a result; `at_work`: those that were begun."""

    left: dict[str, Job]
    node: str = ""
    at_work: dict[str, str] = field(default_factory=dict)


@dataclass
class Losses:
    """How often a submission was at work when its order's process ended too early."""

    deaths: int = 0
    all: int = 0
    why: str = ""

    @property
    def too_many(self) -> bool:
        """Whether it is given up."""
        return self.deaths >= MOST_DEATHS or self.all >= MOST_LOSSES


def order_size(waiting: int, total: int, slots: int, each: int = 1, *, whole: bool = False) -> int:
    """How many submissions the next order has: most of each slot's share at first, then ever fewer, so that a start is
    paid for many and all slots end at about the same time. `whole`: they are long, so that each is one order."""
    if whole:
        return min(each, waiting)
    share = math.ceil(total / slots)
    size = min(max(math.ceil(waiting / (1.25 * slots)), LEAST * each), share)
    return waiting if waiting - size < min(LEAST, share) // 2 else min(size, waiting)


class Dispatch:
    """A Runner over an engine. `say`: is told sentences for staff. Used as a context."""

    def __init__(self, run: Run, engine: Engine, say: Callable[[str], None]) -> None:
        self._run, self._engine, self._say = run, engine, say
        self._waiting = deque[Job]()
        self._alone = deque[Job]()
        self._sent: dict[int, Sent] = {}
        self._losses: dict[str, Losses] = {}
        self._nodes: dict[str, str] = {}  # those that answered
        self._unfit: dict[str, str] = {}
        self._number = self._total = 0
        self._held = ""  # why nothing was started, as it was said last
        self._stillborn = 0  # processes since the last result that ended before they began anything
        self.orders = 0  # that were sent

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *error: object) -> None:
        self._engine.close()

    def capacity(self) -> Capacity:
        """See Runner."""
        return self._engine.capacity()

    def run(self, jobs: Sequence[Job], on_result: Callable[[Result], None], watch: Watch | None = None) -> None:
        """See Runner."""
        there = self._engine.capacity()
        order = order_of(self._run, there.each)
        if there.told:
            self._say(f"{there.told}.")
        self._waiting.extend(jobs)
        self._total = len(jobs)
        with interrupts() as pressed:
            while self._waiting or self._alone or self._sent:
                self._fill(order)
                for event in self._engine.poll(PATIENCE):
                    for result in self._take(event.number, event.what):
                        on_result(result)
                if pressed:
                    raise KeyboardInterrupt(pressed[0])
                if watch is not None:
                    watch({name: stage for sent in self._sent.values() for name, stage in sent.at_work.items()})

    # ---- there -------------------------------------------------------------------------------------------------------
    def _fill(self, order: Order) -> None:
        """Send orders until all slots have one, and a few wait."""
        there = self._engine.capacity()
        while (self._waiting or self._alone) and len(self._sent) < there.slots + there.ahead:
            jobs, tasks = self._next(there)
            self._number += 1
            self.orders += 1
            self._sent[self._number] = Sent({job.name: job for job in jobs})
            self._engine.submit(self._number, encoded_order(with_tasks(order, tasks)))

    def _next(self, there: Capacity) -> tuple[list[Job], list[Task]]:
        """The jobs of the next order: what died once alone, the rest as many as fit."""
        if self._alone:
            job = self._alone.popleft()
            return [job], [task_of(job)]
        slots = max(there.slots, 1)
        size = order_size(len(self._waiting), self._total, slots, there.each, whole=bool(self._run.beyond))
        jobs: list[Job] = []
        tasks: list[Task] = []
        held = 0
        while self._waiting and len(jobs) < size:
            task = task_of(self._waiting[0])
            held += task.size
            if jobs and held > MOST_BYTES:
                break
            jobs.append(self._waiting.popleft())
            tasks.append(task)
        return jobs, tasks

    # ---- back --------------------------------------------------------------------------------------------------------
    def _take(self, number: int, what: object) -> Iterable[Result]:
        """What an event comes to.

        Raises:
            ConfigError: the results can't be written.
            GraderError: no node can be used.
        """
        sent = self._sent.get(number)
        if sent is None:  # of an order that has ended for us
            return []
        if isinstance(what, Hello):
            self._greet(sent, what)
        elif isinstance(what, Began) and what.name in sent.left:
            sent.at_work[what.name] = f"on {sent.node}"
        elif isinstance(what, Stage) and what.name in sent.at_work:
            sent.at_work[what.name] = f"{what.stage} on {sent.node}"
        elif isinstance(what, Parcel) and what.name in sent.left:
            sent.at_work.pop(what.name, None)
            return [self._finished(sent.left.pop(what.name), what)]
        elif isinstance(what, Refused):
            self._refuse(number, what)
        elif isinstance(what, Held) and what.why != self._held:
            self._held = what.why
            self._say(f"{what.why}.")
        elif isinstance(what, Ended):
            return self._ended(self._sent.pop(number), what)
        return []

    def _greet(self, sent: Sent, hello: Hello) -> None:
        sent.node = hello.node
        if hello.node not in self._nodes:
            self._nodes[hello.node] = hello.told
            self._say(f"{hello.node}: {hello.told}.")

    def _refuse(self, number: int, refused: Refused) -> None:
        """Leave out a node that can't be used, and give its order back.

        Raises:
            GraderError: it was the last.
        """
        self._waiting.extendleft(reversed(self._sent.pop(number).left.values()))
        if refused.node not in self._unfit:
            self._unfit[refused.node] = refused.why
            self._say(f"{refused.node} is not used: {refused.why}")
        if not self._engine.exclude(refused.node, refused.why):
            told = " ".join(f"{node}: {why}" for node, why in self._unfit.items())
            raise GraderError(f"no node can be used. {told}")

    def _finished(self, job: Job, parcel: Parcel) -> Result:
        self._stillborn = 0
        keep_files(job.folder, parcel.files, parcel.gone)
        return Result(
            job, parcel.exit_code, parcel.total, parcel.told, parcel.problem, parcel.seconds, parcel.maximum,
            parcel.pending, parcel.scores, _facts_of(parcel), parcel.fallen,
        )  # fmt: skip

    def _ended(self, sent: Sent, end: Ended) -> Iterable[Result]:
        """Send again what has no result, or give it up. An order that ended in peace with something left has lost it
        like one that was killed."""
        if sent.left:
            names = ", ".join(sent.at_work) or "none"
            where = sent.node or "a node"
            self._say(f"{where}: {end.why or 'the process ended early'}; at work: {names}; "
                      f"{len(sent.left)} submissions are sent again.")  # fmt: skip
        given_up = []
        for name, job in sent.left.items():
            if name not in sent.at_work:
                self._waiting.append(job)
                continue
            losses = self._losses.setdefault(name, Losses())
            losses.all += 1
            losses.deaths += end.how != "node"
            losses.why = end.why
            if losses.too_many:
                given_up.append(self._give_up(job, losses))
            else:
                self._alone.append(job)
        if sent.left and not sent.at_work:
            self._count_stillborn(where, end)
        return given_up

    def _count_stillborn(self, where: str, end: Ended) -> None:
        """Raises:
        GraderError: processes end again and again before anything is begun.
        """
        self._stillborn += 1
        if self._stillborn > MOST_STILLBORN:
            raise GraderError(f"processes end before they grade anything, the last on {where}: {end.why}")

    def _give_up(self, job: Job, losses: Losses) -> Result:
        """A null report: no score, never a zero."""
        how = f"its worker died {losses.deaths} times" if losses.deaths >= MOST_DEATHS else "it was lost too often"
        self._say(f"{job.name} is given up: {how}.")
        now = datetime.now(UTC).isoformat(timespec="seconds")
        failure = f"{job.name} could not be graded: {how} ({losses.why or 'nobody knows why'})"
        facts = Facts(failure=failure, seed=fingerprint(self._run.secret), started=now)
        report = report_of(self._run, facts, job.path, job.name)
        if job.write:
            with told_of(job.folder):
                write_all(report, job.folder)
        return Result(job, report.exit_code, None, "", report.failure, 0.0, facts=facts)


def _facts_of(parcel: Parcel) -> Facts:
    try:
        return decoded(parcel.facts, Facts)
    except ValueError as error:
        raise GraderError(f"a node sent no facts about {parcel.name}: {error}") from error
