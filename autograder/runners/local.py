"""A pool of forked judge workers on this machine: one submission each, a few at once."""

from __future__ import annotations

import contextlib
import gc
import math
import os
import selectors
import signal
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType

from autograder.assemble import report_of
from autograder.errors import ConfigError, GraderError, OutOfGpuMemory
from autograder.facts import Facts, decoded, encoded
from autograder.grade import Setup, failed_facts, find_out
from autograder.lateness import Lateness
from autograder.records import Report
from autograder.reports import warm_up, write_all
from autograder.runners.folders import told_of, unwritten
from autograder.runners.interrupts import interrupts
from autograder.runners.messages import Inbox, tell
from autograder.runners.slots import Slots, Turn, Turns
from autograder.runners.writing import fallen_items, row_of, write
from autograder.system import hugepages, linux
from autograder.system.signals import held_back
from autograder.whole import EXECUTED, longest

STOP_SECONDS = 40.0  # for workers to clean up after Ctrl-C
MANY = 10  # submissions for which cheaper forks are worth a tenth of a second
UNWRITTEN = "unwritten"  # the key of what a worker says that can't write its results
OUT_OF_MEMORY = "out of memory"  # the key of what a worker says whose run did not fit beside others on a card
GRACE_SECONDS = 120.0  # beyond a submission's own time, for reports and a busy machine


@dataclass(frozen=True)
class Job:
    """One submission to grade into one folder. `recall`: gives what is known of it, when its turn comes. `floor`: the
    points that were published, as floor_of gives them; where they would fall, or without `write`, nothing is written.
    `late`: what follows from its time. `bring`: puts it at its path, in the worker."""

    path: Path
    name: str
    folder: Path
    recall: Callable[[], Facts | None] | None = None
    floor: Mapping[str, float] = field(default_factory=dict)
    late: Lateness | None = None
    write: bool = True
    bring: Callable[[], None] | None = None


@dataclass(frozen=True)
class Result:
    """What the parent learns of a finished job; everything else is in its folder."""

    job: Job
    exit_code: int
    total: float | None
    told: str  # the total in words
    problem: str
    seconds: float
    maximum: float | None = None  # None and no scores: the grader failed
    pending: float | None = None  # points that wait for a person or another step, bonus points left out
    scores: Mapping[str, float] = field(default_factory=dict)  # of the graded items, by item
    facts: Facts | None = None  # None where the worker died
    fallen: tuple[str, ...] = ()  # what is below its floor: nothing was written


@dataclass
class Worker:
    turn: Turn[Job]
    pid: int
    started: float
    inbox: Inbox = field(default_factory=Inbox)

    @property
    def job(self) -> Job:
        return self.turn.job


def run_jobs(
    setup: Setup,
    jobs: Sequence[Job],
    at_once: int,
    show: Callable[[Report], None] | None = None,
    watch: Callable[[Mapping[str, str]], None] | None = None,
    slots: Slots | None = None,
    say: Callable[[str], None] = lambda sentence: None,
) -> Generator[Result, None, None]:
    """Grade every job in a forked worker of its own, so many at once, or as many as there are `slots` on GPUs; yields
    results as they finish.

    `show` is called in the worker with the finished report; `watch` in this process, now and then, with the stages of
    the submissions that are being graded. A worker that dies is started once more, at the end; one that dies again, or
    hangs, is the grader's own failure: its submission gets a report that says so. `say` is told of both.

    Raises:
        ConfigError: results can't be written; the disk is full, say.
        KeyboardInterrupt: somebody pressed Ctrl-C, ended the run or closed its terminal; the signal's number is the
            argument. The workers have been ended; what had a result has been yielded.
    """
    warm_up()
    gc.freeze()  # what all workers share stays shared: their collectors leave it alone
    if len(jobs) >= MANY:
        hugepages.collapse()
    turns, selector = Turns(deque(jobs), at_once, slots), selectors.DefaultSelector()
    died = set[str]()
    limit = limit_of(setup)
    with interrupts() as pressed:
        try:
            while (turns or selector.get_map()) and not pressed:
                while turn := turns.next():
                    _start(setup, turn, selector, show)
                for worker in _ended(selector, limit, 0.5):
                    if turns.ended(worker.turn, out_of_memory=OUT_OF_MEMORY in worker.inbox.last):
                        _kill(worker)
                        continue
                    if _died(worker, limit) and worker.job.name not in died:
                        died.add(worker.job.name)
                        status = _kill(worker)
                        say(f"a worker was killed ({_how(status)}); at work: {worker.job.name}; it is tried once more.")
                        _tidy(worker.job.folder)
                        turns.waiting.append(worker.job)
                        continue
                    yield _finish(setup, worker, say)
                if watch is not None:
                    watch({w.job.name: w.inbox.last.get("stage", "starting") for w in _running(selector)})
            if pressed:
                yield from _stop(selector, pressed)
                raise KeyboardInterrupt(pressed[0])
        finally:
            for worker in _running(selector):
                _kill(worker)
                _tidy(worker.job.folder)


