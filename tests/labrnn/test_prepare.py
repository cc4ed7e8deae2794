"""What is found out about a notebook before its checks run, and what it is given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from notebooks import FUNCTIONS, loaded, reference, submission, variant

from autograder.assignment import Prepared
from autograder.assignments.labrnn.prepare import FIXED, GRADED, prepare, substitutes
from autograder.student.proxy import Student
from reference.labrnn import given_source

GIVEN = tuple(
    given_source(name) for name in ("HyperParams", "collate", "init_weights", "count_parameters", "get_accuracy")
)


def prepared(handed_in: Any) -> tuple[Student, Prepared]:
    student = loaded(handed_in)
    found = prepare(student, handed_in)
    student.begin_check()
    return student, found


def test_the_reference_is_in_order() -> None:
    student, found = prepared(reference())
    assert found.remarks == () and found.excused == {} and student.overrides == []
    assert found.context.edition.name == "2023" and found.context.lost == {} and found.context.broken == set()


def test_every_automatic_item_has_a_name_and_a_substitute() -> None:
    assert tuple(GRADED) == FUNCTIONS
    for item in FUNCTIONS:
        (override,) = substitutes(item)
        assert override.names == (GRADED[item],) and GRADED[item] in override.source


def test_a_notebook_without_anything_is_given_the_helpers() -> None:
    student, found = prepared(submission("x = 1"))
    assert {n for s in student.overrides for n in s.names} == {
        "HyperParams",
        "collate",
        "count_parameters",
        "get_accuracy",
        "init_weights",
    }
    assert any("HyperParams is missing" in r for r in found.remarks) and any(
        "init_weights is missing" in r for r in found.remarks
    )
    hparams = student.call("HyperParams", keep=True)
    assert {name: hparams.get(name) for name in FIXED} == FIXED


@pytest.mark.parametrize("name", ["collate", "count_parameters", "get_accuracy"])
def test_a_missing_helper_is_overridden_in_silence(name: str) -> None:
    student, found = prepared(variant(**{name: ""}))
    assert [s.names for s in student.overrides] == [(name,)] and found.remarks == ()


@pytest.mark.parametrize(
    "source",
    [
        "class HyperParams:\n    def __init__(self): raise RuntimeError('broken')",
        "def HyperParams(needed): pass",
        "HyperParams = 3",
    ],
)
def test_broken_hyperparams_are_replaced(source: str) -> None:
    student, found = prepared(variant(HyperParams=source))
    (remark,) = found.remarks
    assert remark.startswith("HyperParams can't be used") and remark.endswith(
        "the functions were judged with the given one."
    )
    assert student.call("HyperParams", keep=True).get("MAX_LENGTH") == 256
    assert found.excused == {} and found.context.edition.name == "2023"


def test_changed_hyperparams_are_remarked_on() -> None:
    source = (
        given_source("HyperParams")
        .replace("self.HIDDEN_DIM = 100", "self.HIDDEN_DIM = 64")
        .replace("self.SEED = 5", "self.SEED = 42")
    )
    assert source.count("64") and source.count("42")
    student, found = prepared(variant(HyperParams=source))
    assert student.overrides == []
    assert found.remarks == (
        "HyperParams.HIDDEN_DIM is 64, the assignment gives 100: it may not change in Lab 1.",
        "HyperParams.SEED is 42: the seed may not change.",
    )


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("", "is missing"),
        ("def init_weights(m): pass", "does not initialise weights"),
        (
            "def init_weights(m):\n    if isinstance(m, nn.Linear): nn.init.zeros_(m.bias)",
            "does not initialise weights",
        ),
        ("def init_weights(m): raise ValueError('x')", "can't be used"),
        ("def init_weights(m, more): pass", "can't be used"),
    ],
)
def test_init_weights_is_replaced_unless_it_initialises(source: str, why: str) -> None:
    student, found = prepared(variant(init_weights=source))
    (remark,) = found.remarks
    assert remark.startswith(f"init_weights {why}") and [s.names for s in student.overrides] == [("init_weights",)]


def test_an_init_weights_of_ones_own_that_does_the_same_is_kept() -> None:
    source = """
    def init_weights(m):
        if hasattr(m, "bias") and isinstance(m, nn.Linear):
            nn.init.zeros_(m.bias)
        elif isinstance(m, nn.RNNBase):
            for p in m.parameters():
                nn.init.orthogonal_(p) if p.dim() > 1 else nn.init.zeros_(p)
    """
    student, found = prepared(variant(init_weights=source))
    assert found.remarks == () and student.overrides == []


def test_an_older_edition_is_excused_from_the_gru() -> None:
    hparams = "class HyperParams:\n    def __init__(self): self.SEED = 2"
    vocab = "def build_vocab(x_train, min_freq=5): return {}"
    lstm = "import torch.nn as nn\nclass LSTM(nn.Module):\n    def __init__(self, vocab_size): super().__init__()"
    _, found = prepared(submission(*GIVEN[1:], hparams, vocab, lstm))
    assert {"lab1.g.init", "lab1.g.forward", "lab1.h.runs", "lab2.b.bar"} <= set(found.excused)
    assert not any(item.startswith(("lab1.e", "lab2.a")) for item in found.excused)
    assert any("not in this edition and costs nothing" in r for r in found.remarks)


def test_names_in_cells_that_failed_to_load() -> None:
    _, found = prepared(submission(*GIVEN, "x = 1", "def tokenize(vocab, text):\n    return [\n"))
    assert found.context.lost.keys() == {"tokenize"}
    assert found.context.lost["tokenize"].startswith(
        "`tokenize` stands in cell 7, line 1, which failed to load: Syntax"
    )


def test_another_editions_learning_rate_is_no_breach() -> None:
    """The template of 2025 has no OPTIM, no GRU and another learning rate."""
    lines = [line for line in given_source("HyperParams").splitlines() if "OPTIM" not in line]
    changed = "\n".join(lines).replace("self.LR = 0.01", "self.LR = 0.001").replace("LENGTH = 256", "LENGTH = 99")
    graded = "def build_vocab(x_train, min_freq=5, hparams=None):\n    return {}"
    _, found = prepared(submission("import torch\nfrom torch import nn", *GIVEN[1:], changed, graded))
    assert found.context.edition.name == "an edition without GRU"
    assert not any("LR" in remark for remark in found.remarks)
    [remark] = [remark for remark in found.remarks if "MAX_LENGTH" in remark]
    assert "is 99" in remark and "yours may give another" in remark and "may not change" not in remark


def test_code_that_nothing_runs_is_told_where_it_stands() -> None:
    places = {
        "tokenize": "text cell 7",
        "build_vocab": "cell 9 behind #",
        "load_imdb": "raw cell 3",
        "other": "text cell 1",
    }
    handed_in = replace(variant(tokenize="", load_imdb=""), elsewhere=places)
    _, found = prepared(handed_in)
    assert found.context.lost == {  # build_vocab is there too, where it runs
        "tokenize": "`tokenize` stands in text cell 7, where nothing runs it: it belongs into a code cell",
        "load_imdb": "`load_imdb` stands in raw cell 3, where nothing runs it: it belongs into a code cell",
    }
