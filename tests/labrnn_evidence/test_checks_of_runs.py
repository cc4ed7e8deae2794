"""The checks of `*.runs`: what earns them, what does not, and what is left to a person."""

from __future__ import annotations

from typing import Any

import pytest

from autograder.assignments.labrnn.api import Context
from autograder.assignments.labrnn.checks import test_runs as checks
from autograder.assignments.labrnn.checks.test_bar import expect_begun
from autograder.assignments.labrnn.checks.test_runs import ALL, known
from autograder.assignments.labrnn.edition import Edition
from autograder.evidence import Evidence
from autograder.judge.expect import Mismatch, NeedsPerson, NotJudged
from tests.labrnn_evidence.runs import cell, evidence, training

PERFECT = "epoch: 1\ntrain_loss: 0.1, train_acc: 0.9\ntest_loss: 0.01, test_acc: 0.99\n"
CHECKS = {"made": checks.test_run_made, "all": checks.test_all_runs_made, "rules": checks.test_within_rules}


def verdict(name: str, part: str, found: Evidence, edition: Edition = Edition()) -> str:  # noqa: B008
    arguments: dict[str, Any] = {"part": part, "evidence": found}
    if name != "rules":
        arguments["context"] = Context(edition)
    try:
        CHECKS[name](**arguments)
    except Mismatch as error:
        assert error.message and error.got and error.expected
        return "failed"
    except NotJudged:
        return "unjudged"
    except NeedsPerson:
        return "pending"
    return "passed"


def verdicts(part: str, found: Evidence, edition: Edition = Edition()) -> tuple[str, ...]:  # noqa: B008
    return tuple(verdict(name, part, found, edition) for name in CHECKS)


def adaptive(kind: str = "LSTM", **changes: Any) -> list[list[dict[str, Any]]]:
    names = ("adagrad", "rmsprop", "adam")
    return [training(n, kind, OPTIM=name, LR=0.001, **changes) for n, name in enumerate(names, 10)]


def best(number: int, **changes: Any) -> list[dict[str, Any]]:
    return training(number, OPTIM="rmsprop", LR=0.001, **changes)


WHOLE = evidence(
    cell(1, training()), cell(2, training(kind="GRU")), cell(3, *adaptive()), cell(4, *adaptive("GRU")),
    cell(5, best(1, N_LAYERS=2), best(2, N_LAYERS=3)), cell(6, best(1, HIDDEN_DIM=50), best(2, HIDDEN_DIM=200)),
    cell(7, best(1, EMBEDDING_DIM=32), best(2, EMBEDDING_DIM=64)), cell(8, best(1, EMBEDDING_DIM=32, N_LAYERS=2)),
    cell(9, best(1, EMBEDDING_DIM=32, N_LAYERS=2, BIDIRECTIONAL=True)),
)  # fmt: skip


@pytest.mark.parametrize("item", ALL)
def test_a_whole_notebook_earns_all(item: str) -> None:
    """It has no headings at all."""
    assert verdicts(item.removesuffix(".runs"), WHOLE) == ("passed",) * 3


@pytest.mark.parametrize("item", ALL)
def test_no_training_earns_nothing(item: str) -> None:
    printed = evidence(cell(1, text=PERFECT * 9), cell(2, text="The model has 79,398 trainable parameters\n" + PERFECT))
    assert verdict("made", item.removesuffix(".runs"), printed) == "failed"
    assert verdict("rules", item.removesuffix(".runs"), printed) == "unjudged"


@pytest.mark.parametrize(
    ("part", "trainings", "expected"),
    [
        ("lab1.f", [training(kind="GRU")], "failed"),
        ("lab1.f", [training(OPTIM="adam")], "failed"),
        ("lab1.f", [training(error="ValueError: no")], "failed"),
        ("lab1.h", [training()], "failed"),
        ("lab2.c", [best(1, HIDDEN_DIM=50)], "failed"),
        ("lab2.f", [best(1, HIDDEN_DIM=50)], "failed"),
        ("lab2.f", [best(1, HIDDEN_DIM=50, N_LAYERS=2)], "passed"),
        ("lab2.g", [best(1)], "failed"),
    ],
)
def test_other_trainings_do_not_count(part: str, trainings: list[Any], expected: str) -> None:
    assert verdict("made", part, evidence(cell(1, *trainings))) == expected


