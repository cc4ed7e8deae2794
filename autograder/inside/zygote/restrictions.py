"""Makes ready, in the zygote, what its tier promises, and finds out whether this machine can keep it."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from typing import Any

from autograder.inside.zygote import landlock, seccomp
from autograder.inside.zygote.confine import NOBODY, Restrictions
from autograder.system import linux
from autograder.wire.config import Config


class Unfit(Exception):
    """This machine can't give the tier; the message is one sentence."""


def build(config: Config) -> Restrictions:
    """The restrictions of `config.tier`.

    Raises:
        Unfit: something that the tier needs is missing.
    """
    if config.tier == 4:
        return Restrictions()
    root = os.geteuid() == 0
    if config.tier == 3:
        if not root:
            raise Unfit("a separate user needs root")
        return Restrictions(separate_uid=True, capabilities=needed_to_read(config.readable))
    return Restrictions(
        namespaces=config.tier == 1,
        separate_uid=config.tier == 2 and root,
        capabilities=needed_to_read(config.readable) if config.tier == 2 and root else (),
        landlock=_landlock(config),
        seccomp=_seccomp(shared_files=config.tier != 1),
    )


def _landlock(config: Config) -> Any:
    try:
        return landlock.build(config.readable)
    except ImportError:
        reason = "py-landlock is not installed"
    except Exception as error:  # py_landlock's own tree; its import is what may be missing
        reason = f"Landlock is not available ({error})"
    if config.tier == 1:
        return None  # the mount namespace alone hides and protects files
    raise Unfit(reason)


def _seccomp(*, shared_files: bool) -> Any:
    try:
        return seccomp.build(shared_files=shared_files)
    except ImportError:
        raise Unfit("pyseccomp is not installed") from None
    except RuntimeError:
        raise Unfit("libseccomp.so.2 is not installed") from None


def needed_to_read(readable: Sequence[str]) -> tuple[int, ...]:
    """The capability without which other users can't read the Python environment, as where it lies in /root."""
    if all(map(_open_to_others, readable)):
        return ()
    held = linux.effective_capabilities()
    return next(((c,) for c in (linux.CAP_DAC_READ_SEARCH, linux.CAP_DAC_OVERRIDE) if held >> c & 1), ())


def _open_to_others(path: str) -> bool:
    path = os.path.realpath(path)
    if not os.path.exists(path):
        return True
    if not os.stat(path).st_mode & stat.S_IROTH:
        return False
    while path != (path := os.path.dirname(path)):
        if not os.stat(path).st_mode & stat.S_IXOTH:
            return False
    return True


def enter(config: Config) -> None:
    """Become the process that may fork student processes. In tier 1: a user without rights, and the first process
    of a pid namespace of its own, so that every child can be given one too and the zygote can return to its own.

    Raises:
        OSError: the kernel refused.
    """
    if config.tier != 1:
        return
    if os.geteuid() == 0:  # limits on processes don't bind root
        linux.empty_bounding_set()
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        linux.no_new_privileges()
        linux.set_dumpable(True)  # lost with the old user; without it /proc/self can't be written
    uid, gid = os.getuid(), os.getgid()
    linux.unshare(linux.NEWUSER | linux.NEWPID)
    linux.map_user(uid, gid)
    pid = os.fork()
    if pid:
        os.closerange(3, 1024)  # the judge waits for the end of the control socket
        os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 0xFF)
