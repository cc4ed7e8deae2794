"""Which of the reference's parts stand in when the whole notebook runs, and which settings are trained with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy
import pandas
import pytest

from autograder.assignments.labrnn.again import second_chance, settle
from autograder.assignments.labrnn.api import Context
from autograder.assignments.labrnn.edition import Edition
from autograder.assignments.labrnn.whole import best_settings, replacements
from autograder.evidence import Evidence, Training
from autograder.student.proxy import Override


def names(overrides: tuple[Override, ...]) -> set[str]:
    return {name for override in overrides for name in override.names}


def context(*broken: str, container: str | None = None) -> Context:
    return Context(Edition(), broken=set(broken), container=container)


def test_what_earned_nothing_is_replaced_at_once_and_the_rest_only_when_trainings_fail() -> None:
    assert names(replacements({"lab1.c", "lab1.g.init"}, context())) == {"tokenize", "GRU"}
    assert replacements(set(), context("lab1.c")) == ()
    trained = Evidence((Training("observed", 30, "lab2.a", "LSTM", complete=True),))
    assert second_chance(trained, context("lab1.c", "lab1.e.init"), ()) == ()
    failed = Evidence((Training("observed", 30, "lab2.a", "GRU", error="KeyError: 'the'"),))
    assert names(second_chance(failed, context("lab1.c", "lab1.e.init"), ())) == {"tokenize"}
    loading = Evidence(tried={20: ""})  # the data are loaded at top level, so no training began
    assert names(second_chance(loading, context("lab1.a"), ())) == {"load_imdb"}


def test_a_broken_model_whose_trainings_failed_gets_a_second_run() -> None:
    failed = Evidence((Training("observed", 30, "lab2.a", "LSTM"), Training("observed", 31, "", "GRU", complete=True)))
    assert names(second_chance(failed, context("lab1.e.forward", "lab1.g.forward"), ())) == {"LSTM"}
    assert second_chance(failed, context("lab1.e.init"), (Override(("LSTM",), ""),)) == ()  # it had its chance
    unknown = Evidence((Training("observed", 30, "lab2.a"),))  # it failed before its class was seen
    assert names(second_chance(unknown, context("lab1.g.init"), ())) == {"GRU"}
    claimed = Evidence((Training("claimed", 30, "lab2.a", "LSTM"),))
    assert second_chance(claimed, context("lab1.e.forward"), ()) == ()


@pytest.mark.parametrize(
    ("container", "kind"), [("list", list), ("pandas.Series", pandas.Series), ("numpy.ndarray", numpy.ndarray)]
)
def test_the_references_data_come_in_the_notebooks_container(tmp_path: Path, container: str, kind: type) -> None:
    rows = "review,sentiment\n" + "".join(f"words {n},{'positive' if n % 2 else 'negative'}\n" for n in range(20))
    (tmp_path / "a.csv").write_text(rows)
    [override] = replacements({"lab1.a"}, context(container=container))
    room: dict[str, Any] = {"HyperParams": type("HyperParams", (), {"SEED": 5})}
    exec(override.source, room)
    parts = room["load_imdb"](str(tmp_path / "a.csv"))
    assert [len(part) for part in parts] == [14, 2, 4] * 2 and {type(part) for part in parts} == {kind}


def test_the_best_run_of_a_class() -> None:
    runs = [Training("claimed", n, "", kind, {"LR": n}, test_acc=acc) for n, kind, acc in
            [(1, "LSTM", 0.8), (2, "LSTM", 0.9), (3, "GRU", 0.95), (4, "LSTM", None)]]  # fmt: skip
    assert best_settings(Evidence(tuple(runs)), "LSTM") == {"LR": 2}
    assert best_settings(None, "LSTM") == {} and best_settings(Evidence(), "GRU") == {}


def run(cell: int, part: str, *, complete: bool = False) -> Training:
    error = "" if complete else "FileNotFoundError: best.pt"
    return Training("observed", cell, part, "LSTM", complete=complete, error=error, broke_off=not complete)


FIRST = Evidence((run(24, "lab1.f"), run(30, "lab2.a")), failed={24: "FileNotFoundError", 30: "FileNotFoundError"})
AGAIN = Evidence((run(24, "lab1.f", complete=True), run(30, "lab2.a", complete=True)))


def test_a_driver_that_raises_after_its_training_gets_a_second_run() -> None:
    stand_in = second_chance(FIRST, context("lab1.f.loop"), ())
    assert names(stand_in) == {"train_and_test_model_with_hparams"}
    assert second_chance(FIRST, context("lab1.f.loop"), stand_in) == ()
    unwritten = Evidence((Training("observed", 24, "lab1.f", error="NotImplementedError"),))
    assert second_chance(unwritten, context("lab1.f.loop"), ()) == ()  # it never trained: nothing to judge


def test_what_the_loop_has_paid_for_costs_no_part_anything() -> None:
    settled = settle(FIRST, AGAIN, second_chance(FIRST, context("lab1.f.loop"), ()), {"lab1.f.loop"})
    assert settled is not None and all(t.complete for t in settled.trainings) and not settled.failed


def test_a_driver_that_failed_in_our_run_only_costs_the_first_part_that_it_failed_in() -> None:
    settled = settle(FIRST, AGAIN, second_chance(FIRST, context(), ()), ())
    assert settled is not None and [(t.section, t.complete) for t in settled.trainings] == [
        ("lab1.f", False),
        ("lab2.a", True),
    ]
    assert set(settled.failed) == {24} and "lab1.f is judged by the first run" in settled.remarks[0]


def test_a_second_run_that_shows_no_more_does_not_count() -> None:
    assert settle(FIRST, FIRST, second_chance(FIRST, context(), ()), ()) is None
