"""Counting and ending a process's descendants, as /proc shows them."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Sequence

_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / (1 << 20)
_END_SECONDS = 20.0


def descendants(ancestor: int) -> list[int]:
    """All living processes below `ancestor`, parents first; empty where /proc is missing."""
    children: dict[int, list[int]] = {}
    try:
        numbers = [int(name) for name in os.listdir("/proc") if name.isdecimal()]
    except OSError:
        return []
    for number in numbers:
        children.setdefault(_parent(number), []).append(number)
    found = [ancestor]
    for number in found:  # grows while it is walked
        found += children.get(number, [])
    return found[1:]


def uses_more(pids: Sequence[int], megabytes: float) -> bool:
    """Whether these processes have more memory than this to themselves.

    Forks share pages, which a proportional count takes care of; it is slow, so it is only taken when the quick one,
    which counts them again and again, is above the bound.
    """
    return sum(map(_private_mb, pids)) > megabytes and sum(map(_proportional_mb, pids)) > megabytes


def _private_mb(pid: int) -> float:
    try:
        with open(f"/proc/{pid}/statm") as statm:
            fields = statm.read().split()
    except OSError:  # it has ended meanwhile
        return 0.0
    return (int(fields[1]) - int(fields[2])) * _PAGE_MB


def _proportional_mb(pid: int) -> float:
    try:
        with open(f"/proc/{pid}/smaps_rollup") as smaps:
            kilobytes = [int(line.split()[1]) for line in smaps if line.startswith("Pss_Anon:")]
    except OSError:
        return 0.0
    return sum(kilobytes) / 1024


def kill_all(ancestor: int) -> None:
    """End every descendant of the calling process, those too that are born meanwhile, and reap them.

    Only complete where the caller adopts orphans (linux.adopt_orphans): a daemon's parent is then the caller.
    """
    end = time.monotonic() + _END_SECONDS
    while (living := descendants(ancestor)) and time.monotonic() < end:
        for sign in (signal.SIGSTOP, signal.SIGKILL):  # stopped ones can't fork while the others are being killed
            for pid in living:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, sign)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        time.sleep(0.01)


def _parent(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/stat", "rb") as status:
            return int(status.read().rpartition(b")")[2].split()[1])
    except (OSError, IndexError, ValueError):  # it has ended meanwhile
        return -1
