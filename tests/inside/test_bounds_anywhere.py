"""Time limits where there are no alarms: in another thread, as on Windows."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from autograder.inside.bounds import bounded, watched


def endless() -> None:
    while True:
        pass


def stubborn() -> str:
    while True:
        try:
            endless()
        except BaseException:  # noqa: BLE001
            return "swallowed"


def in_thread(action: Any) -> Any:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(bounded(action, 0.1)))
    thread.start()
    thread.join(20)
    assert found, "it was not stopped"
    return found[0]


def test_a_loop_is_stopped_without_alarms() -> None:
    answer, limit = in_thread(endless)
    assert answer is None and limit.rings >= 1


def test_whoever_swallows_it_is_known() -> None:
    answer, limit = in_thread(stubborn)
    assert answer == "swallowed" and limit.rings >= 1


def test_answers_and_errors_pass() -> None:
    answer, limit = watched(lambda: 3, 5)
    assert (answer, limit.rings) == (3, 0)
    with pytest.raises(ZeroDivisionError):
        watched(lambda: 1 / 0, 5)


def test_without_threads_it_just_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert watched(lambda: 3, 5)[0] == 3
