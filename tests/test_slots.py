"""Places on GPUs: which cards, how many at once, and who comes again alone."""

from __future__ import annotations

import os
import time
from collections import Counter, deque
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from handins import results_of
from hypothesis import given
from hypothesis import strategies as st

from autograder.clusters import OnRay
from autograder.errors import ConfigError, OutOfGpuMemory
from autograder.facts import Facts, FunctionFacts
from autograder.grade import Setup
from autograder.preflight import Options, describe
from autograder.run import Card, Slot
from autograder.runners import local
from autograder.runners.local import Job, run_jobs
from autograder.runners.orders import with_cards_of
from autograder.runners.slots import Slots, Turn, Turns, chosen_cards, slots_of
from autograder.sandbox.inprocess import InProcess
from tests.runs import run_of, setup_of

CARDS = tuple(Card(f"GPU-{letter}") for letter in "abc")


# ---- which cards -----------------------------------------------------------------------------------------------------
def test_auto_is_every_card_and_none_where_there_is_none() -> None:
    assert chosen_cards("auto", CARDS) == CARDS
    assert chosen_cards("auto", ()) == ()
    assert chosen_cards("none", CARDS) == ()


def test_numbers_choose() -> None:
    assert chosen_cards("2, 0", CARDS) == (CARDS[2], CARDS[0])