@pytest.mark.parametrize(
    ("part", "trainings"),
    [
        ("lab2.a", adaptive()[:2]),
        ("lab2.b", adaptive("GRU")[1:]),
        ("lab2.c", [best(1, N_LAYERS=2), best(2, N_LAYERS=2), best(3)]),
        ("lab2.d", [best(1, HIDDEN_DIM=300)]),
        ("lab2.g", [best(1, BIDIRECTIONAL=True, N_LAYERS=2), best(2, N_LAYERS=3)]),
    ],
)
def test_some_of_them_earn_a_part(part: str, trainings: list[Any]) -> None:
    assert verdicts(part, evidence(cell(1, *trainings))) == ("passed", "failed", "passed")


def test_broken_rules_cost_their_part_only() -> None:
    found = evidence(cell(2, training(LR=0.5)), cell(4, *adaptive()), headings={2: "Lab 1 (f)", 4: "Lab 2 (a)"})
    assert verdict("made", "lab1.f", found) == "passed" and verdict("rules", "lab1.f", found) == "failed"
    assert verdicts("lab2.a", found) == ("passed",) * 3


def test_what_our_run_had_no_time_for_is_left_open() -> None:
    run = (
        cell(1, training()),
        cell(2, best(1, N_LAYERS=2)[:2], status="timed out"),
        cell(3, status="not run", events=()),
    )
    headings = {2: "Lab 2 (c)", 3: "Lab 2 (d)"}
    claimed = evidence(*run, headings=headings, stored={2: PERFECT * 2, 3: PERFECT * 2})
    assert verdicts("lab2.c", claimed) == verdicts("lab2.d", claimed) == ("pending", "unjudged", "unjudged")
    assert verdict("made", "lab2.c", evidence(*run, headings=headings)) == "failed"
    assert verdict("made", "lab2.e", claimed) == "failed"


def test_claims_of_cells_that_ran_count_for_nothing() -> None:
    found = evidence(cell(1, training()), cell(2), headings={2: "Lab 2 (c)"}, stored={2: PERFECT * 3})
    assert verdict("made", "lab2.c", found) == "failed"


def test_a_library_that_we_lack_is_not_the_students_fault() -> None:
    error = "ModuleNotFoundError: No module named 'torchtext'"
    run = (cell(1, status="failed", error=error), cell(2, status="failed", error="NameError: torchtext"))
    claimed = evidence(*run, headings={2: "Lab 1 (f)"}, stored={2: PERFECT})
    assert verdict("made", "lab1.f", claimed) == "pending"
    other = evidence(run[1], headings={2: "Lab 1 (f)"}, stored={2: PERFECT})
    assert verdict("made", "lab1.f", other) == "failed"


def test_a_model_that_the_hook_cannot_read_counts_under_its_heading() -> None:
    events = training()
    events[1]["model"] = {"class": "Net", "layers": [], "num_params": 5}
    events[0]["hparams"] = {}
    assert verdict("made", "lab1.f", evidence(cell(2, events), headings={2: "Lab 1 (f)"})) == "passed"
    assert verdict("made", "lab1.f", evidence(cell(2, events))) == "failed"


def test_other_editions_are_left_open() -> None:
    found = evidence(cell(1, training()))
    edition = Edition(gru=False)
    assert verdict("made", "lab1.f", found, edition) == "passed"
    assert verdict("made", "lab2.c", found, edition) == "pending"
    assert verdict("made", "lab2.c", evidence(), edition) == "failed"


def test_the_only_training_of_another_edition_is_no_compound_scaling() -> None:
    """Its template gives other sizes than the one that we know."""
    only = cell(2, training(EMBEDDING_DIM=300, HIDDEN_DIM=256, N_LAYERS=2))
    [made] = evidence(only, edition="an edition without hparams, bidirectional, GRU").trainings
    assert made.section == "lab1.f"
    [made] = evidence(only).trainings
    assert made.section == "lab2.f"


def test_what_could_not_be_read_waits_for_a_person() -> None:
    context = Context(Edition())
    context.evidence = Evidence(unread="It was too much.")
    with pytest.raises(NeedsPerson, match="too much"):
        known(context)
    with pytest.raises(NeedsPerson, match="too much"):
        expect_begun("lab2.a", context)
