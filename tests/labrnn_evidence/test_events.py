"""Reports from the student's process are checked value by value."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.assignments.labrnn.evidence.settings import NAMES
from autograder.kit.observer.events import MOST_TRAININGS, read_events

BEGIN = {"event": "training", "id": 1, "driver": "d", "hparams": {"LR": 0.1, "SEED": 5}}
MODEL = {
    "event": "model",
    "id": 1,
    "model": {"class": "Net", "layers": ["GRU"], "vocab_size": 7, "num_params": 9, "built": {"N_LAYERS": 2}},
    "optimizer": {"name": "Adam", "lr": 0.2, "eps": 1e-6},
}
END = {
    "event": "end",
    "id": 1,
    "steps": 3,
    "seconds": 1.5,
    "error": "",
    "rates": {"1": 0.001},
    "result": {"test_acc": 0.5},
}


def test_what_was_built_stands_over_what_was_declared() -> None:
    [seen] = read_events([BEGIN, MODEL, END], NAMES).trainings
    assert dict(seen.settings) == {"LR": 0.2, "SEED": 5, "N_LAYERS": 2, "OPTIM": "adam"}
    assert dict(seen.declared) == {"LR": 0.1, "SEED": 5}
    assert (seen.kind, seen.rates, seen.steps, seen.test_acc) == ("GRU", {1: 0.001}, 3, 0.5)


def test_hostile_values_are_left_out() -> None:
    huge = 10**400
    bad = {
        **END,
        "steps": huge,
        "seconds": float("nan"),
        "error": ["x"],
        "rates": {"1": huge, "x": 1, "9" * 5000: 1, "2": True},
        "result": {"test_acc": 7.5, "test_loss": float("inf"), "train_loss": [huge, "a", None, 0.5], "valid_accs": [2]},
    }
    model = {**MODEL, "model": {"layers": [["LSTM"], 3], "built": {"N_LAYERS": huge, "X": {"y": 1}}, "vocab_size": -1}}
    [seen] = read_events([BEGIN, model, bad], NAMES).trainings
    assert (seen.steps, seen.seconds, seen.error, seen.rates) == (None, None, "", {})
    assert (seen.test_acc, seen.test_loss, seen.vocab_size, seen.kind) == (None, None, None, "")
    assert [e.train_loss for e in seen.epochs] == [None, None, None, 0.5] and seen.epochs[0].valid_acc is None
    assert "N_LAYERS" not in seen.settings and "X" not in seen.settings


def test_floods_are_cut() -> None:
    flood = [{"event": "training", "id": n} for n in range(5000)]
    assert len(read_events(flood, NAMES).trainings) == MOST_TRAININGS


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
keys = st.sampled_from([*BEGIN, *MODEL, *END, *END["result"], "train_loss", "layers", "built", "name"])  # type: ignore[misc]
events = st.dictionaries(keys, plain | st.dictionaries(keys, plain, max_size=4), max_size=8)


@given(st.lists(st.sampled_from([BEGIN, MODEL, END]) | events, max_size=5), events)
@settings(max_examples=200)
def test_any_report_is_read(reports: list[Any], changes: dict[str, Any]) -> None:
    for report in (
        [*reports],
        [BEGIN, {**MODEL, **changes, "id": 1, "event": "model"}],
        [BEGIN, {**END, **changes, "id": 1}],
    ):
        read_events(report, NAMES)
