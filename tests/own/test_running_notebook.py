"""`check` on a notebook that runs: what it says, and that it leaves everything as it was."""

from __future__ import annotations

import os
import random
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from autograder.own import judging
from autograder.own.cards import Card
from autograder.own.checking import card_of, check, judge_running
from autograder.own.judging import in_time
from autograder.own.keep import undisturbed
from autograder.own.tasks import find_sheet
from autograder.records import Outcome
from autograder.student.proxy import NOT_CALLED
from autograder.wire.limits import Limits

from .notebooks import DATASET, TOKENIZE, running

CUT = TOKENIZE.replace(".split()]", ".split()][:3]")
TOLD = "Every known word becomes its index in the vocabulary, in the order of the text."


def card(namespace: dict[str, Any], item: str = "lab1.c") -> Card:
    return card_of(item, "labrnn", namespace)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "LIMITS", Limits(call_seconds=0.3, item_seconds=2.0, submission_seconds=20.0))


def test_a_right_function_is_green() -> None:
    [entry] = card(running(TOKENIZE)).entries
    assert entry.status == "passed" and entry.findings == () and "12 of 12" in entry.head


def test_a_wrong_one_is_told_with_property_call_and_hint() -> None:
    shown = card(running(CUT))
    [entry] = shown.entries
    finding = next(one for one in entry.findings if one.sentence == TOLD)
    assert finding.hint == find_sheet("labrnn").hints["known_words"]
    assert "came back: [2, 3, 4]" in finding.example and "expected:  [2, 3, 4, 5]" in finding.example
    assert TOLD in str(shown) and f"Hint: {finding.hint}" in " ".join(str(shown).split())
    html = shown._repr_html_()
    assert 'data-status="failed"' in html and "&lt;pad&gt;" in html and "<pad>" not in html


def test_the_call_can_be_pasted_and_shows_what_came_back() -> None:
    namespace = running(CUT)
    [result] = judge_running(find_sheet("labrnn"), find_sheet("labrnn").chosen("lab1.c"), namespace)
    examples = [one.counterexample for one in result.outcomes if one.status == "failed" and one.counterexample]
    assert len(examples) > 2
    for example in examples:
        *before, last = example.call.splitlines()
        exec("\n".join(before), namespace)
        assert repr(eval(last, namespace)) == example.got  # noqa: S307


def test_what_stands_on_a_broken_part_waits() -> None:
    [entry] = card(running(CUT, DATASET), "lab1.d").entries
    assert entry.status == "waits" and entry.findings == ()
    assert "can't be judged until your `tokenize` works" in entry.head
    [entry] = card(running(TOKENIZE, DATASET), "IMDB").entries
    assert (entry.status, entry.item) == ("passed", "lab1.d")


def test_a_fault_of_its_own_does_not_wait() -> None:
    broken = DATASET.replace("ids = tokenize", "ids = self.nothing or tokenize")
    [entry] = card(running(CUT, broken), "lab1.d").entries
    assert entry.status == "failed"
    assert "AttributeError" in entry.findings[0].example and "line 9" in entry.findings[0].example


def test_nothing_in_the_notebook_changes(capsys: pytest.CaptureFixture[str]) -> None:
    noisy = """\
seen, counts = ["before"], {"n": 1}
def tokenize(vocab, example):
    global seen_last, exit
    print("noise")
    seen.append(example)
    counts["n"] += 1
    seen_last = example
    torch.manual_seed(1)
    torch.set_grad_enabled(False)
    torch.set_default_dtype(torch.float16)
    import os, random, warnings
    os.chdir(os.path.dirname(os.getcwd()))
    os.environ["NOISE"] = "1"
    random.seed(3)
    warnings.simplefilter("error")
    return [vocab.get(word, 1) for word in example.lower().split()]
"""
    namespace = running(noisy)
    before = dict(namespace)
    was = os.getcwd(), dict(os.environ), list(warnings.filters), random.getstate(), torch.get_rng_state()
    numbers = np.random.get_state()[1].tolist()
    torch.set_default_dtype(torch.float64)
    torch.set_grad_enabled(False)
    try:
        card(namespace)
        assert torch.get_default_dtype() is torch.float64 and not torch.is_grad_enabled()
    finally:
        torch.set_default_dtype(torch.float32)
        torch.set_grad_enabled(True)
    assert namespace.keys() == before.keys() and all(namespace[name] is before[name] for name in before)
    assert namespace["seen"] == ["before"] and namespace["counts"] == {"n": 1}
    assert (os.getcwd(), dict(os.environ), list(warnings.filters), random.getstate()) == was[:4]
    assert torch.equal(torch.get_rng_state(), was[4]) and np.random.get_state()[1].tolist() == numbers
    assert capsys.readouterr() == ("", "")


