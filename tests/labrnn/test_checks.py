"""The checks let the reference pass and notice one small fault in each item. The large corpus is in `make validate`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from notebooks import FUNCTIONS, SUITE, judged, reference, submission, variant

from autograder.judge.plugin import Judge
from autograder.judge.session import with_checks
from autograder.records import Outcome

LOAD = """
def load_imdb(base_csv="./IMDBDataset.csv"):
    import pandas as pd
    frame = pd.read_csv(base_csv)
    x, y = list(frame["review"]), list(frame["sentiment"])
    a, b = int(0.8 * len(x)), int(0.9 * len(x))
    return x[:a], x[a:b], x[b:], y[:a], y[a:b], y[b:]
"""
TOKENIZE = """
def tokenize(vocab, example):
    return sorted(vocab.get(word, vocab["<unk>"]) for word in example.lower().split())
"""
WRAPPED = {
    "build_vocab": """
_own_build_vocab = build_vocab
def build_vocab(x_train, min_freq=5, hparams=None):
    return _own_build_vocab(x_train, min_freq + 1, hparams=hparams)
""",
    "IMDB": """
_OwnIMDB = IMDB
class IMDB(_OwnIMDB):
    def __getitem__(self, idx):
        return super().__getitem__(idx) | {"label": 1}
""",
    "LSTM": """
_OwnLSTM = LSTM
class LSTM(_OwnLSTM):
    def forward(self, ids, length):
        return super().forward(ids, length).softmax(-1)
""",
    "GRU": """
_OwnGRU = GRU
class GRU(_OwnGRU):
    def forward(self, ids, length):
        return super().forward(ids.flip(0), length.flip(0))
""",
    "LSTM.init": """
_OwnLSTM = LSTM
class LSTM(_OwnLSTM):
    def __init__(self, vocab_size, embedding_dim, hidden_dim, output_dim, n_layers, *rest, **kwargs):
        super().__init__(vocab_size, embedding_dim, hidden_dim, output_dim, 1, *rest, **kwargs)
""",
    "GRU.init": """
_OwnGRU = GRU
class GRU(_OwnGRU):
    def __init__(self, *args, **kwargs):
        kwargs.pop("weight_init_fn", None)
        super().__init__(*args, **kwargs)
""",
}


def faulty(kind: str) -> Any:
    if kind in WRAPPED:
        handed_in = reference()
        return submission(*(cell.source for cell in handed_in.cells), WRAPPED[kind])
    return variant(**{kind: {"load_imdb": LOAD, "tokenize": TOKENIZE}[kind]})


KILLED = {
    "lab1.a": ("load_imdb", {"sizes"}),
    "lab1.b": ("build_vocab", {"keeps_frequent", "default_min_freq"}),
    "lab1.c": ("tokenize", {"known_words"}),
    "lab1.d": ("IMDB", {"label"}),
    "lab1.e.init": ("LSTM.init", {"n_layers", "parameter_count"}),
    "lab1.e.forward": ("LSTM", {"raw_logits", "last_state"}),
    "lab1.g.init": ("GRU.init", {"weight_init_fn"}),
    "lab1.g.forward": ("GRU", {"last_state", "row_alone"}),
}


@pytest.fixture(scope="module")
def results() -> Iterator[dict[str, list[Outcome]]]:
    """The reference's outcomes as `reference`, and each faulty notebook's on its own item, from one run of pytest."""
    found: dict[str, list[Outcome]] = {}

    def body(judge: Judge) -> None:
        for item, (kind, _) in KILLED.items():
            found[item] = judged(judge, faulty(kind), [item])
        found["reference"] = judged(judge, reference(), list(FUNCTIONS))
        lost = submission("def tokenize(vocab, text):\n    return [\n", "class LSTM(1 / 0): pass")
        found["lost"] = judged(judge, lost, ["lab1.c", "lab1.e.init", "lab1.g.init"])

    failure: list[BaseException] = []

    def guarded(judge: Judge) -> None:
        try:
            body(judge)
        except Exception as error:  # noqa: BLE001  # pytest would swallow it
            failure.append(error)

    with_checks(SUITE, guarded)
    if failure:
        raise failure[0]
    yield found


@pytest.fixture(autouse=True)
def settings(judge_settings: None) -> None: ...


def test_the_reference_passes_every_check(results: dict[str, list[Outcome]]) -> None:
    outcomes = results["reference"]
    assert [(o.item, o.check, o.status, o.message) for o in outcomes if o.status != "passed"] == []
    for item in FUNCTIONS:
        assert sum(o.item == item for o in outcomes) >= 8, item


@pytest.mark.parametrize("item", FUNCTIONS)
def test_a_fault_is_noticed(item: str, results: dict[str, list[Outcome]]) -> None:
    outcomes = results[item]
    failed = {o.check for o in outcomes if o.status == "failed"}
    assert failed & KILLED[item][1], failed
    assert {o.status for o in outcomes} <= {"passed", "failed", "skipped", "unjudged"}
    assert any(o.status == "passed" for o in outcomes)  # one small fault, not a wreck
    for outcome in (o for o in outcomes if o.status == "failed"):
        assert outcome.message, outcome.check


def test_every_item_gates_on_one_check(results: dict[str, list[Outcome]]) -> None:
    for item in FUNCTIONS:
        assert sum(o.required for o in results["reference"] if o.item == item) == 1, item


def test_sentences_are_sentences(results: dict[str, list[Outcome]]) -> None:
    for outcome in results["reference"]:
        assert (
            outcome.sentence.endswith(".")
            and outcome.sentence[0] in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'"
        )
        assert len(outcome.sentence) < 240, outcome.check


def test_names_of_checks_are_unique_within_an_item(results: dict[str, list[Outcome]]) -> None:
    names = [(o.item, o.check) for o in results["reference"]]
    assert len(names) == len(set(names))


def test_a_name_in_a_broken_cell_is_explained(results: dict[str, list[Outcome]]) -> None:
    messages = {o.item: o.message for o in results["lost"]}
    assert messages["lab1.c"].startswith("`tokenize` stands in cell 1, line 1, which failed to load: SyntaxError")
    assert messages["lab1.e.init"].startswith("`LSTM` stands in cell 2, line 1, which failed to load: ZeroDivision")
    assert messages["lab1.g.init"] == "the notebook does not define `GRU`"
    assert {o.status for o in results["lost"]} == {"failed"}
