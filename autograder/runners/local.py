"""A pool of forked judge workers on this machine: one submission each, a few at once."""

from __future__ import annotations

import gc
import json
import os
import selectors
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import GraderError
from autograder.grade import Setup, failed_report, grade
from autograder.marks import proposed_marks
from autograder.records import Report
from autograder.reports import warm_up, write_all
from autograder.reports.view import total_text, write_text

GRACE_SECONDS = 120.0  # beyond a submission's own time, for reports and a busy machine


@dataclass(frozen=True)
class Job:
    """One submission to grade into one folder."""

    path: Path
    name: str
    folder: Path


@dataclass(frozen=True)
class Result:
    """What the parent learns of a finished job; everything else is in its folder."""

    job: Job
    exit_code: int
    total: float | None
    told: str  # the total in words
    problem: str
    seconds: float


@dataclass
class Worker:
    job: Job
    pid: int
    started: float
    received: bytes = b""


def run_jobs(
    setup: Setup, jobs: Sequence[Job], at_once: int, show: Callable[[Report], None] | None = None
) -> Iterator[Result]:
    """Grade every job in a forked worker of its own; yields results as they finish.

    `show` is called in the worker with the finished report. A worker that dies or hangs is the grader's own failure:
    its submission gets a report that says so.
    """
    warm_up()
    gc.freeze()  # what all workers share stays shared: their collectors leave it alone
    waiting, selector = list(reversed(jobs)), selectors.DefaultSelector()
    limit = 2 * setup.assignment.rubric.limits.submission_seconds + GRACE_SECONDS
    if setup.plan is not None:
        limit += setup.plan.longest(setup.assignment.rubric)
    while waiting or selector.get_map():
        while waiting and len(selector.get_map()) < at_once:
            _start(setup, waiting.pop(), selector, show)
        ready = {key.fd for key, _ in selector.select(1.0)}
        for key in list(selector.get_map().values()):
            worker: Worker = key.data
            if key.fd in ready and (data := os.read(key.fd, 65536)):
                worker.received += data
            elif key.fd in ready or time.monotonic() - worker.started > limit:
                selector.unregister(key.fd)
                os.close(key.fd)
                yield _finish(setup, worker)


def _start(setup: Setup, job: Job, selector: selectors.BaseSelector, show: Callable[[Report], None] | None) -> None:
    ours, theirs = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        os.close(ours)
        for key in selector.get_map().values():
            os.close(key.fd)
        _work(setup, job, theirs, show)
    os.close(theirs)
    selector.register(ours, selectors.EVENT_READ, Worker(job, pid, time.monotonic()))


def _work(setup: Setup, job: Job, pipe: int, show: Callable[[Report], None] | None) -> None:
    """Grade, write, tell the parent; never returns."""
    try:
        try:
            report = grade(setup, job.path, job.name, job.folder)
        except Exception as error:  # noqa: BLE001  # any failure here is the grader's own, and must leave a report
            if not isinstance(error, GraderError):
                traceback.print_exc()
            report = failed_report(setup, job.path, job.name, error)
        write_all(report, job.folder)
        write_proposals(setup, report, job.folder)
        if show is not None:
            show(report)
            sys.stdout.flush()
        told = total_text(report.score)
        row = [report.exit_code, report.score.total, told, report.problem or report.failure]
        os.write(pipe, json.dumps(row).encode())
    except BaseException:  # noqa: BLE001  # the parent sees the missing row and writes the report
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(0)


def write_proposals(setup: Setup, report: Report, folder: Path) -> None:
    """For staff: marks.proposed.toml, a marks file to confirm or change, where the report was read.

    Raises:
        OSError: the file can't be written.
    """
    path = folder / "marks.proposed.toml"
    if report.findings is None:
        path.unlink(missing_ok=True)
        return
    write_text(path, proposed_marks(report.submission, report.findings, setup.assignment.rubric))


def _finish(setup: Setup, worker: Worker) -> Result:
    os.kill(worker.pid, signal.SIGKILL)  # it has exited or hangs; its student process dies with it
    _, status = os.waitpid(worker.pid, 0)
    job, seconds = worker.job, time.monotonic() - worker.started
    try:
        code, total, told, problem = json.loads(worker.received)
    except ValueError:
        error = GraderError(f"the judge's worker ended without a result (status {status}, after {seconds:.0f} s)")
        report = failed_report(setup, job.path, job.name, error)
        write_all(report, job.folder)
        code, total, told, problem = report.exit_code, None, "", report.failure
    return Result(job, code, total, told, problem, seconds)
