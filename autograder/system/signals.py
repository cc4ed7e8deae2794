"""Signals at the moments at which they would be lost."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator


@contextlib.contextmanager
def held_back(*numbers: signal.Signals) -> Iterator[None]:
    """Keep these signals waiting until the block ends: an exception that a handler raises while Python prepares or ends
    a fork is printed and forgotten, and a child that has no handler of its own yet would use its parent's. In a child
    that was forked inside the block they come when the child leaves it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
