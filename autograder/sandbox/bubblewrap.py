"""The command line of tier 1: a file system that holds nothing but what a student process needs to read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath

SCRATCH = "/scratch"
_ZYGOTE_SCRATCH_BYTES = 8 << 20  # caches that libraries write at their import; children mount their own over it
SYSTEM_LINKS = ("/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin")


def command(program: str, package: str, readable: Sequence[str], env: Mapping[str, str]) -> list[str]:
    """Everything in front of the zygote's own command.

    `package`: our own package's folder, of which only what is in `readable` may show, even where it was installed
    into the Python environment.
    """
    words = [program, "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    if os.geteuid() != 0:
        words += ["--unshare-user"]
    words += ["--die-with-parent", "--new-session", "--clearenv"]
    for name, value in env.items():
        words += ["--setenv", name, value]
    for folder in _ancestors([*readable, package]):
        words += ["--perms", "0755", "--dir", folder]  # by itself bubblewrap makes them 0700
    inside = [path for path in readable if path.startswith(package + os.sep)]
    for path in readable:
        if path not in inside:
            words += _show(path)
    words += ["--tmpfs", package]
    for path in inside:
        words += _show(path)
    words += ["--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--size", str(_ZYGOTE_SCRATCH_BYTES)]
    words += ["--tmpfs", SCRATCH, "--remount-ro", package, "--remount-ro", "/dev", "--remount-ro", "/"]
    return [*words, "--chdir", SCRATCH]


def _ancestors(paths: Iterable[str]) -> list[str]:
    """Every folder above `paths` but the root, each after its own parent."""
    return sorted({str(parent) for path in paths for parent in PurePath(path).parents} - {os.sep})


def _show(path: str) -> list[str]:
    if path in SYSTEM_LINKS and os.path.islink(path):
        return ["--symlink", os.readlink(path), path]
    return ["--ro-bind", os.path.realpath(path), path]