def limit_of(setup: Setup) -> float:
    """Seconds after which something must have gone wrong with a submission."""
    limit = 2 * setup.run.rubric.limits.submission_seconds + GRACE_SECONDS
    return limit + longest(setup.run) if setup.run.beyond else limit


def _died(worker: Worker, limit: float) -> bool:
    """Whether it has ended by itself without a word."""
    silent = not {"row", UNWRITTEN} & set(worker.inbox.last)
    return silent and time.monotonic() - worker.started <= limit


def _running(selector: selectors.BaseSelector) -> list[Worker]:
    return [key.data for key in selector.get_map().values()]


def _ended(selector: selectors.BaseSelector, limit: float, patience: float) -> Iterator[Worker]:
    """Take what workers say; gives those that have ended, or have run for longer than the limit, to be reaped."""
    ready = {key.fd for key, _ in selector.select(patience)}
    for key in list(selector.get_map().values()):
        worker: Worker = key.data
        if key.fd in ready and (data := os.read(key.fd, 65536)):
            worker.inbox.feed(data)
        elif key.fd in ready or time.monotonic() - worker.started > limit:
            selector.unregister(key.fd)
            os.close(key.fd)
            yield worker


def _stop(selector: selectors.BaseSelector, pressed: list[int]) -> Iterator[Result]:
    """End all workers; the results of those that had one. A second Ctrl-C stops the waiting too."""
    for worker in _running(selector):
        os.kill(worker.pid, signal.SIGTERM)
    end, known = time.monotonic() + STOP_SECONDS, len(pressed)
    while selector.get_map() and len(pressed) == known and time.monotonic() < end:
        for worker in _ended(selector, math.inf, 0.2):
            _kill(worker)
            if result := _result(worker):
                yield result


def _start(
    setup: Setup, turn: Turn[Job], selector: selectors.BaseSelector, show: Callable[[Report], None] | None
) -> None:
    job = turn.job
    known = job.recall() if job.recall is not None else None  # here: no worker has a gradebook
    ours, theirs = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    own = replace(setup, run=replace(setup.run, slot=turn.slot))
    with held_back(signal.SIGTERM):
        pid = os.fork()
        if pid == 0:
            os.close(ours)
            for key in selector.get_map().values():
                os.close(key.fd)
            _work(own, job, known, theirs, show, parent)
    os.close(theirs)
    selector.register(ours, selectors.EVENT_READ, Worker(turn, pid, time.monotonic()))