ENDINGS = {
    "exit()": "SystemExit",
    "quit()": "SystemExit",
    "import os; os._exit(3)": "SystemExit",
    "import sys; sys.exit('x')": "SystemExit",
    "input('?')": "EOFError",
    "raise KeyboardInterrupt": "KeyboardInterrupt",
    "1 / 0": "ZeroDivisionError",
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_whatever_ends_a_function_becomes_a_sentence(ending: str) -> None:
    namespace = running(f"def tokenize(vocab, example):\n    {ending}")
    namespace |= {"exit": exit, "quit": quit}
    [entry] = card(namespace).entries
    assert entry.status == "failed" and ENDINGS[ending] in entry.findings[0].example
    assert namespace["exit"] is exit


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize(
    "body", ["while True: pass", "while True:\n        try: pass\n        except BaseException: pass"]
)
def test_an_endless_loop_becomes_a_sentence(body: str) -> None:
    [entry] = card(running(f"def tokenize(vocab, example):\n    {body}")).entries
    assert entry.status == "failed" and "0.3 seconds" in str(entry.findings)


def test_a_name_that_is_not_there() -> None:
    [entry] = card(running()).entries
    assert entry.status == "failed" and "does not define `tokenize`" in str(entry.findings)


@pytest.mark.parametrize(("asked", "near"), [("lab1.z", "lab1."), ("tokenise", "tokenize"), ("LAB1.C", "lab1.c")])
def test_an_unknown_item_names_the_nearest(asked: str, near: str) -> None:
    assert f"Did you mean '{near}" in str(card({}, asked))


def test_check_prints_in_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    exec("check('lab1.c', assignment='labrnn')", running(TOKENIZE) | {"check": check})
    assert "✓ lab1.c  tokenize: 12 of 12 public checks pass." in capsys.readouterr().out


def test_a_failure_of_ours_is_not_the_students(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> None:
        raise RuntimeError("oh")

    monkeypatch.setattr("autograder.own.checking.judge_items", broken)
    assert "not your fault: RuntimeError: oh" in str(card(running()))


def test_an_item_that_is_no_text_is_a_sentence() -> None:
    assert "asked for by its id" in str(card_of(3, "labrnn", {}))  # type: ignore[arg-type]


def test_a_check_without_time_left_is_not_judged() -> None:
    late = Outcome("a", "b", "Sentence.", 1, False, "public", "failed", f"tokenize {NOT_CALLED} 12 s that one item has")
    assert in_time(late).status == "unjudged"
    assert in_time(replace(late, message="raised ValueError")).status == "failed"


def test_corpora_that_were_not_loaded_are_not_loaded_afterwards() -> None:
    nltk_corpus = pytest.importorskip("nltk.corpus")
    loader = nltk_corpus.util.LazyCorpusLoader("stopwords", nltk_corpus.WordListCorpusReader, r"(?!\.).*")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nltk_corpus, "for_this_test", loader, raising=False)
        with undisturbed({}):
            loader.fileids()
            assert type(loader).__name__ == "WordListCorpusReader"
        assert type(loader).__name__ == "LazyCorpusLoader"
