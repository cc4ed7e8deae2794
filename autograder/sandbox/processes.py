"""Counting and ending a process's descendants, as /proc shows them."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Sequence

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

    def more(name: str, lines: tuple[str, ...]) -> bool:
        return sum(_megabytes(f"/proc/{pid}/{name}", lines) for pid in pids) > megabytes

    return more("status", ("RssAnon:", "RssShmem:")) and more("smaps_rollup", ("Pss_Anon:", "Pss_Shmem:"))


def _megabytes(path: str, lines: tuple[str, ...]) -> float:
    """What these lines of a file in /proc add up to. Memory that processes share on purpose counts like their own."""
    try:
        with open(path) as file:
            return sum(int(line.split()[1]) for line in file if line.startswith(lines)) / 1024
    except OSError:  # it has ended meanwhile
        return 0.0


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
