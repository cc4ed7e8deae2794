"""The system call filter of a student process: what it may not ask of the kernel.

A list of denials, not of permissions: torch, pandas and glibc use too many calls for a closed list to stay right
from one release to the next. Each denial answers EPERM, so that a library that only tries goes on.
"""

from __future__ import annotations

import errno
import os
from typing import Any

from autograder.system import linux

DENIED = """
    execve execveat fork vfork
    ptrace process_vm_readv process_vm_writev process_madvise process_mrelease kcmp
    pidfd_open pidfd_getfd pidfd_send_signal tkill rt_sigqueueinfo rt_tgsigqueueinfo
    unshare setns mount umount2 pivot_root chroot
    mount_setattr move_mount open_tree fsopen fsmount fsconfig fspick
    socket connect bind listen accept accept4 sendmmsg
    bpf perf_event_open userfaultfd keyctl add_key request_key io_uring_setup io_uring_enter io_uring_register
    memfd_create memfd_secret shmget shmat shmctl semget semctl msgget msgctl mq_open
    semop semtimedop msgsnd msgrcv mknod mknodat personality modify_ldt iopl ioperm
    init_module finit_module delete_module kexec_load kexec_file_load reboot swapon swapoff
    sync syncfs quotactl quotactl_fd open_by_handle_at name_to_handle_at fanotify_init
    clock_settime clock_adjtime settimeofday adjtimex sethostname setdomainname acct syslog vhangup
    setuid setgid setreuid setregid setresuid setresgid setgroups setfsuid setfsgid
    sched_setaffinity sched_setscheduler sched_setparam sched_setattr setpriority ioprio_set
    move_pages migrate_pages lookup_dcookie nfsservctl uselib
"""

# Without a file system of its own: what Landlock leaves open, or its first versions do. A student process may be of
# the judge's own user, whose files these would spoil.
DENIED_ON_SHARED_FILES = """
    chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime utimes utimensat futimesat
    setxattr lsetxattr fsetxattr setxattrat removexattr lremovexattr fremovexattr removexattrat truncate openat2
"""

_F_SETOWN, _F_SETSIG, _F_SETOWN_EX = 8, 10, 15  # a signal to anybody when a descriptor becomes ready
_FIOSETOWN, _SIOCSPGRP = 0x8901, 0x8902
TERMINAL_TRICKS = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX
_FS_SETFLAGS, _FS_SETXATTR, _FS_ENABLE_VERITY = 0x40086602, 0x401C5820, 0x40806685
_AF_UNIX, _SOCK_DGRAM, _SOCK_TYPE = 1, 2, 0xF
_CLONE_THREAD = 0x10000
_SET_PDEATHSIG = 1
_LOW_WORD = 0xFFFFFFFF


def build(*, shared_files: bool) -> Any:
    """The part of the filter that is the same for every student process.

    `shared_files`: the process sees the judge's file system, not one of its own.

    Raises:
        RuntimeError: libseccomp.so.2 is missing.
        ImportError: pyseccomp is missing.
    """
    import pyseccomp as sc

    rules = sc.SyscallFilter(sc.ALLOW)
    refuse = sc.ERRNO(errno.EPERM)
    names = DENIED + (DENIED_ON_SHARED_FILES if shared_files else "")
    for name in names.split():
        if known(name):
            rules.add_rule(refuse, name)
    rules.add_rule(sc.ERRNO(errno.ENOSYS), "clone3")  # glibc then uses clone, whose flags a filter can read
    rules.add_rule(refuse, "clone", sc.Arg(0, sc.MASKED_EQ, _CLONE_THREAD, 0))
    for space in (linux.NEWNS, linux.NEWUTS, linux.NEWIPC, linux.NEWUSER, linux.NEWPID, linux.NEWNET, linux.NEWCGROUP):
        rules.add_rule(refuse, "clone", sc.Arg(0, sc.MASKED_EQ, space, space))
    for command in (_F_SETOWN, _F_SETSIG, _F_SETOWN_EX):
        rules.add_rule(refuse, "fcntl", sc.Arg(1, sc.MASKED_EQ, _LOW_WORD, command))
    for command in (*TERMINAL_TRICKS, _FIOSETOWN, _SIOCSPGRP, _FS_SETFLAGS, _FS_SETXATTR, _FS_ENABLE_VERITY):
        rules.add_rule(refuse, "ioctl", sc.Arg(1, sc.MASKED_EQ, _LOW_WORD, command))
    rules.add_rule(refuse, "prctl", sc.Arg(0, sc.MASKED_EQ, _LOW_WORD, _SET_PDEATHSIG))
    rules.add_rule(refuse, "prlimit64", sc.Arg(0, sc.NE, 0))  # 0 is the caller; others may be of the same user
    rules.add_rule(refuse, "socketpair", sc.Arg(0, sc.NE, _AF_UNIX))
    # a datagram could be sent from one end to any socket in the file system
    rules.add_rule(refuse, "socketpair", sc.Arg(1, sc.MASKED_EQ, _SOCK_TYPE, _SOCK_DGRAM))
    if shared_files:
        _refuse_truncating_readers(rules, refuse)
    return rules


def _refuse_truncating_readers(rules: Any, refuse: int) -> None:
    """Opening for reading with O_TRUNC empties a file; Landlock stops it from its third version on."""
    import pyseccomp as sc

    for name, flags in (("open", 1), ("openat", 2)):
        if known(name):
            rules.add_rule(refuse, name, sc.Arg(flags, sc.MASKED_EQ, os.O_ACCMODE | os.O_TRUNC, os.O_TRUNC))


def install(rules: Any, own_pid: int) -> None:
    """Add what depends on the process, then enforce everything on the calling thread and its future ones.

    Raises:
        OSError: the kernel has no seccomp filters.
    """
    import pyseccomp as sc

    refuse = sc.ERRNO(errno.EPERM)
    for name in ("kill", "tgkill"):
        rules.add_rule(refuse, name, sc.Arg(0, sc.NE, own_pid))
    rules.load()


def known(name: str) -> bool:
    import pyseccomp as sc

    try:
        number = sc.resolve_syscall(sc.system_arch(), name)
    except (ValueError, OSError):
        return False
    return isinstance(number, int) and number >= 0
