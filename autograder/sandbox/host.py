"""The judge's side of the zygote: starts it in the best tier that works, and asks it for student processes."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from autograder.errors import SandboxError
from autograder.inside.zygote.preload import BASE
from autograder.sandbox import fallback
from autograder.sandbox.process import ZygoteProcess
from autograder.sandbox.protocol import TIERS, Tier
from autograder.wire.config import SPAWN, Config
from autograder.wire.limits import Limits

_READY_SECONDS = 180.0  # cold imports over a network file system
_SERVER = "autograder.inside.server:serve"
_KIND = socket.SOCK_SEQPACKET if sys.platform == "linux" else socket.SOCK_STREAM


def open_sandbox(
    limits: Limits,
    *,
    readable: Sequence[Path] = (),
    preload: Sequence[str] = (),
    tier: int | None = None,
    entry: str = _SERVER,
    env: Mapping[str, str] | None = None,
) -> ZygoteSandbox:
    """Begin to start a zygote and return at once; the first `spawn`, or `wait_ready`, waits for it.

    `readable`: more files and folders that student processes may read. `preload`: more modules to import before any
    of them starts. `tier`: this one and no other; None for the best that works here. `entry`: what serves a student
    process's connection. `env`: more environment variables.

    Call it from a thread that lives as long as the sandbox: the kernel ends the zygote with the thread.

    Raises:
        SandboxError: `tier` can't be tried on this machine, or it knows no `fork`.
    """
    return ZygoteSandbox(limits, tuple(readable), (*BASE, *preload), tier, entry, dict(env or {}))


def best_tier() -> Tier:
    """The best tier that works on this machine, found by starting a confined process in it.

    Raises:
        SandboxError: not even a plain process could be started.
    """
    sandbox = ZygoteSandbox(Limits(), (), (), None, "builtins:id", {})
    try:
        return sandbox.tier
    finally:
        sandbox.close()


class ZygoteSandbox:
    """A zygote and its tier. Forked copies of this object may `spawn` too, at the same time."""

    def __init__(
        self,
        limits: Limits,
        readable: tuple[Path, ...],
        preload: tuple[str, ...],
        tier: int | None,
        entry: str,
        env: dict[str, str],
    ) -> None:
        if not hasattr(os, "fork"):
            raise SandboxError("this system can't fork processes; only your own code can be checked here")
        self._limits, self._preload, self._entry, self._env = limits, preload, entry, env
        self._readable = fallback.readable_paths(readable)
        self._only = tier
        self._lacks: list[str] = []
        self._ready: dict[str, Any] = {}
        self._closed = False
        self._climb_down_to(tier or 1)

    @property
    def tier(self) -> Tier:
        """The tier that student processes get. Waits for the zygote.

        Raises:
            SandboxError: no tier works.
        """
        self.wait_ready()
        lacks = list(self._lacks)
        if self._number == 1 and not self._ready["landlock"]:
            lacks.append("Landlock is not available; the mount namespace alone protects files")
        return replace(TIERS[self._number], lacks="; ".join(lacks))

    @property
    def missing(self) -> tuple[str, ...]:
        """The modules that could not be preloaded, each with the reason. Waits for the zygote."""
        self.wait_ready()
        return tuple(self._ready["missing"])

    def wait_ready(self) -> None:
        """Wait until student processes can be spawned. Call it before forking workers: one wait then serves all.

        Raises:
            SandboxError: the zygote could not be started in any tier, or in the one that was asked for.
        """
        while not self._ready:
            if self._closed:
                raise SandboxError("the sandbox is closed")
            answer = self._first_message()
            if answer.get("ready"):
                self._ready = answer
            elif "failed" in answer:
                raise SandboxError(f"the student process's server can't start: {answer['failed']}")
            else:
                self._end_zygote()
                self._give_up(answer["unfit"])
                self._climb_down_to(self._number + 1)

    def spawn(self) -> ZygoteProcess:
        """Start a fresh student process.

        Raises:
            SandboxError: it could not be started.
        """
        self.wait_ready()
        rpc, their_rpc = socket.socketpair()
        life, their_life = socket.socketpair()
        output, their_output = os.pipe()
        try:
            socket.send_fds(self._control, [SPAWN], [their_rpc.fileno(), their_output, their_life.fileno()])
        except OSError as error:
            for end in (rpc, life):
                end.close()
            os.close(output)
            raise SandboxError(f"the zygote has died ({error})") from error
        finally:
            their_rpc.close()
            their_life.close()
            os.close(their_output)
        process = ZygoteProcess(rpc, output, life, self._limits, measured=self._number != 1)
        process.await_hello()
        return process

    def close(self) -> None:
        """End every student process and the zygote. In a forked worker: only let go of it. May be called twice."""
        if self._closed:
            return
        self._closed = True
        self._end_zygote()

    def _climb_down_to(self, number: int) -> None:
        """Start a zygote in the first tier from `number` on that can be tried."""
        while True:
            self._number = number
            try:
                self._start()
                return
            except fallback.Unavailable as error:
                self._give_up(str(error))
                number += 1

    def _give_up(self, reason: str) -> None:
        """Note why the present tier can't be had.

        Raises:
            SandboxError: there is no next one to try.
        """
        name = TIERS[self._number].name
        self._lacks.append(f"{name}: {reason}")
        if self._only is not None or self._number == max(TIERS):
            raise SandboxError(f"isolation by {name} can't be had: {reason}")

    def _start(self) -> None:
        program = fallback.program(self._number)
        readable = fallback.seen(self._number, self._readable)
        self._owner = os.getpid()
        self._scratch = fallback.scratch(self._number)
        self._control, theirs = socket.socketpair(socket.AF_UNIX, _KIND)
        words, env = fallback.command(program, theirs.fileno(), readable, self._scratch, self._env)
        config = Config(self._number, self._limits, self._entry, self._preload, readable, self._scratch, self._owner)
        self._messages = tempfile.TemporaryFile()  # what bubblewrap and Python say if they fail
        with theirs:
            self._popen = subprocess.Popen(
                words,
                stdin=subprocess.PIPE,
                stdout=self._messages,
                stderr=self._messages,
                env=env,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        assert self._popen.stdin is not None
        with contextlib.suppress(BrokenPipeError), self._popen.stdin as stdin:  # the end of the control socket tells
            stdin.write(config.dump().encode())

    def _first_message(self) -> dict[str, Any]:
        """What the zygote says at its start; left in the socket, so that forked workers can read it too."""
        self._control.settimeout(_READY_SECONDS)
        try:
            text = self._control.recv(1 << 16, socket.MSG_PEEK)
        except TimeoutError:
            raise SandboxError(f"the zygote was not ready after {_READY_SECONDS:.0f} seconds") from None
        except OSError:
            text = b""
        finally:
            self._control.settimeout(None)
        return dict(json.loads(text)) if text else {"unfit": self._why_it_died()}

    def _why_it_died(self) -> str:
        status = self._popen.wait() if self._owner == os.getpid() else None
        self._messages.seek(0)
        lines = self._messages.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else f"its process ended (status {status})"

    def _end_zygote(self) -> None:
        if self._owner == os.getpid():
            with contextlib.suppress(OSError):  # it has died already
                self._control.shutdown(socket.SHUT_RDWR)
            try:
                self._popen.wait(10)
            except subprocess.TimeoutExpired:
                self._popen.kill()
                self._popen.wait()
            if self._number != 1:
                shutil.rmtree(self._scratch, ignore_errors=True)  # left only if the zygote was killed
        self._control.close()
        self._messages.close()
