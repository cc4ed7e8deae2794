"""Huge pages: memory keeps what is in it, and forks see it; where the kernel has none, nothing happens."""

from __future__ import annotations

import os
import sys

import numpy as np
import pytest

from autograder.system import hugepages

SIZE = 2 << 20

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="of Linux")


def test_memory_keeps_what_is_in_it() -> None:
    values = np.random.default_rng(0).integers(0, 2**60, 2**20)
    before = values.copy()
    hugepages.collapse()
    assert (values == before).all()
    pid = os.fork()
    if pid == 0:
        same = bool((values == before).all())
        values[:] = 0
        os._exit(0 if same else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert (values == before).all()


def test_places_are_whole_pages_of_own_memory() -> None:
    values = np.ones(2**20)
    places = list(hugepages._places())
    assert all(place % SIZE == 0 for place in places) and len(set(places)) == len(places)
    start, end = values.ctypes.data, values.ctypes.data + values.nbytes
    assert any(start <= place and place + SIZE <= end for place in places)
