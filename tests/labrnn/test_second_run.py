"""Which of the reference's parts stand in when the whole notebook runs, and which settings are trained with."""

from __future__ import annotations

from autograder.assignments.labrnn.whole import best_settings, replacements, second_chance
from autograder.evidence import Evidence, Training
from autograder.student.proxy import Supply


def names(supplies: tuple[Supply, ...]) -> set[str]:
    return {name for supply in supplies for name in supply.names}


def test_broken_functions_are_replaced_and_models_only_when_hopeless() -> None:
    broken = {"lab1.c", "lab1.e.forward", "lab1.g.init"}
    assert names(replacements(broken, set())) == {"tokenize"}
    assert names(replacements(broken, {"lab1.g.init"})) == {"tokenize", "GRU"}
    assert replacements(set(), set()) == ()


def test_a_broken_model_whose_trainings_failed_gets_a_second_run() -> None:
    failed = Evidence((Training("observed", 30, "lab2.a", "LSTM"), Training("observed", 31, "", "GRU", complete=True)))
    assert names(second_chance(failed, {"lab1.e.forward", "lab1.g.forward"}, ())) == {"LSTM"}
    assert second_chance(failed, {"lab1.c"}, ()) == ()  # the fault is elsewhere, and a person's to see
    assert second_chance(failed, {"lab1.e.init"}, (Supply(("LSTM",), ""),)) == ()  # it had its chance
    unknown = Evidence((Training("observed", 30, "lab2.a"),))  # it failed before its class was seen
    assert names(second_chance(unknown, {"lab1.g.init"}, ())) == {"GRU"}
    claimed = Evidence((Training("claimed", 30, "lab2.a", "LSTM"),))
    assert second_chance(claimed, {"lab1.e.forward"}, ()) == ()


def test_the_best_run_of_a_class() -> None:
    runs = [Training("claimed", n, "", kind, {"LR": n}, test_acc=acc) for n, kind, acc in
            [(1, "LSTM", 0.8), (2, "LSTM", 0.9), (3, "GRU", 0.95), (4, "LSTM", None)]]  # fmt: skip
    assert best_settings(Evidence(tuple(runs)), "LSTM") == {"LR": 2}
    assert best_settings(None, "LSTM") == {} and best_settings(Evidence(), "GRU") == {}
