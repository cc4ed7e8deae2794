"""Dispatch over an engine that loses what it is told to lose: nothing is lost, nothing comes twice, nobody gets a zero
for what a machine did."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Mapping
from pathlib import Path

import pytest

from autograder.errors import ConfigError, GraderError
from autograder.facts import Facts
from autograder.runners.dispatch import LEAST, Dispatch, order_size
from autograder.runners.local import Job, Result
from autograder.runners.orders import Parcel
from autograder.runners.protocol import Ended, Event, Held, Vanished
from tests.fake_engine import FakeEngine, parcel
from tests.runs import run_of

RUN = run_of(secret=b"x")


def jobs_in(folder: Path, *names: str) -> list[Job]:
    (folder / "in").mkdir(exist_ok=True)
    for name in names:
        (folder / "in" / f"{name}.py").write_text("x = 1\n")
    return [Job(folder / "in" / f"{name}.py", name, folder / "out" / name) for name in names]


def graded(folder: Path, engine: FakeEngine, *names: str, said: list[str] | None = None) -> dict[str, Result]:
    results: list[Result] = []
    with Dispatch(RUN, engine, (said if said is not None else []).append) as runner:
        runner.run(jobs_in(folder, *names), results.append)
    assert engine.closed
    found = {result.job.name: result for result in results}
    assert len(found) == len(results)  # nothing twice
    return found


def score(folder: Path, name: str) -> object:
    return json.loads((folder / "out" / name / "results.json").read_text())["score"]


def test_every_submission_has_one_result_and_its_files(tmp_path: Path) -> None:
    names = [f"s{n}" for n in range(60)]
    engine = FakeEngine()
    found = graded(tmp_path, engine, *names)
    assert set(found) == set(names) and all(score(tmp_path, name) == 1.0 for name in names)
    assert sorted(name for order in engine.orders for name in order) == sorted(names)
    assert found["s7"].facts == Facts() and found["s7"].scores == {"item": 1.0}


def test_a_lost_node_costs_nobody_anything(tmp_path: Path) -> None:
    engine, said = FakeEngine(fate=lambda name, tried: "node" if name == "s3" and tried < 4 else None), list[str]()
    found = graded(tmp_path, engine, *(f"s{n}" for n in range(20)), said=said)
    assert len(found) == 20 and all(result.exit_code == 0 for result in found.values())
    assert engine.tried["s3"] == 4 and all(engine.tried[f"s{n}"] == 1 for n in range(20) if n != 3)
    assert ["s3"] in engine.orders and any("was lost; at work: s3" in sentence for sentence in said)


@pytest.mark.parametrize("how", ["killed", "time", "done"])
def test_what_kills_its_process_each_time_is_given_up_after_two_and_named(tmp_path: Path, how: str) -> None:
    engine, said = FakeEngine(fate=lambda name, tried: how if name == "poison" else None), list[str]()  # type: ignore[arg-type,return-value]
    found = graded(tmp_path, engine, "a", "poison", "b", "c", said=said)
    assert {name for name, result in found.items() if result.exit_code == 3} == {"poison"}
    assert engine.tried == {"a": 1, "poison": 2, "b": 1, "c": 1}
    assert score(tmp_path, "poison") is None and found["poison"].total is None and found["poison"].maximum is None
    assert "poison could not be graded: its worker died 2 times" in found["poison"].problem
    assert any(sentence.startswith("poison is given up") for sentence in said)


def test_a_node_that_is_lost_again_and_again_ends_too(tmp_path: Path) -> None:
    engine = FakeEngine(fate=lambda name, tried: "node" if name == "heavy" else None)
    found = graded(tmp_path, engine, "heavy", "light")
    assert found["heavy"].exit_code == 3 and "lost too often" in found["heavy"].problem
    assert found["light"].exit_code == 0


def test_a_second_parcel_of_the_same_submission_is_dropped(tmp_path: Path) -> None:
    class Twice(FakeEngine):
        def poll(self, patience: float) -> list[Event]:
            found = []
            for event in super().poll(patience):
                found += (
                    [event, Event(event.number, parcel(event.what.name, 0.0))]
                    if isinstance(event.what, Parcel)
                    else [event]
                )
            return found

    graded(tmp_path, Twice(), "a", "b", "c")
    assert score(tmp_path, "a") == score(tmp_path, "c") == 1.0


def test_why_nothing_is_started_is_said_once(tmp_path: Path) -> None:
    said: list[str] = []
    engine = FakeEngine()
    poll, left = engine.poll, [Held("no node is free"), Held("no node is free"), Held("all nodes are down")]
    engine.poll = lambda patience: [Event(1, left.pop(0))] if left else poll(patience)  # type: ignore[method-assign]
    assert graded(tmp_path, engine, "a", said=said)["a"].exit_code == 0
    assert said.count("no node is free.") == 1 and said.count("all nodes are down.") == 1


def test_a_node_that_refuses_is_left_out_and_said(tmp_path: Path) -> None:
    engine, said = FakeEngine(), list[str]()
    engine.refusing["node1"] = "only isolation tier 3."
    found = graded(tmp_path, engine, *(f"s{n}" for n in range(30)), said=said)
    assert len(found) == 30 and said.count("node1 is not used: only isolation tier 3.") == 1
    assert engine.unfit == {"node1"}


def test_without_a_node_that_can_be_used_there_is_a_sentence_and_no_result(tmp_path: Path) -> None:
    engine = FakeEngine()
    engine.refusing |= {"node1": "only isolation tier 3.", "node2": "node2 has another harness."}
    with pytest.raises(GraderError, match=r"no node can be used.*node1: only isolation tier 3.*node2 has another"):
        graded(tmp_path, engine, "a", "b", "c")
    assert engine.closed and not (tmp_path / "out").exists()


def test_processes_that_end_before_they_begin_are_not_started_for_ever(tmp_path: Path) -> None:
    class Stillborn(FakeEngine):
        def poll(self, patience: float) -> list[Event]:
            number, _ = self.queue.popleft()
            return [Event(number, Ended("killed", "no memory"))]

    with pytest.raises(GraderError, match="before they grade anything.*no memory"):
        graded(tmp_path, Stillborn(), "a", "b")


def test_what_came_before_the_engine_vanished_is_kept(tmp_path: Path) -> None:
    engine, kept = FakeEngine(), list[str]()
    engine.vanishes_after = 9
    with pytest.raises(Vanished), Dispatch(RUN, engine, lambda sentence: None) as runner:
        runner.run(jobs_in(tmp_path, *(f"s{n}" for n in range(30))), lambda result: kept.append(result.job.name))
    assert engine.closed and 0 < len(kept) < 30
    assert all(score(tmp_path, name) == 1.0 for name in kept)


def test_ctrl_c_cancels_all_and_keeps_what_came(tmp_path: Path) -> None:
    engine, kept = FakeEngine(), list[str]()

    def take(result: Result) -> None:
        kept.append(result.job.name)
        if len(kept) == 3:
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(KeyboardInterrupt) as stop, Dispatch(RUN, engine, lambda sentence: None) as runner:
        runner.run(jobs_in(tmp_path, *(f"s{n}" for n in range(30))), take)
    assert stop.value.args == (signal.SIGTERM,) and engine.closed and 3 <= len(kept) < 30


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file where a folder should be")
    with pytest.raises(ConfigError, match=rf"can't be written into {tmp_path}/out/a.*goes on from there"):
        graded(tmp_path, FakeEngine(nodes=1), "a", "b")


def test_watch_says_who_is_where(tmp_path: Path) -> None:
    seen: list[Mapping[str, str]] = []
    with Dispatch(RUN, FakeEngine(), lambda sentence: None) as runner:
        runner.run(jobs_in(tmp_path, "a", "b"), lambda result: None, seen.append)
    assert {"a": "on node1", "b": "on node2"} in seen and seen[-1] == {}


@pytest.mark.parametrize(("total", "slots", "each"), [(1, 1, 1), (60, 2, 1), (200, 2, 1), (300, 64, 1), (5000, 8, 4)])
def test_orders_become_smaller_and_leave_nothing(total: int, slots: int, each: int) -> None:
    sizes, left = list[int](), total
    while left:
        sizes.append(order_size(left, total, slots, each))
        left -= sizes[-1]
    assert sum(sizes) == total and sizes[0] == max(sizes) and min(sizes) >= 1
    assert len(sizes) >= 0.9 * min(slots, total)  # hardly anybody is idle from the beginning
    assert sizes[-1] <= max(2 * LEAST * each, 1)


def test_whole_notebooks_go_one_by_one() -> None:
    assert order_size(50, 50, 4, whole=True) == 1
