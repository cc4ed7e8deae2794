"""Turns a fresh process into one in which a notebook's kernel may run.

Wider than a student process's confinement (confine.py): a kernel starts threads, workers and the commands of `!ls`
lines, and talks over sockets that were opened for it. In tier 1 it may use the loopback of its own empty network
namespace; elsewhere no internet sockets at all.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
from typing import Any

from autograder.inside.zygote import confine, landlock, rlimits, seccomp
from autograder.inside.zygote.restrictions import Unfit, needed_to_read
from autograder.system import linux
from autograder.wire.kernel_order import SHARED_MEMORY, KernelOrder
from autograder.wire.limits import Limits

_ALLOWED = """
    execve execveat fork vfork socket connect bind listen accept accept4 sendmmsg tkill pidfd_open memfd_create
    sched_setaffinity sched_setscheduler setpriority ioprio_set
"""
_AF_UNIX = 1
_NO_BOUND_MB = 1 << 30  # CUDA reserves address space by the terabyte: with GPUs the driver watches memory instead
_OWN_PROC = ("/proc/self", "/proc/meminfo", "/proc/cpuinfo", "/proc/stat")
_GPU_PROC = ("/proc/driver/nvidia", "/proc/devices", "/proc/modules")  # read by CUDA's library


def enclose(order: KernelOrder) -> bool:
    """Give up, for good, what the tier says; work in the scratch folder. Whether Landlock is in force.

    Raises:
        Unfit: this machine can't give the tier.
        OSError: the kernel refused a step.
    """
    restriction = _restrictions(order)
    if order.tier == 1:
        _own_namespaces(order)
    else:
        os.mkdir(order.scratch, 0o700)
    if restriction.separate_uid:
        confine.own_uid(restriction, order.scratch)
    os.chdir(order.scratch)
    _die_first()
    if order.tier < 4:
        linux.set_capabilities(*restriction.capabilities)
        linux.no_new_privileges()
    linux.die_with_parent(signal.SIGKILL)
    if restriction.landlock is not None:
        restriction.landlock.apply()
    if restriction.seccomp is not None:
        restriction.seccomp.load()
    return restriction.landlock is not None


def limit(order: KernelOrder) -> None:
    """Bound the process, once the libraries are loaded: the memory limit counts from here."""
    limits = order.limits
    if order.devices:
        limits = Limits(**{**vars(limits), "memory_mb": _NO_BOUND_MB})
    rlimits.apply(limits, linux.address_space(), own_user=order.tier == 1 or (order.tier < 4 and os.getuid() >= 10**9))


def _restrictions(order: KernelOrder) -> confine.Restrictions:
    if order.tier == 4:
        return confine.Restrictions()
    root = os.geteuid() == 0
    if order.tier == 3:
        if not root:
            raise Unfit("a separate user needs root")
        return confine.Restrictions(separate_uid=True, capabilities=needed_to_read(order.readable))
    return confine.Restrictions(
        namespaces=order.tier == 1,
        separate_uid=order.tier == 2 and root,
        capabilities=needed_to_read(order.readable) if order.tier == 2 and root else (),
        landlock=_landlock(order),
        seccomp=_seccomp(order.tier, separate_uid=root),
    )


def _landlock(order: KernelOrder) -> Any:
    """Reading and executing what is readable, anything in the scratch folder, nothing else."""
    try:
        from py_landlock import AccessFs

        rules = landlock.build(order.readable)
        own = (SHARED_MEMORY, "/proc") if order.tier == 1 else (*_OWN_PROC, *(_GPU_PROC if order.devices else ()))
        for path in (*order.readable, *own):
            if os.path.exists(path):
                # a file can be granted no right that only folders have
                rights = AccessFs.READ_FILE | AccessFs.EXECUTE
                rules.add_path_rule(path, access=rights | AccessFs.READ_DIR if os.path.isdir(path) else rights)
        if order.tier == 1:
            rules.allow_all_network()
        for path in order.devices:
            if not os.path.isdir(path):
                rules.add_path_rule(path, access=AccessFs.READ_FILE | AccessFs.WRITE_FILE | AccessFs.IOCTL_DEV)
        return _Landlock(rules, order)
    except ImportError:
        reason = "py-landlock is not installed"
    except Exception as error:  # py_landlock's own tree; its import is what may be missing
        reason = f"Landlock is not available ({error})"
    if order.tier == 1:
        return None  # the mount namespace alone hides and protects files
    raise Unfit(reason)


class _Landlock:
    """Rules that are finished when the folders to be written to exist."""

    def __init__(self, rules: Any, order: KernelOrder) -> None:
        self._rules, self._folders = rules, (order.scratch, SHARED_MEMORY) if order.tier == 1 else (order.scratch,)

    def apply(self) -> None:
        """Raises: LandlockError: the kernel refused."""
        from py_landlock import AccessFs

        everything = ~(AccessFs.MAKE_CHAR | AccessFs.MAKE_BLOCK | AccessFs.IOCTL_DEV)
        for folder in self._folders:
            self._rules.add_path_rule(folder, access=everything)
        self._rules.apply()


def _seccomp(tier: int, *, separate_uid: bool) -> Any:
    try:
        return _filter(tier, separate_uid=separate_uid)
    except ImportError:
        raise Unfit("pyseccomp is not installed") from None
    except RuntimeError:
        raise Unfit("libseccomp.so.2 is not installed") from None


def _filter(tier: int, *, separate_uid: bool) -> Any:
    """The student process's filter without what kernels need.

    `separate_uid`: no file of the judge's could be changed, no process of it signalled.
    """
    import pyseccomp as sc

    rules = sc.SyscallFilter(sc.ALLOW)
    refuse = sc.ERRNO(errno.EPERM)
    names = set(seccomp.DENIED.split()) - set(_ALLOWED.split())
    if tier == 2 and not separate_uid:
        names |= set(seccomp.DENIED_ON_SHARED_FILES.split())
        for name in ("kill", "tgkill"):
            rules.add_rule(refuse, name, sc.Arg(0, sc.NE, os.getpid()))
    for name in sorted(names):
        if seccomp.known(name):
            rules.add_rule(refuse, name)
    rules.add_rule(sc.ERRNO(errno.ENOSYS), "clone3")  # glibc then uses clone, whose flags a filter can read
    for space in (linux.NEWNS, linux.NEWUTS, linux.NEWIPC, linux.NEWUSER, linux.NEWPID, linux.NEWNET, linux.NEWCGROUP):
        rules.add_rule(refuse, "clone", sc.Arg(0, sc.MASKED_EQ, space, space))
    for command in seccomp.TERMINAL_TRICKS:
        rules.add_rule(refuse, "ioctl", sc.Arg(1, sc.MASKED_EQ, 0xFFFFFFFF, command))
    if tier == 2:
        rules.add_rule(refuse, "socket", sc.Arg(0, sc.NE, _AF_UNIX))
    return rules


def _own_namespaces(order: KernelOrder) -> None:
    """A user without rights, whose processes count alone, and small file systems of its own to write to."""
    if os.geteuid() == 0:
        linux.empty_bounding_set()
        os.setgroups([])
        os.setresgid(confine.NOBODY, confine.NOBODY, confine.NOBODY)
        os.setresuid(confine.NOBODY, confine.NOBODY, confine.NOBODY)
        linux.set_dumpable(True)  # lost with the old user; without it /proc/self can't be written
    uid, gid = os.getuid(), os.getgid()
    linux.unshare(linux.NEWUSER | linux.NEWNS | linux.NEWIPC)
    linux.map_user(uid, gid)
    limits = order.limits
    size = f"size={limits.scratch_mb}m,nr_inodes={limits.scratch_files},mode=700"
    for folder in (order.scratch, SHARED_MEMORY):
        linux.mount_tmpfs(folder, linux.MS_NOSUID | linux.MS_NODEV, size)


def _die_first() -> None:
    """When the machine runs out of memory, this process goes before any other."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")
