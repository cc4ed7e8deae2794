"""Slurm as an engine of dispatch.py: orders become tasks of a job array, messages come back through the spool.

How an order ended is told by its node while that can; else by Slurm, which is asked now and then with one call for all
jobs. Slurm itself may put a job back into its queue (preemption, a lost node, `scontrol requeue`). Such a job is
cancelled, and dispatch.py sends again what was left of it: it waits no longer for that than Slurm would let it, and
nothing is done twice.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from autograder.errors import ConfigError, GraderError
from autograder.run import Run
from autograder.runners.folders import unwritten
from autograder.runners.orders import Parcel, decoded_order, encoded_order, messages_in, with_tasks
from autograder.runners.protocol import HELD_SECONDS, Capacity, Ended, Event, Held, Vanished
from autograder.runners.slurm.commands import (
    CANCELLED,
    WAITING,
    NoAnswer,
    Node,
    Row,
    cancel,
    keep_off,
    nodes_of,
    queue,
    queue_of,
)
from autograder.runners.slurm.earlier import end_jobs, lock, result_key, take_over
from autograder.runners.slurm.outbox import BEGUN, write_whole
from autograder.runners.slurm.spool import ROOM, Spool, Told
from autograder.runners.slurm.submission import library, submit

ASK_SECONDS = 4.0  # between two calls of squeue
LOOK_SECONDS = 0.2  # between two looks into the spool
SILENCE_SECONDS = 300.0  # of slurmctld, and of all nodes: then it is gone. A restart takes it less
UNSEEN_SECONDS = 60.0  # in which a new job must have come up in the queue, and the last word of one that is over
MOST_ORDERS = 1000  # in the queue: by default an array has no more tasks
MOST_CANCELLED = 3  # times that somebody else cancels jobs: then somebody wants this to stop


@dataclass
class Sent:
    """An order in Slurm's hands. `job`: as scancel takes it; `since`: when it was submitted; `place`: of its next
    message; `over`: since when Slurm says so."""

    job: str
    since: float
    place: int = 0
    over: float | None = None

    @property
    def array(self) -> str:
        """Of its job."""
        return self.job.partition("_")[0]


@dataclass
class SlurmEngine:
    """See protocol.Engine."""

    run: Run
    spool: Spool = field(init=False)
    _nodes: list[Node] = field(default_factory=list)
    _off: list[str] = field(default_factory=list)  # nodes that are not used
    _unsent: list[int] = field(default_factory=list)
    _sent: dict[int, Sent] = field(default_factory=dict)
    _arrays: set[str] = field(default_factory=set)
    _ready: list[Event] = field(default_factory=list)
    _earlier: dict[str, Path] = field(default_factory=dict)  # results of earlier runs
    _done: list[Path] = field(default_factory=list)  # files whose content has been handed on
    _lock: int = -1
    _batches: int = 0
    _unsure: str = ""  # the comment of an array of which nobody knows whether it was submitted
    _waiting: int = 0  # jobs that wait in the queue
    _cancelled: int = 0
    _asked: float = 0.0
    _moved: float = field(default_factory=time.monotonic)  # when a job of ours was last seen that did not wait
    _heard: float = field(default_factory=time.monotonic)  # when there was a sign of life

    def __post_init__(self) -> None:
        name = f"autograder-{uuid.uuid4().hex[:16]}"
        self.spool = Spool(self.run.out.resolve() / ROOM / name)

    def open(self) -> None:
        """See open_slurm."""
        library()
        self._nodes = nodes_of(self.run.slurm.partition)
        with self._writing():
            room = self.spool.folder.parent
            room.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = lock(room)
            try:
                self.spool.make()
                self._earlier = take_over(room, self.spool)
            except BaseException:
                self.close()
                raise

    def capacity(self) -> Capacity:
        """See Engine. All orders go into Slurm's queue at once, where the array's throttle holds them back."""
        asked = self.run.slurm
        usable = [node for node in self._nodes if node.usable and node.name not in self._off]
        room = sum(node.cpus // (asked.cpus * asked.at_once) for node in usable)
        slots = max(1, min(asked.parallel, room))
        where = f"partition {asked.partition}" if asked.partition else "its default partition"
        told = f"Slurm, {where}: {len(usable)} of {len(self._nodes)} nodes are up, {slots} jobs at once"
        return Capacity(slots, asked.at_once, MOST_ORDERS - slots, told)

    def submit(self, number: int, order: bytes) -> None:
        """See Engine. What an earlier run has found out of it comes from there."""
        order = self._known(number, order) if self._earlier else order
        if order:
            with self._writing():
                write_whole(self.spool.order_path(number), order)
            self._unsent.append(number)

    def poll(self, patience: float) -> Sequence[Event]:
        """See Engine.

        Raises:
            ConfigError: Slurm refuses what it is asked for; or nothing can be written.
            GraderError: somebody cancels the jobs again and again.
        """
        if self._cancelled >= MOST_CANCELLED:
            raise GraderError(
                f"somebody else cancelled jobs of this run {self._cancelled} times, so it stops; what is done is kept"
            )
        self._forget()
        self._send()
        end = time.monotonic() + patience
        while True:
            events, self._ready = self._ready, []
            events += self._look()
            if time.monotonic() - self._asked > ASK_SECONDS:
                events += self._ask()
            if events or time.monotonic() > end:
                return events
            time.sleep(LOOK_SECONDS)

    def exclude(self, node: str, why: str) -> bool:
        """See Engine."""
        if node not in self._off:
            self._off.append(node)
            for array in {sent.array for sent in self._sent.values()}:
                with suppress(NoAnswer):
                    keep_off(array, self._off)
        return any(one.usable and one.name not in self._off for one in self._nodes)

    def close(self) -> None:
        """See Engine. Where Slurm does not answer the spool stays, and the next run cancels what is left."""
        if self._lock < 0:
            return
        arrays = set(self._arrays)
        try:
            if self._unsure:
                arrays |= {row.array for row in queue_of(self._unsure)}
            ended = end_jobs(arrays)
        except (NoAnswer, ConfigError) as error:
            ended = False
            print(f"Slurm's jobs {', '.join(sorted(arrays))} could not be cancelled: {error}.", file=sys.stderr)
        if ended:
            shutil.rmtree(self.spool.folder, ignore_errors=True)
        os.close(self._lock)
        self._lock = -1
        with suppress(OSError):  # an earlier one is there, or one that could not be cancelled
            if ended:
                (self.spool.folder.parent / "lock").unlink()
                self.spool.folder.parent.rmdir()

    # ---- there -------------------------------------------------------------------------------------------------------
    def _known(self, number: int, order: bytes) -> bytes:
        """The order without what an earlier run has found out; empty where that is all."""
        asked = decoded_order(order)
        left = []
        for task in asked.tasks:
            path = self._earlier.pop(result_key(asked, task), None)
            if path is None:
                left.append(task)
                continue
            [found], _ = messages_in(path.read_bytes())
            assert isinstance(found, Parcel)
            self._ready.append(Event(number, found))
            self._done.append(path)
        if not left:
            self._ready.append(Event(number, Ended("done")))
        return encoded_order(with_tasks(asked, left)) if left else b""

    def _send(self) -> None:
        """Submit what waits, as one array, once nothing waits any more of an earlier one: its throttle is for all.

        Raises:
            ConfigError: Slurm refuses.
            Vanished: it does not answer any more.
        """
        if not self._unsent or (self._waiting and self._sent):
            return
        try:
            if self._unsure:
                end_jobs({row.array for row in queue_of(self._unsure)})
            self._batches += 1
            self._unsure = f"{self.spool.folder.name}-{self._batches}"
            jobs = submit(self.run, self.spool, self._unsent, self._unsure, self._off)
        except NoAnswer as error:
            self._complain(error)
            return
        self._unsure = ""
        now = time.monotonic()
        self._heard = now
        self._waiting = len(jobs)
        self._sent |= {number: Sent(job, now) for number, job in zip(self._unsent, jobs, strict=True)}
        self._arrays |= {sent.array for sent in self._sent.values()}
        self._unsent = []

    # ---- back --------------------------------------------------------------------------------------------------------
    def _look(self, *, to_the_end: Iterable[int] = ()) -> list[Event]:
        """The messages that have come, of each order in their order. `to_the_end`: of these orders nothing more comes,
        so that no gap is waited for.

        Raises:
            ConfigError: nodes can't write their results.
        """
        events = []
        for told in self.spool.told():
            sent = self._sent.get(told.number)
            if sent is None or told.place < sent.place:
                continue
            if told.kind == "trouble":
                raise self._full(OSError(0, told.complaint()))
            if told.place > sent.place and told.number not in to_the_end:
                continue
            events.append(self._event(sent, told))
        return events

    def _event(self, sent: Sent, told: Told) -> Event:
        what = told.read()
        sent.place = told.place + 1
        self._heard = time.monotonic()
        self._done.append(told.path)
        if isinstance(what, Ended):
            self._end(told.number)
        return Event(told.number, what)

    def _end(self, number: int) -> None:
        del self._sent[number]
        path = self.spool.order_path(number)
        self._done += [path, path.with_suffix(BEGUN)]

    def _forget(self) -> None:
        """Remove what has been handed on: whoever took it has kept it by now."""
        for path in self._done:
            path.unlink(missing_ok=True)
        self._done.clear()

    def _ask(self) -> list[Event]:
        """Ask Slurm for all jobs; how those orders ended whose node could not say it.

        Raises:
            ConfigError: nothing can be written; or a job will never run.
            Vanished: Slurm does not answer any more.
        """
        self._asked = time.monotonic()
        try:
            rows = {row.name: row for row in queue({sent.array for sent in self._sent.values()})}
            with self._writing():
                self.spool.look_again()
            self._heard = self._asked if rows else self._heard
            self._waiting = sum(row.state == "PENDING" for row in rows.values())
            ends = {number: end for number, sent in self._sent.items() if (end := self._fate(sent, rows.get(sent.job)))}
            events = [*self._look(to_the_end=ends), *self._held(rows)]
            ends = {number: end for number, end in ends.items() if number in self._sent}
            cancel([row.name for number in ends if (row := rows.get(self._sent[number].job)) and not row.over])
        except NoAnswer as error:
            self._complain(error)
            return []
        for number, end in ends.items():
            self._end(number)
            events.append(Event(number, end))
        self._cancelled += any(end.why == CANCELLED for end in ends.values())
        return events

    def _held(self, rows: Mapping[str, Row]) -> list[Event]:
        """Why nothing runs, where that has been so for a while."""
        ours = {number: row for number, sent in self._sent.items() if (row := rows.get(sent.job))}
        if not ours or any(row.state not in WAITING for row in ours.values()):
            self._moved = self._asked
        if self._asked - self._moved < HELD_SECONDS:
            return []
        [number, row] = next(iter(ours.items()))
        names = f"{row.name} to {[*ours.values()][-1].name}" if len(ours) > 1 else row.name
        return [Event(number, Held(f"Slurm keeps all jobs of this run waiting ({names}): {row.reason}"))]

    def _fate(self, sent: Sent, row: Row | None) -> Ended | None:
        """How an order ended; None where it has not, or its node may still say so."""
        if row is None:
            unseen = self._asked - sent.since > UNSEEN_SECONDS
            return Ended("node", "Slurm does not know its job any more") if unseen else None
        if row.restarts:
            return Ended(
                "node", "Slurm put its job back into the queue (preempted, its node lost, or requeued by hand)"
            )
        if row.hopeless:
            raise ConfigError(f"Slurm will never start the job {row.name} ([slurm] in course.toml): {row.reason}.")
        if not row.over:
            return None
        if sent.over is None:
            sent.over = self._asked
        patience = UNSEEN_SECONDS if row.state == "COMPLETED" else ASK_SECONDS / 2  # a network disk is behind
        return Ended(*row.end) if self._asked - sent.over > patience else None

    # ---- trouble -----------------------------------------------------------------------------------------------------
    def _complain(self, error: NoAnswer) -> None:
        """Slurm may be started anew just now; its nodes go on meanwhile.

        Raises:
            Vanished: this takes too long.
        """
        silent = time.monotonic() - self._heard
        if silent > SILENCE_SECONDS:
            raise Vanished(
                f"Slurm has not answered for {silent:.0f} s ({error}); what came is kept, and the same command goes on "
                "from there"
            ) from error

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Raises:
        ConfigError: instead of an OSError, and names the folder.
        """
        try:
            yield
        except OSError as error:
            raise self._full(error) from error

    def _full(self, error: OSError) -> ConfigError:
        return ConfigError(unwritten(f"{self.run.out} (OUT)", error.strerror or str(error)))
