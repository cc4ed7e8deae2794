"""Turns a freshly forked process into a student process, as far as its tier promises.

The order matters: namespaces while there are capabilities, mounts before paths are fixed, limits before
privileges go, Landlock before seccomp, which then forbids undoing any of it.
"""

from __future__ import annotations

import fcntl
import os
import resource
import signal
import sys
import tempfile
from dataclasses import dataclass
from typing import Any

from autograder.inside.zygote import landlock, rlimits, seccomp
from autograder.system import linux
from autograder.wire.config import Config

NOBODY = 65534
CONNECTION = 3  # the descriptor on which a student process is asked and answers
_FIRST_UID, _UIDS = 2_000_000_000, 100_000_000


@dataclass(frozen=True)
class Restrictions:
    """What the tier promises, made ready once in the zygote. None: this tier goes without."""

    namespaces: bool = False
    separate_uid: bool = False
    capabilities: tuple[int, ...] = ()  # kept only where other users could not read the Python environment
    landlock: Any = None
    seccomp: Any = None
    address_space: int = 0  # bytes that the preloaded libraries take


def keep_only(rpc: int, output: int) -> None:
    """Standard input is empty, output goes to the judge, `rpc` becomes CONNECTION, all other descriptors close."""
    empty = os.open(os.devnull, os.O_RDONLY)
    sources = [fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (empty, output, output, rpc)]
    for target, source in enumerate(sources):
        os.dup2(source, target)
    highest = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    os.closerange(CONNECTION + 1, 1 << 20 if highest == resource.RLIM_INFINITY else highest)


def confine(config: Config, restrictions: Restrictions, scratch: str) -> None:
    """Give up, for good, everything that the tier says; work in `scratch`.

    Raises:
        OSError: the kernel refused a step; the process must not go on.
    """
    os.setsid()
    if restrictions.namespaces:
        _own_namespaces(config, scratch)
    else:
        os.mkdir(scratch, 0o700)
    if restrictions.separate_uid:
        own_uid(restrictions, scratch)
    os.chdir(scratch)
    os.environ.update(own_folders(scratch))
    tempfile.tempdir = None  # a library asked for it while it was preloaded, when it was everybody's
    rlimits.apply(
        config.limits, restrictions.address_space, own_user=restrictions.namespaces or restrictions.separate_uid
    )
    if sys.platform == "linux":
        _give_up_privileges(config, restrictions)
    if restrictions.landlock is not None:
        landlock.install(restrictions.landlock, scratch)
    if restrictions.seccomp is not None:
        seccomp.install(restrictions.seccomp, os.getpid())


def own_folders(scratch: str) -> dict[str, str]:
    """The environment variables that say where libraries keep their files, all of them in `scratch`."""
    return {"HOME": scratch, "TMPDIR": scratch, "MPLCONFIGDIR": os.path.join(scratch, "mpl")}


def _own_namespaces(config: Config, scratch: str) -> None:
    uid, gid = os.getuid(), os.getgid()
    linux.unshare(linux.NEWUSER | linux.NEWNS | linux.NEWIPC | linux.NEWUTS)
    linux.map_user(uid, gid)
    limits = config.limits
    size = f"size={limits.scratch_mb}m,nr_inodes={limits.scratch_files},mode=700"
    linux.mount_tmpfs(scratch, linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC, size)
    hidden = linux.MS_RDONLY | linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC
    linux.mount_tmpfs("/proc", hidden, "size=4k,nr_inodes=2,mode=755")


def own_uid(restrictions: Restrictions, scratch: str) -> None:
    """Become a user that nobody else is: limits count per user, and other users' processes can't be signalled."""
    if restrictions.capabilities:
        linux.keep_capabilities_over_setuid()
    os.setgroups([])
    for uid in (_FIRST_UID + os.getpid() % _UIDS, NOBODY):
        try:
            os.chown(scratch, uid, uid)
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            return
        except OSError:  # a container that maps few users: there, all students share one
            if uid == NOBODY:
                raise


def _give_up_privileges(config: Config, restrictions: Restrictions) -> None:
    if config.tier < 4:
        linux.set_capabilities(*restrictions.capabilities)
        linux.no_new_privileges()
        linux.set_dumpable(False)
    linux.die_with_parent(signal.SIGKILL)  # last: a change of credentials resets it
