"""The command line of tier 1: a file system that holds nothing but what a student process needs to read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath

SCRATCH = "/scratch"
_ZYGOTE_SCRATCH_BYTES = 8 << 20  # caches that libraries write at their import; children mount their own over it
SYSTEM_LINKS = ("/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin")


def command(
    program: str, covered: str, readable: Sequence[str], env: Mapping[str, str], more: Sequence[str] = ()
) -> list[str]:
    """Everything in front of the zygote's own command.

    `covered`: a folder of the grader's, of which only what `readable` names may show, wherever it lies.
    `more`: operations on the file system that come before it is made read-only.
    """
    words = [program, "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    if os.geteuid() != 0:
        words += ["--unshare-user"]
    words += ["--die-with-parent", "--new-session", "--clearenv"]
    for name, value in env.items():
        words += ["--setenv", name, value]
    steps = {folder: ["--perms", "0755", "--dir", folder] for folder in _ancestors(readable)}  # else they'd be 0700
    steps |= {path: _show(path) for path in readable} | {covered: ["--tmpfs", covered]}
    for path in sorted(steps, key=lambda path: path.count(os.sep)):  # what lies deeper comes on top
        words += steps[path]
    words += ["--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--size", str(_ZYGOTE_SCRATCH_BYTES)]
    words += ["--tmpfs", SCRATCH, *more, "--remount-ro", covered, "--remount-ro", "/dev", "--remount-ro", "/"]
    return [*words, "--chdir", SCRATCH]


def _ancestors(paths: Iterable[str]) -> set[str]:
    """Every folder above `paths` but the root."""
    return {str(parent) for path in paths for parent in PurePath(path).parents} - {os.sep}


def _show(path: str) -> list[str]:
    if path in SYSTEM_LINKS and os.path.islink(path):
        return ["--symlink", os.readlink(path), path]
    return ["--ro-bind", os.path.realpath(path), path]
