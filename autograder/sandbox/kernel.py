"""Starts a notebook's kernel in the best tier that works, watches over it, and ends it with all that it started.

The kernel answers on unix sockets whose listening ends it inherits: their folder is private to the caller, so that
nothing inside the sandbox can reach, replace or fill it.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import stat
import struct
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from autograder.errors import SandboxError
from autograder.inside.zygote import scratch
from autograder.sandbox import fallback
from autograder.sandbox.processes import descendants, kill_all, uses_more
from autograder.sandbox.protocol import TIERS, Tier
from autograder.wire.kernel_order import CHANNELS, KernelOrder
from autograder.wire.limits import Limits

_START = "from autograder.inside.zygote.kernel_launch import main; main()"
_READY_SECONDS = 180.0  # cold imports over a network file system
_PLACES = ("/content", "/kaggle/working")  # where notebooks of Colab and Kaggle look and write
_LONGEST_FOLDER = 70  # the path of a unix socket has room for 107 characters
_CREDENTIALS = struct.Struct("3i")  # pid, uid, gid


@dataclass(frozen=True)
class KernelSpec:
    """What to start: see KernelOrder. `data`: a file that may be read, under the path that `open_kernel` tells.
    `excess`: how processes break limits that others keep, one clause; empty when they keep them."""

    limits: Limits
    entry: str
    contents: Mapping[str, Any]
    readable: tuple[Path, ...] = ()
    data: Path | None = None
    devices: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    excess: Callable[[Sequence[int]], str] = lambda pids: ""


class Kernel:
    """A living kernel."""

    def __init__(
        self,
        popen: subprocess.Popen[bytes],
        pid: int,
        folder: str,
        order: KernelOrder,
        tier: Tier,
        more: Callable[[Sequence[int]], str],
    ) -> None:
        self._popen, self._pid, self._folder, self._order, self._more = popen, pid, folder, order, more
        self.tier, self.key = tier, order.key
        self.told: dict[str, Any] = {}  # what the entry said when it was ready

    @property
    def address(self) -> str:
        """The path of its sockets, but for `-1` … `-4` in the order of CHANNELS."""
        return os.path.join(self._folder, "k")

    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._popen.poll() is None

    def interrupt(self) -> None:
        """As Jupyter's stop button."""
        if self.alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGINT)

    def excess(self) -> str:
        """How it breaks limits that the operating system does not keep, one clause; empty when it keeps them."""
        pids = descendants(os.getpid())
        if uses_more(pids, self._order.limits.memory_mb):
            return f"it used more than {self._order.limits.memory_mb} MB of memory"
        if more := self._more(pids):
            return more
        return "" if self._order.tier == 1 else scratch.excess(self._order.scratch, self._order.limits)

    def kill(self) -> None:
        """End it and everything that it started."""
        self._popen.kill()
        self._popen.wait()
        kill_all(os.getpid())

    def close(self) -> None:
        """End it and leave nothing behind. May be called twice."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)
        if self._order.tier != 1:
            scratch.remove(os.path.dirname(self._order.scratch))


def open_kernel(spec: KernelSpec, tier: int | None = None, worst: int = max(TIERS)) -> Kernel:
    """Start a kernel and wait until it listens. `contents["data"]` is set to the path of the data inside.

    tier: this one and no other; None for the best down to `worst`.

    Call it once in a process that has no other children: on closing, all its descendants are ended.

    Raises:
        SandboxError: `tier`, or any tier, can't be had, or the entry failed.
    """
    lacks: list[str] = []
    for number in range(tier or 1, (tier or worst) + 1):
        try:
            return _start(spec, number, lacks)
        except fallback.Unavailable as error:
            lacks.append(f"{TIERS[number].name}: {error}")
    raise SandboxError(f"no notebook can be run here: {'; '.join(lacks)}")


def _start(spec: KernelSpec, tier: int, lacks: Sequence[str]) -> Kernel:
    """Raises: Unavailable: not in this tier. SandboxError: the entry failed."""
    short = len(tempfile.gettempdir()) <= _LONGEST_FOLDER
    folder = tempfile.mkdtemp(prefix="autograder-kernel-", dir=None if short else "/tmp")
    place = fallback.scratch(tier)
    order: KernelOrder | None = None
    try:
        data = _readable_data(spec.data, tier, folder if tier == 1 else place)
        readable = fallback.seen(tier, fallback.readable_paths((*spec.readable, *((data,) if data else ()))))
        program = fallback.program(tier)
        listening = {name: _listen(f"{folder}/k-{number}") for number, name in enumerate(CHANNELS, 1)}
        ours, theirs = socket.socketpair()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        order = KernelOrder(
            tier=tier,
            limits=spec.limits,
            readable=readable,
            scratch=place if tier == 1 else f"{place}/kernel",
            parent=os.getpid(),
            entry=spec.entry,
            key=secrets.token_hex(32),
            listening={name: end.fileno() for name, end in listening.items()},
            status=theirs.fileno(),
            devices=spec.devices,
            contents={**spec.contents, "data": str(data) if data else None},
        )
        with ours:
            popen, messages = _launch(spec, order, program, (theirs, *listening.values()))
            answer, pid = _first_message(ours)
        with messages:
            if not answer.get("ready"):
                popen.kill()
                popen.wait()
                kill_all(os.getpid())
                reason = answer.get("unfit") or _last_line(messages) or f"it ended with status {popen.returncode}"
                if "failed" in answer:
                    raise SandboxError(f"the notebook's kernel can't be started: {answer['failed']}")
                raise fallback.Unavailable(reason)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        if tier != 1:
            scratch.remove(place)
        raise
    why = [*lacks] + (["Landlock is not available"] if tier == 1 and not answer.get("landlock") else [])
    kernel = Kernel(popen, pid, folder, order, replace(TIERS[tier], lacks="; ".join(why)), spec.excess)
    kernel.told = answer
    return kernel


def _launch(
    spec: KernelSpec, order: KernelOrder, program: str, ends: Sequence[socket.socket]
) -> tuple[subprocess.Popen[bytes], Any]:
    environment = {"XDG_RUNTIME_DIR": order.scratch, **spec.env}
    words, env = fallback.command(
        program, order.status, order.readable, order.scratch, environment, start=_START, more=_more(order)
    )
    messages = tempfile.TemporaryFile()  # what bubblewrap and Python say if they fail; later it writes elsewhere
    popen = subprocess.Popen(
        words,
        stdin=subprocess.PIPE,
        stdout=messages,
        stderr=messages,
        env=env,
        pass_fds=[end.fileno() for end in ends],
        start_new_session=True,
    )
    for end in ends:
        end.close()
    assert popen.stdin is not None
    with contextlib.suppress(BrokenPipeError), popen.stdin as stdin:  # the end of the status socket tells
        stdin.write(order.dump().encode())
    return popen, messages


def _more(order: KernelOrder) -> list[str]:
    """Words for bubblewrap: the folders of Colab and Kaggle are the scratch folder, GPUs are let in."""
    words: list[str] = []
    if order.tier == 1:
        for place in _PLACES:
            if not any(path.startswith(place) for path in order.readable):
                words += ["--symlink", order.scratch, place]
    for path in order.devices:
        words += ["--dev-bind", path, path]
    return words


def _listen(path: str) -> socket.socket:
    end = socket.socket(socket.AF_UNIX)
    end.bind(path)
    end.listen(8)
    return end


def _first_message(status: socket.socket) -> tuple[dict[str, Any], int]:
    """What the kernel's process says of its start, and its number in our namespace, as the operating system vouches."""
    status.settimeout(_READY_SECONDS)
    try:
        text, extra, _, _ = status.recvmsg(1 << 16, socket.CMSG_SPACE(_CREDENTIALS.size))
    except OSError:  # a timeout too
        return {}, 0
    if not text:
        return {}, 0
    pid = next((_CREDENTIALS.unpack(data)[0] for _, kind, data in extra if kind == socket.SCM_CREDENTIALS), 0)
    return dict(json.loads(text)), pid


def _readable_data(path: Path | None, tier: int, folder: str) -> Path | None:
    """The file itself where the sandbox can show it to any user, else a copy."""
    if path is None or (tier == 1 and path.stat().st_mode & stat.S_IROTH):
        return path
    descriptor, name = tempfile.mkstemp(suffix=".csv", dir=folder)
    with open(descriptor, "wb") as copy, path.open("rb") as source:
        shutil.copyfileobj(source, copy)
    os.chmod(name, 0o444)
    return Path(name)


def _last_line(messages: Any) -> str:
    messages.seek(0)
    lines = messages.read(1 << 16).decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else ""
