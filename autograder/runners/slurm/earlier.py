"""What an earlier run left that was cut off: its jobs are cancelled, its results are taken over.

A run that is killed leaves its spool, and an array that goes on. The next run on the same OUT finds both: the array by
the comment of its jobs, which is the spool's name; the results by what they are results of.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from autograder import __version__
from autograder.clusters import OnRay, OnSlurm
from autograder.errors import ConfigError
from autograder.gradebook.keys import presentation
from autograder.runners.orders import Order, Parcel, Task, decoded_order, encoded_order, with_tasks
from autograder.runners.slurm.commands import cancel, queue, queue_of
from autograder.runners.slurm.spool import Spool

LAST_SECONDS = 90.0  # for cancelled jobs to end: Slurm gives them KillWait, 30 s by default


def lock(room: Path) -> int:
    """Let no other run work here; the lock goes with this process, however it ends. Gives its file.

    Raises:
        ConfigError: another run is at work here.
        OSError: the lock can't be written.
    """
    while True:
        file = os.open(room / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.EACCES):
                os.close(file)
                told = f"Another run with RUNNER=slurm is at work on {room.parent} (OUT)"
                raise ConfigError(f"{told}: wait for its end, or name another OUT.") from error
            return file  # a file system without locks
        with suppress(FileNotFoundError):
            if os.stat(room / "lock").st_ino == os.fstat(file).st_ino:
                return file
        os.close(file)  # a run that has just ended removed it


def take_over(room: Path, spool: Spool) -> dict[str, Path]:
    """Cancel what still runs of earlier runs, and move their results into `spool`; where each is, by result_key.

    Raises:
        ConfigError, GraderError: Slurm refuses, or does not answer.
        OSError: the folders can't be read or written.
    """
    for folder in sorted(path for path in room.iterdir() if path.is_dir() and path != spool.folder):
        if folder.stat().st_uid == os.geteuid():
            end_jobs({row.array for row in queue_of(folder.name)})
            _take(Spool(folder), spool)
            shutil.rmtree(folder)
    return {path.name: path for path in spool.kept.iterdir() if not path.name.startswith(".")}


def end_jobs(arrays: Iterable[str]) -> bool:
    """Cancel arrays and wait until nothing of them runs, for Slurm either; False where that takes too long.

    Raises:
        ConfigError, GraderError: Slurm refuses, or does not answer.
    """
    end = time.monotonic() + LAST_SECONDS
    while left := sorted({row.array for row in queue(arrays) if not row.over}):
        if time.monotonic() > end:
            return False
        cancel(left)  # again each time: a controller that was started anew may have forgotten it
        time.sleep(0.3)
    return True


def _take(old: Spool, spool: Spool) -> None:
    """Move the results of one earlier run into `spool`. Orders of another version are none of ours: theirs go."""
    if old.kept.is_dir():
        for path in old.kept.iterdir():
            path.rename(spool.kept / path.name)
    if not old.told_folder.is_dir():  # it was cut off before it began
        return
    messages = [told for told in old.told() if told.kind == "message"]
    for number, path in old.orders():
        own = [told for told in messages if told.number == number]
        try:
            order = decoded_order(path.read_bytes()) if own else None
        except ValueError:
            continue
        tasks = {} if order is None else {task.name: task for task in order.tasks}
        for told in own:
            what = told.read()
            if order is not None and isinstance(what, Parcel) and what.name in tasks:
                told.path.rename(spool.kept / result_key(order, tasks[what.name]))


def result_key(order: Order, task: Task) -> str:
    """Equal where a result would be the same to the last byte of its reports: same submission, same run, same program.
    How it is carried out makes no difference."""
    run = replace(
        order.run, jobs=0, out=Path(), runner="local", ray=OnRay(), slurm=OnSlurm(), number=0, notebook_data=None
    )
    alone = encoded_order(with_tasks(replace(order, run=run, at_once=0), [task]))
    return hashlib.sha256(b"\0".join([__version__.encode(), presentation().encode(), alone])).hexdigest()
