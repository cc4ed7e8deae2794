"""Forks one student process: stdio, confinement, then the code that serves it."""

from __future__ import annotations

import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable

from autograder.inside.zygote import file_modes
from autograder.inside.zygote.confine import CONNECTION, Restrictions, confine, keep_only
from autograder.system import linux
from autograder.wire.config import HELLO, Config

Serve = Callable[[socket.socket], None]
_NOT_CONFINED = 70


class Forker:
    """Forks children into the tier's process tree."""

    def __init__(self, config: Config, restrictions: Restrictions) -> None:
        self._config, self._restrictions = config, restrictions
        self.limits = config.limits
        self.own_folders = not restrictions.namespaces
        self.children_may_fork = restrictions.seccomp is None and sys.platform == "linux"
        self._home = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC) if restrictions.namespaces else -1

    def fork(self, rpc: int, output: int, serve: Serve) -> int:
        """Start a child that confines itself, says HELLO on `rpc`, and serves it. Returns its process id.

        Raises:
            OSError: the kernel has no more processes or memory.
        """
        if self._home < 0:
            return self._fork(rpc, output, serve)
        linux.unshare(linux.NEWPID)  # for the next fork: the child is the first process of a namespace of its own
        try:
            return self._fork(rpc, output, serve)
        finally:
            linux.setns(self._home, linux.NEWPID)

    def close(self) -> None:
        """Forget the namespace; no forking after this."""
        if self._home >= 0:
            os.close(self._home)

    def scratch(self, pid: int) -> str:
        """The folder in which the child works."""
        return self._config.scratch if self._restrictions.namespaces else os.path.join(self._config.scratch, str(pid))

    def _fork(self, rpc: int, output: int, serve: Serve) -> int:
        pid = os.fork()
        if pid == 0:
            self._be_student(rpc, output, serve)
        return pid

    def _be_student(self, rpc: int, output: int, serve: Serve) -> None:
        status = _NOT_CONFINED
        try:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            keep_only(rpc, output)
            sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
            confine(self._config, self._restrictions, self.scratch(os.getpid()))
            file_modes.forgive()
            connection = socket.socket(fileno=CONNECTION)
            connection.sendall(HELLO)
            serve(connection)
            status = 0
        except BaseException:  # nothing may unwind into the zygote's own frames
            traceback.print_exc()
        finally:
            os._exit(status)
