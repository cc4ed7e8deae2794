"""What is made from charlm's one source, and what the reference does when nobody judges it."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from autograder.kit.characters import ALPHABET
from autograder.template import HOME as ROOT
from autograder.template import drifted

REFERENCE, TEMPLATE = ROOT / "reference" / "charlm", ROOT / "student_template" / "charlm"
ROLES = {"consonant": "bcdf", "vowel": "aeio"}


def loaded(path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names that a hand-in defines, the given utils beside it."""
    names: dict[str, Any] = {"__name__": path.stem}
    utils = ModuleType("utils")
    exec((TEMPLATE / "utils.py").read_text(encoding="utf-8"), vars(utils))
    monkeypatch.setitem(sys.modules, "utils", utils)
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), names)
    return names


def index_of(names: dict[str, Any]) -> Any:
    index = names["Indexer"]()
    for character in ALPHABET:
        assert index.add_and_get_index(character) == ALPHABET.index(character)
    return index


def test_products_are_what_the_source_makes() -> None:
    assert drifted("charlm") == [], "run: python -m autograder.template charlm"


def test_the_given_indexer(monkeypatch: pytest.MonkeyPatch) -> None:
    index = index_of(loaded(TEMPLATE / "models.py", monkeypatch))
    assert (index.index_of("?"), index.get_object(27), len(index)) == (-1, None, 27)
    assert index.add_and_get_index("?", add=False) == -1 and not index.contains("?") and index.contains(" ")
    assert index.add_and_get_index("a") == 0 and len(index) == 27


def test_the_blank_refuses_every_part(monkeypatch: pytest.MonkeyPatch) -> None:
    names = loaded(TEMPLATE / "models.py", monkeypatch)
    for call in (
        lambda: names["train_rnn_classifier"](None, [], [], [], [], None),
        lambda: names["train_lm"](None, "", "", None),
        lambda: names["RNNClassifier"]().predict("a"),
        lambda: names["RNNLanguageModel"]().get_next_char_log_probs("a"),
        lambda: names["RNNLanguageModel"]().get_log_prob_sequence("a", "a"),
    ):
        with pytest.raises(NotImplementedError):
            call()


def test_the_reference_answers_in_the_form_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    names = loaded(REFERENCE / "models.py", monkeypatch)
    index = index_of(names)
    torch.manual_seed(0)
    model = names["train_lm"](None, "abc" * 60, "abc", index)
    assert not model.training
    vector = model.get_next_char_log_probs("ab")
    assert vector.shape == (27,) and abs(np.exp(vector).sum() - 1) < 1e-4
    singles = [model.get_next_char_log_probs("ab" + "cz"[:n])[index.index_of(c)] for n, c in enumerate("cz")]
    assert model.get_log_prob_sequence("cz", "ab") == pytest.approx(sum(singles), abs=1e-4)
    assert model.get_log_prob_sequence("", "ab") == 0.0
    lists = [[letters * 5] * 6 for letters in ROLES.values()]
    classifier = names["train_rnn_classifier"](None, *lists, *lists, index)
    assert classifier.predict("a") in (0, 1) and not classifier.training