@pytest.mark.parametrize(
    ("gpus", "cards", "why"),
    [
        ("0", (), "no GPU 0 on this machine"),
        ("1,3", CARDS, "no GPU 3"),
        ("0,0", CARDS, "twice"),
        ("all", CARDS, "auto, none, or numbers"),
        ("-1", CARDS, "auto, none, or numbers"),
        ("", CARDS, "auto, none, or numbers"),
    ],
)
def test_what_can_not_be_chosen(gpus: str, cards: tuple[Card, ...], why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        chosen_cards(gpus, cards)


def test_a_machine_without_the_card_says_so_before_anything_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autograder.runners.slots.find_cards", lambda: ())
    assert describe(Options("labrnn", tmp_path, gpus="auto")).gpus == "auto"
    with pytest.raises(ConfigError, match=r"GPUS=0"):
        describe(Options("labrnn", tmp_path, gpus="0", only="functions"))
    assert slots_of(run_of()) is None
    monkeypatch.setattr("autograder.runners.slots.find_cards", lambda: CARDS)
    slots = slots_of(run_of(gpus="1,2", per_gpu=3))
    assert slots is not None and len(slots) == 6


# ---- places ----------------------------------------------------------------------------------------------------------
def test_cards_fill_evenly_and_no_further() -> None:
    slots = Slots(CARDS, 2)
    taken = [slots.take() for _ in range(7)]
    assert taken[-1] is None and Counter(slot.card for slot in taken if slot) == dict.fromkeys(CARDS, 2)
    assert {slot.share for slot in taken if slot} == {0.5}
    assert taken[0] is not None
    slots.give_back(taken[0])
    assert slots.take() == taken[0] and slots.take() is None


def test_who_comes_again_waits_for_a_card_without_others() -> None:
    slots = Slots(CARDS[:1], 2)
    one, two = slots.take(), slots.take()
    assert one and two
    slots.give_back(one)
    assert slots.take_alone() is None
    assert slots.take() is None  # the free place is not given to others meanwhile
    slots.give_back(two)
    alone = slots.take_alone()
    assert alone == Slot(CARDS[0], 1.0, again=True)
    assert slots.take() is None
    slots.give_back(alone)
    assert slots.take() == one


def test_of_a_part_of_a_card_nobody_gets_more_when_it_comes_again() -> None:
    slots = Slots(CARDS[:1], 2, lent=0.5)
    assert slots.take() == Slot(CARDS[0], 0.25)
    slots.give_back(Slot(CARDS[0], 0.25))
    assert slots.take_alone() == Slot(CARDS[0], 0.5, again=True)


@pytest.mark.parametrize(
    ("changes", "gpus", "lent", "per_gpu"),
    [
        ({"runner": "ray", "ray": OnRay(gpus=0.25)}, "auto", 0.25, 1),
        ({"runner": "ray", "ray": OnRay(gpus=0.25, at_once=2)}, "auto", 0.5, 2),
        ({"runner": "ray", "ray": OnRay(gpus=1.0)}, "auto", 1.0, 1),
        ({"runner": "ray", "ray": OnRay(gpus=0.5, at_once=4)}, "auto", 1.0, 2),
        ({"runner": "ray"}, "none", 1.0, 4),
        ({"runner": "slurm"}, "none", 1.0, 4),
    ],
)
def test_on_a_node_the_cards_are_those_that_the_cluster_gives(
    changes: dict[str, Any], gpus: str, lent: float, per_gpu: int
) -> None:
    run = run_of(**changes)
    there = with_cards_of(run, run.ray.at_once)
    assert (there.gpus, there.lent, there.per_gpu) == (gpus, lent, per_gpu)


@given(
    cards=st.integers(1, 3),
    per_card=st.integers(1, 4),
    short=st.lists(st.booleans(), max_size=25),
    order=st.randoms(use_true_random=False),
)
def test_every_job_has_its_turn_and_nobody_is_beside_one_that_comes_again(
    cards: int, per_card: int, short: list[bool], order: object
) -> None:
    """`short`: of each job, whether it runs out of memory beside others."""
    turns = Turns(deque(range(len(short))), 1, Slots(CARDS[:cards], per_card))
    running: list[Turn[int]] = []
    done: list[int] = []
    while turns or running:
        while turn := turns.next():
            running.append(turn)
        assert running, "everybody waits for somebody"
        shares = Counter[Card]()
        for turn in running:
            assert turn.slot is not None
            shares[turn.slot.card] += per_card if turn.slot.again else 1
        assert max(shares.values()) <= per_card
        turn = running.pop(order.randrange(len(running)))  # type: ignore[attr-defined]
        assert turn.slot is not None
        if not turns.ended(turn, out_of_memory=short[turn.job] and not turn.slot.again):
            done.append(turn.job)
    assert sorted(done) == list(range(len(short)))


def test_without_cards_jobs_follow_jobs() -> None:
    turns = Turns(deque("abc"), 2)
    first, second = turns.next(), turns.next()
    assert first == Turn("a") and second == Turn("b") and turns.next() is None
    assert not turns.ended(first, out_of_memory=True)
    assert turns.next() == Turn("c") and not turns


def test_nobody_comes_a_third_time() -> None:
    turns = Turns(deque("a"), 1, Slots(CARDS[:1], 2))
    first = turns.next()
    assert first is not None and turns.ended(first, out_of_memory=True)
    again = turns.next()
    assert again is not None and again.slot is not None and again.slot.again
    assert not turns.ended(again, out_of_memory=True) and not turns


# ---- the pool --------------------------------------------------------------------------------------------------------
@pytest.fixture
def setup() -> Setup:
    return setup_of(run_of(secret=b"x", jobs=1), InProcess())


def fate(setup: Setup, path: Path, folder: Path, known: Facts | None) -> Facts:
    """What stands for find_out() in the workers: notes its place, and runs out of memory where its name says so."""
    slot = setup.run.slot
    assert slot is not None
    with open(path.parent / f"{path.name}.log", "a") as log:
        log.write(f"{slot.card.name} {slot.share} {time.monotonic()} {os.getpid()}\n")
    time.sleep(0.1)
    if path.name.startswith("short") and slot.share < 1:
        folder.mkdir(exist_ok=True)
        raise OutOfGpuMemory("cell 3")
    with open(path.parent / f"{path.name}.log", "a") as log:
        log.write(f"end {slot.share} {time.monotonic()} {os.getpid()}\n")
    return Facts(functions=FunctionFacts(problem="no notebook"))


def test_more_at_once_than_jobs_says_and_the_short_one_again_alone(
    setup: Setup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "find_out", fate)
    names = ["a", "short", "b", "c", "d"]
    jobs = [Job(tmp_path / name, name, tmp_path / "out" / name) for name in names]
    (tmp_path / "out").mkdir()
    results = list(run_jobs(setup, jobs, 1, slots=Slots(CARDS[:1], 2)))
    assert sorted(result.job.name for result in results) == sorted(names)  # each once
    assert {result.exit_code for result in results} == {2}
    assert results_of(tmp_path / "out" / "short")["extra_data"]["exit_code"] == 2
    lines = {name: (tmp_path / f"{name}.log").read_text().splitlines() for name in names}
    assert [line.split()[1] for line in lines["short"]] == ["0.5", "1.0", "1.0"]
    begin, end = (float(line.split()[2]) for line in lines["short"][1:])
    for name in set(names) - {"short"}:
        assert [line.split()[1] for line in lines[name]] == ["0.5", "0.5"]
        assert float(lines[name][1].split()[2]) <= begin or float(lines[name][0].split()[2]) >= end


def test_a_worker_that_dies_gives_its_place_back(setup: Setup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "find_out", lambda *_: os._exit(9))
    jobs = [Job(tmp_path / str(n), str(n), tmp_path / str(n)) for n in range(3)]
    results = list(run_jobs(replace(setup), jobs, 1, slots=Slots(CARDS[:1], 1)))
    assert [result.exit_code for result in results] == [3, 3, 3]
