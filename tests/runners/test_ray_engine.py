"""What the engine for Ray tells by itself; its driver is asked in test_ray_cluster.py."""

from __future__ import annotations

import pytest

from autograder.runners import ray
from autograder.runners.orders import Began
from autograder.runners.protocol import Ended, Event, Held


def test_why_nothing_runs_is_told_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = object.__new__(ray.RayEngine)
    engine._unheard, engine._moved, engine._at_work = {1, 2}, 0.0, 0
    heard: list[list[Event]] = [[], [Event(1, Began("a"))], [], [Event(1, Ended("done"))], [Event(2, Ended("killed"))]]
    monkeypatch.setattr(engine, "_listen", lambda patience: heard.pop(0))
    monkeypatch.setattr(ray.time, "monotonic", lambda: 1000.0)
    [event] = engine.poll(0.0)
    assert isinstance(event.what, Held) and event.what.why.startswith("Ray starts nothing of this run")
    assert engine.poll(0.0) == [Event(1, Began("a"))] and engine.poll(0.0) == []
    monkeypatch.setattr(ray.time, "monotonic", lambda: 1000.0 + ray.HELD_SECONDS - 1)
    assert engine.poll(0.0) == [Event(1, Ended("done"))]  # the other one may begin at any time
    assert engine.poll(0.0) == [Event(2, Ended("killed"))] and engine._at_work == 0
