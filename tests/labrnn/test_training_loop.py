"""lab1.f.loop: right drivers of many manners pass, and each fault costs the check that it belongs to."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest
from notebooks import SUITE, judged, loaded, reference, submission

from autograder.assignments.labrnn.driver import NAMES, run_all
from autograder.assignments.labrnn.prepare import prepare, unknown
from autograder.judge.plugin import Judge
from autograder.judge.rehearsal import rehearse
from autograder.judge.session import with_checks
from autograder.kit.driver.run import Drive, number_of
from autograder.kit.driver.script import BATCH, EPOCHS, KINDS, MORE, Script, script_of, spelt
from autograder.kit.inside import scripted_driver
from autograder.records import Outcome
from autograder.wire.frames import Array, Opaque, Scalar
from fixtures.labrnn.loop.build import CORPUS, ITEM
from fixtures.labrnn.reading import read_submission

VARIANTS = [label.name for label in CORPUS.labels("variant")]
FAULTS = {label.name: {"best_epoch"} for label in CORPUS.labels("fault")}
FAULTS |= {
    f"loop_{name}": {"test_part"}
    for name in ("validation_tested", "training_tested", "test_data_of_validation", "accuracy_of_validation",
                 "first_batch_tested", "accuracy_lifted")
}  # fmt: skip
FAULTS |= {
    f"loop_{name}": {"keys"}
    for name in ("key_missing", "key_misspelt", "tuple_returned", "nothing_returned", "lists_returned")
}
FAULTS["loop_crashes"] = {"best_epoch", "test_part", "keys"}
QUICK = {"loop_inline", "loop_data_at_top_level", "loop_model_saved", "loop_models_broken", "loop_last_epoch",
         "loop_best_by_accuracy", "loop_validation_tested", "loop_key_missing"}  # fmt: skip


@pytest.fixture(autouse=True)
def settings(judge_settings: None) -> None: ...


@pytest.fixture(scope="module")
def hand_ins(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {path.stem: path for path in CORPUS.build(tmp_path_factory.mktemp("loops"))}


def failed(outcomes: list[Outcome]) -> dict[str, str]:
    assert [o.check for o in outcomes] == ["best_epoch", "test_part", "keys"]
    assert {o.status for o in outcomes} <= {"passed", "failed", "skipped"}, [o.message for o in outcomes]
    return {o.check: o.message for o in outcomes if o.status == "failed"}


def by_speed(names: list[str]) -> list[object]:
    return [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in names]


# ---- drivers ---------------------------------------------------------------------------------------------------------
def run_checks(cells: object) -> list[Outcome]:
    found: list[Outcome] = []
    failure: list[Exception] = []

    def body(judge: Judge) -> None:
        try:
            found.extend(judged(judge, cells, [ITEM]))  # type: ignore[arg-type]
        except Exception as error:  # noqa: BLE001  # pytest would swallow it
            failure.append(error)

    with_checks(SUITE, body)
    if failure:
        raise failure[0]
    return found


def test_the_reference_passes() -> None:
    outcomes = run_checks(reference())
    assert failed(outcomes) == {} and {o.status for o in outcomes} == {"passed"}


@pytest.mark.parametrize("name", by_speed(VARIANTS))
def test_right_drivers_pass(hand_ins: dict[str, Path], name: str) -> None:
    outcomes = run_checks(read_submission(hand_ins[name]))
    assert failed(outcomes) == {} and {o.status for o in outcomes} == {"passed"}


@pytest.mark.parametrize("name", by_speed(list(FAULTS)))
def test_a_fault_costs_its_own_check(hand_ins: dict[str, Path], name: str) -> None:
    messages = failed(run_checks(read_submission(hand_ins[name])))
    assert messages.keys() == FAULTS[name] and all(messages.values())


def test_a_missing_driver_is_said() -> None:
    found = failed(run_checks(submission("class HyperParams:\n    OPTIM = 'sgd'\n    BIDIRECTIONAL = False")))
    assert set(found.values()) == {"the notebook does not define `train_and_test_model_with_hparams`"}


def test_an_edition_without_the_driver_loses_nothing() -> None:
    outcomes = run_checks(
        submission("def build_vocab(x_train, min_freq=5):\n    return {}\nclass HyperParams:\n    LR = 1")
    )
    assert {o.status for o in outcomes} == {"skipped"}


def test_the_rehearsal_survives() -> None:
    failure: list[Exception] = []

    def body(judge: Judge) -> None:
        judge.checks = [check for check in judge.checks if check.item == ITEM]
        try:
            rehearse(judge, unknown(), b"secret")
        except Exception as error:  # noqa: BLE001
            failure.append(error)

    with_checks(SUITE, body)
    assert not failure


def test_torch_is_left_as_it_was() -> None:
    import torch

    before = [dict(vars(owner)) for owner in (torch, torch.Tensor, torch.nn.Module, torch.utils.data.DataLoader)]
    student = loaded(reference())
    prepared = prepare(student, reference())
    assert not any(problem for run in run_all(student, prepared.context) for problem in run.problems())
    after = [dict(vars(owner)) for owner in (torch, torch.Tensor, torch.nn.Module, torch.utils.data.DataLoader)]
    assert [{k for k in a if a[k] is not b.get(k)} for a, b in zip(after, before, strict=True)] == [set()] * 4


# ---- scripts ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(5))
def test_no_shortcut_finds_the_best_epoch(kind: str, seed: int) -> None:
    script = script_of(kind, np.random.default_rng(seed))
    epochs = range(1, EPOCHS + 1)
    losses = {e: script.loss("validation", e) for e in epochs}
    assert {e for e in epochs if losses[e] < min(losses.values()) + 1e-9} == set(script.best)
    assert all(losses[e] > losses[script.best[0]] + 0.03 for e in epochs if e not in script.best)
    batches = {e: script.losses[script.rows("validation"), e].reshape(-1, BATCH).mean(axis=1) for e in epochs}
    shortcuts = (lambda b: b[0], lambda b: b[-1], np.min, np.median)
    for shortcut in shortcuts:
        assert min(epochs, key=lambda e, rule=shortcut: float(rule(batches[e]))) not in script.best  # type: ignore[misc]
    accuracy = {e: script.accuracy("validation", e) for e in epochs}
    assert max(accuracy.values()) > max(accuracy[e] for e in script.best)
    assert script.losses.min() > 0 and script.losses.shape == (len(script.labels), 1 + EPOCHS + MORE)


@pytest.mark.parametrize("kind", KINDS)
def test_every_figure_tells_its_part_and_epoch(kind: str) -> None:
    script = script_of(kind, np.random.default_rng(3))
    for epoch in range(1 + EPOCHS + MORE):
        for part in ("test", "validation"):
            place = (part, script.best[0] if part == "validation" and epoch in script.best else epoch)
            loss = round(script.loss(part, epoch), 2)
            assert Drive(script, {"test_loss": loss}, "").tested() == place


@functools.cache
def a_script() -> Script:
    return script_of("middle", np.random.default_rng(1))


def a_run(value: object, printed: str = "") -> set[str]:
    names = ("best_epoch", "test_part", "keys")
    problems = Drive(a_script(), value, printed).problems()
    return {name for name, problem in zip(names, problems, strict=True) if problem is not None}


def right() -> dict[str, object]:
    script, best = a_script(), a_script().best[0]
    return {"num_params": 7, "test_loss": script.loss("test", best), "test_acc": script.accuracy("test", best)}


def test_right_figures_are_right_in_any_dress() -> None:
    figures = right()
    loss, accuracy = float(figures["test_loss"]), float(figures["test_acc"])  # type: ignore[arg-type]
    assert a_run(figures) == set()
    assert a_run(figures | {"test_loss": Scalar("numpy.float64", loss), "test_acc": 100 * accuracy}) == set()
    assert a_run(figures | {"test_loss": Array("tensor", np.array([loss], np.float32))}) == set()
    assert a_run(None, f"test_loss: {loss:.3f}, test_acc: {accuracy:.3f}") == {"keys"}
    assert a_run({}, f"Test Loss = {loss:.4f} | Test Acc: {100 * accuracy:.2f}%") == {"keys"}


@pytest.mark.parametrize(
    "value", [None, float("nan"), float("inf"), 10**400, True, "0.5", Opaque("Loss", "0.5"), [], [None], {}, b""]
)
def test_what_is_no_figure_earns_nothing(value: object) -> None:
    assert number_of(value) is None
    assert a_run(right() | {"test_loss": value}) == {"best_epoch", "test_part", "keys"}
    assert "keys" in a_run(right() | {"num_params": value})


def test_a_guess_is_no_figure() -> None:
    assert "test_part" in a_run(right() | {"test_loss": 0.0})
    assert "test_part" in a_run(right() | {"test_acc": 1.0})
    assert a_run(right() | {"num_params": 0}) == {"keys"}


# ---- reviews ---------------------------------------------------------------------------------------------------------
def test_rows_are_read_through_any_vocabulary() -> None:
    script = a_script()
    rig = scripted_driver.Script(script.labels, ["test"] * len(script.labels), script.losses.tolist())
    for row in range(len(script.labels)):
        words = spelt(row, NAMES.words).split()
        for vocab in ({words[0]: 5}, {word: 9 - i for i, word in enumerate(dict.fromkeys(words))}):
            assert rig.row_of([vocab.get(word, 1) for word in words] + [0, 0]) == row
        assert rig.row_of([1] * len(words)) is None and rig.row_of([]) is None
