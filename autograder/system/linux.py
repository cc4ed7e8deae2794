"""The few Linux system calls that Python lacks, through ctypes. Importing this is harmless elsewhere."""

from __future__ import annotations

import ctypes
import os
import struct

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
NEWCGROUP, NEWTIME = 0x2000000, 0x80
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_SETUID, CAP_SYS_ADMIN = 1, 2, 7, 21

_PDEATHSIG, _DUMPABLE, _KEEPCAPS, _CAPBSET_DROP, _SUBREAPER, _NO_NEW_PRIVS = 1, 4, 8, 24, 36, 38
_CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, call: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{call}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    """Raises: OSError."""
    _check(_libc.unshare(flags), "unshare")


def setns(descriptor: int, kind: int) -> None:
    """Raises: OSError."""
    _check(_libc.setns(descriptor, kind), "setns")


def mount_tmpfs(target: str, flags: int, options: str) -> None:
    """Raises: OSError."""
    result = _libc.mount(b"tmpfs", os.fsencode(target), b"tmpfs", ctypes.c_ulong(flags), options.encode())
    _check(result, f"mount {target}")


def _prctl(option: int, value: int) -> int:
    zero = ctypes.c_ulong(0)
    return int(_libc.prctl(option, ctypes.c_ulong(value), zero, zero, zero))


def die_with_parent(signal_number: int) -> None:
    """Ask for a signal at the parent's death. Raises: OSError."""
    _check(_prctl(_PDEATHSIG, signal_number), "PR_SET_PDEATHSIG")


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent has died. Raises: OSError."""
    _check(_prctl(_SUBREAPER, 1), "PR_SET_CHILD_SUBREAPER")


def no_new_privileges() -> None:
    """Raises: OSError."""
    _check(_prctl(_NO_NEW_PRIVS, 1), "PR_SET_NO_NEW_PRIVS")


def set_dumpable(allowed: bool) -> None:
    """Whether processes of the same user may read this one's memory, and it its own /proc/self. Raises: OSError."""
    _check(_prctl(_DUMPABLE, int(allowed)), "PR_SET_DUMPABLE")


def keep_capabilities_over_setuid() -> None:
    """Raises: OSError."""
    _check(_prctl(_KEEPCAPS, 1), "PR_SET_KEEPCAPS")


def empty_bounding_set() -> None:
    """No later exec can give a capability back. Without CAP_SETPCAP there is nothing to lose, and this does nothing."""
    for capability in range(64):
        if _prctl(_CAPBSET_DROP, capability) != 0:
            return


def set_capabilities(*kept: int) -> None:
    """Give up all capabilities but `kept`. Raises: OSError."""
    mask = sum(1 << capability for capability in kept)
    header = struct.pack("<Ii", _CAPABILITY_VERSION_3, 0)
    data = struct.pack("<6I", mask, mask, 0, 0, 0, 0)  # effective, permitted, inheritable; low words, then high
    _check(_libc.capset(header, data), "capset")


def effective_capabilities() -> int:
    """The bit mask of the calling process; 0 where /proc is missing."""
    try:
        with open("/proc/self/status") as status:
            return next((int(line.split()[1], 16) for line in status if line.startswith("CapEff:")), 0)
    except OSError:
        return 0


def address_space() -> int:
    """Bytes of address space in use by this process; 0 where /proc is missing."""
    try:
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def map_user(uid: int, gid: int) -> None:
    """After unshare(NEWUSER): the same user and group inside as outside. Raises: OSError."""
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)
