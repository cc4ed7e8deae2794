"""The zygote's loop: starts children when asked, kills them when told, reports how they ended."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import sys
from resource import struct_rusage

from autograder.inside.zygote import scratch
from autograder.inside.zygote.child import Forker, Serve
from autograder.wire.config import FITS, SPAWN

_DESCRIPTORS = 3  # connection, output, life
_WATCH_MS = 500.0


class Supervisor:
    """All living children of one zygote."""

    def __init__(self, control: socket.socket, forker: Forker, serve: Serve) -> None:
        self._control, self._forker, self._serve = control, forker, serve
        self._lives: dict[int, socket.socket] = {}  # by process id
        self._pids: dict[int, int] = {}  # by the life socket's descriptor
        self._reasons: dict[int, str] = {}  # why the zygote itself ended a child
        self._poll = select.poll()
        self._poll.register(control, select.POLLIN)
        self._bell, ring = socket.socketpair()
        for end in (self._bell, ring):
            end.setblocking(False)
        self._ring = ring
        self._poll.register(self._bell, select.POLLIN)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, lambda *_: None)  # both only ring the bell
        signal.set_wakeup_fd(ring.fileno(), warn_on_full_buffer=False)

    def run(self) -> None:
        """Serve the judge until it has gone; then leave nothing behind."""
        try:
            while self._turn():
                pass
        finally:
            self._end_all()

    def _turn(self) -> bool:
        """Wait for something to happen and see to it; False when the judge has gone."""
        watching = self._forker.own_folders and self._lives
        due = [fd for fd, _ in self._poll.poll(_WATCH_MS if watching else None)]
        signals = self._hear()
        self._reap()
        if signal.SIGTERM in signals:  # the judge has died
            return False
        for fd in self._pids.keys() & due:
            self._attend(self._pids[fd])
        if self._control.fileno() in due and not self._accept():  # last: new children reuse descriptors of the dead
            return False
        if watching:
            self._watch_folders()
        return True

    def _hear(self) -> bytes:
        """The numbers of the signals that came since the last time."""
        try:
            return self._bell.recv(4096)
        except BlockingIOError:
            return b""

    def _accept(self) -> bool:
        message, fds, _, _ = socket.recv_fds(self._control, len(SPAWN), _DESCRIPTORS)
        if message != SPAWN:
            return False
        rpc, output, life_fd = fds
        life = socket.socket(fileno=life_fd)
        try:
            pid = self._forker.fork(rpc, output, self._serve)
        except OSError as error:
            _tell(life, {"error": f"no process could be forked ({error})"})
        else:
            self._lives[pid], self._pids[life_fd] = life, pid
            self._poll.register(life, select.POLLIN)
        finally:
            os.close(rpc)
            os.close(output)
        return True

    def _attend(self, pid: int) -> None:
        """The judge asks how large the child's folder is, or has let go of it."""
        life = self._lives[pid]
        try:
            asked = life.recv(1, socket.MSG_DONTWAIT)
        except OSError:
            asked = b""
        if not asked:
            self._kill(pid)
        elif not (self._forker.own_folders and self._measure(pid)):
            with contextlib.suppress(OSError):
                life.send(FITS)

    def _kill(self, pid: int) -> None:
        self._poll.unregister(self._lives[pid])
        del self._pids[self._lives[pid].fileno()]
        _kill_quietly(pid)

    def _reap(self) -> None:
        """Collect the dead, report the students among them, and end what they left running."""
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            if pid in self._lives:
                self._bury(pid, status, usage)
        if self._forker.children_may_fork:
            for stray in _children() - self._lives.keys():
                _kill_quietly(stray)

    def _bury(self, pid: int, status: int, usage: struct_rusage) -> None:
        life = self._lives.pop(pid)
        if self._pids.pop(life.fileno(), None):
            self._poll.unregister(life)
        if self._forker.children_may_fork:
            _kill_quietly(-pid)  # its process group
        if self._forker.own_folders:
            scratch.remove(self._forker.scratch(pid))
        unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
        use = {"status": status, "cpu": usage.ru_utime + usage.ru_stime, "peak_mb": usage.ru_maxrss / unit}
        _tell(life, use | {"reason": self._reasons.pop(pid, "")})

    def _watch_folders(self) -> None:
        """Where no small file system bounds a child's folder, end the child that outgrows it."""
        for pid in list(self._pids.values()):
            self._measure(pid)

    def _measure(self, pid: int) -> bool:
        """Whether the child was ended since its folder is too large."""
        excess = scratch.excess(self._forker.scratch(pid), self._forker.limits)
        if excess:
            self._reasons[pid] = excess
            self._kill(pid)
        return bool(excess)

    def _end_all(self) -> None:
        for pid in self._lives:
            _kill_quietly(pid)
        while self._lives or (self._forker.children_may_fork and _children()):
            select.select([self._bell], [], [], 0.1)
            self._hear()
            self._reap()


def _tell(life: socket.socket, message: dict[str, object]) -> None:
    with life, contextlib.suppress(OSError):  # the judge may be gone
        life.sendall(json.dumps(message).encode())


def _kill_quietly(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)


def _children() -> set[int]:
    """The zygote's own children, adopted ones too; empty where the kernel doesn't say."""
    own = os.getpid()
    try:
        with open(f"/proc/{own}/task/{own}/children") as file:
            return set(map(int, file.read().split()))
    except OSError:
        return set()
