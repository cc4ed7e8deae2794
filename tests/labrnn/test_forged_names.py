"""Hostile fixtures that forge names: nothing of them stands as code in the calls that are shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from notebooks import SUITE, judged

from autograder.judge.plugin import Judge
from autograder.judge.session import with_checks
from autograder.records import Outcome
from autograder.reports.allowed import only_calls
from fixtures.labrnn import build
from fixtures.labrnn.reading import read_submission

ITEMS = {
    "forges_signatures": ["lab1.d"],
    "forges_class_names": ["lab1.b", "lab1.c", "lab1.d"],
    "forges_numpy_types": ["lab1.a"],
}


@pytest.fixture(autouse=True)
def settings(judge_settings: None) -> None: ...


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("forged")
    build.build(folder)
    return folder / build.FOLDERS["hostile"]


def failures(path: Path, items: list[str]) -> list[Outcome]:
    found: list[Outcome] = []
    wrong: list[Exception] = []

    def body(judge: Judge) -> None:
        try:
            found.extend(judged(judge, read_submission(path), items))
        except Exception as error:  # noqa: BLE001  # pytest would swallow it
            wrong.append(error)

    with_checks(SUITE, body)
    assert not wrong
    return [outcome for outcome in found if outcome.status == "failed"]


@pytest.mark.parametrize("name", ITEMS)
def test_calls_shown_hold_no_code_of_a_forgers(corpus: Path, name: str) -> None:
    failed = failures(corpus / f"{name}.ipynb", ITEMS[name])
    assert {outcome.item for outcome in failed} == set(ITEMS[name])
    calls = [o.counterexample.call for o in failed if o.counterexample and o.counterexample.call]
    assert calls
    assert all(map(only_calls, calls)), calls
