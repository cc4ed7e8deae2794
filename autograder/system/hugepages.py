"""Moves a process's memory into huge pages, so that forking it and ending its forks costs little.

A fork copies one entry per page, and its end looks at each again: of 4 kB for all that torch and the like have made
that is a hundred thousand. A page that a fork writes to is still copied by 4 kB.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator

_COLLAPSE = 25  # MADV_COLLAPSE, of Linux 6.1
_SIZE = 2 << 20


def collapse() -> None:
    """Do it for all private memory that is no file's; where the kernel can't, nothing changes."""
    if sys.platform != "linux":
        return
    madvise = ctypes.CDLL(None, use_errno=True).madvise
    madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for address in list(_places()):
        madvise(address, _SIZE, _COLLAPSE)


def _places() -> Iterator[int]:
    """The addresses of whole huge pages in writable memory that is no file's."""
    try:
        with open("/proc/self/maps") as file:
            lines = file.read().splitlines()
    except OSError:
        return
    for line in lines:
        bounds, rights, _, _, inode, *name = line.split(maxsplit=5)
        if rights == "rw-p" and inode == "0" and not any(n.startswith("[stack") for n in name):
            start, end = (int(bound, 16) for bound in bounds.split("-"))
            yield from range(-(-start // _SIZE) * _SIZE, end - _SIZE + 1, _SIZE)
