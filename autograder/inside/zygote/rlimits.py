"""Limits on one process that every POSIX kernel knows."""

from __future__ import annotations

import os
import resource
import sys

from autograder.wire.limits import Limits

_MB = 1 << 20


def apply(limits: Limits, address_space: int, *, own_user: bool) -> None:
    """Bound the calling process. `own_user`: no other process counts against its RLIMIT_NPROC.

    Raises:
        OSError: the kernel refused.
    """
    processes = limits.processes if own_user else limits.processes + _tasks_of_user()
    wanted = {
        "RLIMIT_CORE": (0, 0),
        "RLIMIT_CPU": (limits.cpu_seconds, limits.cpu_seconds + 1),
        "RLIMIT_FSIZE": (limits.scratch_mb * _MB, limits.scratch_mb * _MB),
        "RLIMIT_NOFILE": (limits.open_files, limits.open_files),
        "RLIMIT_NPROC": (processes, processes),
        "RLIMIT_MEMLOCK": (0, 0),
        "RLIMIT_MSGQUEUE": (0, 0),
    }
    if sys.platform == "linux":  # elsewhere the libraries alone may reserve more than any sensible bound
        memory = address_space + limits.memory_mb * _MB
        wanted["RLIMIT_AS"] = (memory, memory)
    for name, (soft, hard) in wanted.items():
        if hasattr(resource, name):
            _lower(getattr(resource, name), soft, hard)


def _lower(kind: int, soft: int, hard: int) -> None:
    present = resource.getrlimit(kind)[1]
    if present != resource.RLIM_INFINITY:
        hard = min(hard, present)
    resource.setrlimit(kind, (min(soft, hard), hard))


def _tasks_of_user() -> int:
    """How many threads this process's user runs at the moment; 0 where /proc is missing."""
    uid, count = os.getuid(), 0
    try:
        numbers = [name for name in os.listdir("/proc") if name.isdecimal()]
    except OSError:
        return 0
    for number in numbers:
        try:
            if os.stat(f"/proc/{number}").st_uid == uid:
                count += len(os.listdir(f"/proc/{number}/task"))
        except OSError:  # it has ended meanwhile
            continue
    return count