def _work(
    setup: Setup, job: Job, known: Facts | None, pipe: int, show: Callable[[Report], None] | None, parent: int
) -> None:
    """Grade, write, tell the parent; never returns. It begins with SIGTERM held back. Ctrl-C reaches the parent, which
    ends its workers by SIGTERM; so does the operating system when the parent has died."""
    try:
        signal.signal(signal.SIGTERM, _give_up)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
        if sys.platform == "linux":
            linux.die_with_parent(signal.SIGTERM)
        _stop_without(parent)
        try:
            if job.bring is not None:
                job.bring()
            if known is None or known.notebook is None:
                (job.folder / EXECUTED).unlink(missing_ok=True)  # an earlier run's, maybe of another notebook
            told = replace(setup, on_stage=lambda stage: tell(pipe, {"stage": stage}))
            facts = find_out(told, job.path, job.folder, known)
            report = report_of(setup.run, facts, job.path, job.name, job.late)
        except OutOfGpuMemory as error:  # it comes again, so that there is nothing to write
            _tidy(job.folder)
            tell(pipe, {OUT_OF_MEMORY: str(error)})
            return
        except Exception as error:  # noqa: BLE001  # any failure here is the grader's own, and must leave a report
            if not isinstance(error, GraderError) and os.getppid() == parent:
                traceback.print_exc()
            facts = failed_facts(setup, error)
            report = report_of(setup.run, facts, job.path, job.name)
        _stop_without(parent)  # then its sandbox has died too, and a failure says nothing
        signal.signal(signal.SIGTERM, lambda *_: None)  # from here on all files are written, or none
        fallen = fallen_items(report, job.floor)
        if job.write and not fallen:
            try:
                report = write(setup.run, report, job.folder)
            except OSError as error:
                tell(pipe, {UNWRITTEN: error.strerror or str(error)})
                return
        if show is not None:
            with contextlib.suppress(OSError, SystemExit):  # the terminal was closed, which rich ends a program for
                show(report)
                sys.stdout.flush()
        tell(pipe, {"row": row_of(report), "facts": encoded(facts), "fallen": fallen})
    except KeyboardInterrupt:
        _tidy(job.folder)
    except BaseException:  # noqa: BLE001  # the parent sees the missing row and writes the report
        if os.getppid() == parent:
            traceback.print_exc()
    finally:
        with contextlib.suppress(OSError):
            sys.stderr.flush()
        os._exit(0)


def _stop_without(parent: int) -> None:
    """Raises:
    KeyboardInterrupt: the parent has died, so nobody waits for this result.
    """
    if os.getppid() != parent:
        raise KeyboardInterrupt


def _give_up(number: int, frame: FrameType | None) -> None:
    """Unwinds the worker, so that every process and folder of its is cleaned up; a second signal changes nothing.

    Raises:
        KeyboardInterrupt: since pytest would keep anything else for a check's own failure.
    """
    signal.signal(signal.SIGTERM, lambda *_: None)
    raise KeyboardInterrupt


def _tidy(folder: Path) -> None:
    """Leave no half of a result: what the notebook's run wrote goes, and the folder too where nothing else is in it."""
    (folder / EXECUTED).unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # not made yet, or an earlier result is there
        folder.rmdir()


def _kill(worker: Worker) -> int:
    """It has exited or hangs; its student process dies with it. How it ended."""
    os.kill(worker.pid, signal.SIGKILL)
    return os.waitpid(worker.pid, 0)[1]


def _how(status: int) -> str:
    """How a worker ended, in words."""
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return f"exit status {os.waitstatus_to_exitcode(status)}"


def _finish(setup: Setup, worker: Worker, say: Callable[[str], None]) -> Result:
    """Raises:
    ConfigError: its results can't be written.
    """
    status = _kill(worker)
    if result := _result(worker):
        return result
    job, seconds = worker.job, time.monotonic() - worker.started
    if why := worker.inbox.last.get(UNWRITTEN):
        raise ConfigError(unwritten(job.folder, why))
    how = "its worker died 2 times" if _died(worker, limit_of(setup)) else "its worker hung"
    say(f"{job.name} is given up: {how}.")
    error = GraderError(f"{job.name} could not be graded: {how} ({_how(status)}, after {seconds:.0f} s)")
    facts = failed_facts(setup, error)
    report = report_of(setup.run, facts, job.path, job.name)
    if job.write:
        with told_of(job.folder):
            write_all(report, job.folder)
    return Result(job, report.exit_code, None, "", report.failure, seconds, facts=facts)


def _result(worker: Worker) -> Result | None:
    """What it said; None if it ended before it could."""
    told = worker.inbox.last
    if "row" not in told:
        return None
    facts, fallen = decoded(told["facts"], Facts), tuple(told["fallen"])
    return Result(worker.job, seconds=time.monotonic() - worker.started, facts=facts, fallen=fallen, **told["row"])
