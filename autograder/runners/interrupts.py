"""Collects the signals that end a run, so that none comes at a wrong moment."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from types import FrameType

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def interrupts() -> Iterator[list[int]]:
    """Give the list of signals that came, newest last: between a submission's files, or just after a fork, none may
    break in."""
    pressed: list[int] = []

    def press(number: int, _: FrameType | None) -> None:
        pressed.append(number)
        if number == signal.SIGHUP:  # nobody reads any more, and writing would fail
            nowhere = os.open(os.devnull, os.O_WRONLY)
            for output in (1, 2):
                os.dup2(nowhere, output)
            os.close(nowhere)

    before = {number: signal.signal(number, press) for number in ENDINGS}
    try:
        yield pressed
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)
