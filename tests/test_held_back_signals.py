"""A signal that comes while a process forks is not lost."""

from __future__ import annotations

import os
import signal
import sys

import pytest

from autograder.system.signals import held_back

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")


def test_it_comes_after_the_block_and_not_inside() -> None:
    heard: list[str] = []
    before = signal.signal(signal.SIGTERM, lambda *_: heard.append("after"))
    try:
        with held_back(signal.SIGTERM):
            signal.raise_signal(signal.SIGTERM)  # to this thread: others may run beside it
            heard.append("inside")
        assert heard == ["inside", "after"]
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_child_has_its_own_handler_before_it_hears_anything() -> None:
    def fail(*_: object) -> None:
        os._exit(7)

    before = signal.signal(signal.SIGTERM, fail)
    try:
        with held_back(signal.SIGTERM):
            child = os.fork()
            if child == 0:
                os.kill(os.getpid(), signal.SIGTERM)
                signal.signal(signal.SIGTERM, lambda *_: os._exit(3))
        if child == 0:
            os._exit(5)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
    finally:
        signal.signal(signal.SIGTERM, before)


def test_what_was_blocked_already_stays_blocked() -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    try:
        with held_back(signal.SIGUSR1):
            pass
        assert signal.SIGUSR1 in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
