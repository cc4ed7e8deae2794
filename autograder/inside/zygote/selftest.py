"""One real confined child, before the libraries are imported: does this machine keep what the tier promises?"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable

from autograder.inside.zygote.child import Forker
from autograder.inside.zygote.confine import Restrictions
from autograder.inside.zygote.restrictions import Unfit
from autograder.wire.config import HELLO, Config

_FINE = b"fine"


def run(config: Config, restrictions: Restrictions) -> None:
    """Raises: Unfit: the child could not be confined, or something that it must not do succeeded."""
    ours, theirs = socket.socketpair()
    read_end, write_end = os.pipe()
    forker = Forker(config, restrictions)

    def probe(connection: socket.socket) -> None:
        connection.sendall((_broken_promise(config, restrictions) or "").encode() or _FINE)

    pid = forker.fork(theirs.fileno(), write_end, probe)
    theirs.close()
    os.close(write_end)
    with ours, open(read_end, encoding="utf-8", errors="replace") as output:
        answer = b"".join(iter(lambda: ours.recv(4096), b""))
        text = output.read(4096).strip()
    os.waitpid(pid, 0)
    if not restrictions.namespaces:
        os.rmdir(forker.scratch(pid))
    forker.close()
    if not answer.startswith(HELLO):
        raise Unfit(f"a child could not be confined ({text.splitlines()[-1] if text else 'it died'})")
    if answer != HELLO + _FINE:
        raise Unfit(answer[len(HELLO) :].decode())


def _broken_promise(config: Config, restrictions: Restrictions) -> str:
    """What this very process can do though it must not, or can't though it must; empty when all is well."""
    with open("own", "w") as file:
        file.write("scratch must be writable")
    os.remove("own")
    unreadable = [path for path in (os.__file__, *config.readable) if os.path.exists(path) and not _readable(path)]
    if unreadable:
        return f"student processes could not read {unreadable[0]}"
    if restrictions.namespaces and (os.getpid() != 1 or os.path.exists("/proc/self")):
        return "namespaces do not hold"
    if restrictions.landlock is not None and _succeeds(os.listdir, "/"):
        return "Landlock does not hold"
    if restrictions.seccomp is not None and _succeeds(socket.socket, socket.AF_INET, socket.SOCK_DGRAM):
        return "seccomp does not hold"
    if restrictions.separate_uid and os.getuid() == 0:
        return "a separate user does not hold"
    return ""


def _readable(path: str) -> bool:
    try:
        os.close(os.open(path, os.O_RDONLY))
    except OSError:
        return False
    return True


def _succeeds(call: Callable[..., object], *arguments: object) -> bool:
    try:
        call(*arguments)
    except OSError:
        return False
    return True
