"""s6 to s8 of sequence_tasks: styles keep all, faults cost their own item, answers without merit earn nothing.

The sweep over the whole corpus is `make validate ASSIGNMENT=sequence_tasks`.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from in_process import graded

from autograder.records import Report
from fixtures.sequence_tasks.build import CORPUS, ITEMS
from reference import sequence_tasks

STYLES = ("toys_own_lstm", "toys_batches_yielded", "toys_sample_with_state")
FAULTS = {  # the item and one of the checks that must fail
    "s6_kept_between_calls": ("s6", "seed_in_another_process"),
    "s7b_budget_without_markers": ("s7.batches", "budget"),
    "s7m_head_takes_emb": ("s7.model", "follows_sizes"),
    "s7s_last_five_only": ("s7.sample", "whole_prefix"),
    "s8_mixed_words": ("s8", "ndfa_one_word"),
}
WITHOUT_MERIT = {"toys_fixed_list": "s6", "toys_model_fading_mean": "s7.model", "toys_checked_by_length": "s8"}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    """By the hand-in's name."""
    folder = tmp_path_factory.mktemp("hand_ins")
    for kind in ("variant", "fault", "degenerate"):
        for source in CORPUS.sources(kind):  # type: ignore[arg-type]
            if source.path.stem in (*STYLES, *FAULTS, *WITHOUT_MERIT):
                (folder / f"{source.path.stem}.py").write_text(CORPUS.build_one(source), encoding="utf-8")
    (folder / "reference.py").write_bytes(sequence_tasks.SCRIPT.read_bytes())
    paths = sorted(folder.iterdir())
    found = graded(Path("sequence_tasks"), paths, tmp_path_factory.mktemp("scratch"))
    return {path.stem: report for path, report in zip(paths, found, strict=True)}


def scores(report: Report) -> dict[str, float]:
    """By item of the functions step, the share of its points."""
    assert report.score is not None and not report.problem, report.problem
    return {e.item.id: (e.score or 0.0) / e.item.points for e in report.score.items if e.item.id in ITEMS}


def failed(report: Report, item: str) -> list[str]:
    assert report.score is not None
    own = next(entry for entry in report.score.items if entry.item.id == item)
    return [outcome.check for outcome in own.outcomes if outcome.status == "failed"]


@pytest.mark.parametrize("name", ["reference", *STYLES])
def test_styles(reports: dict[str, Report], name: str) -> None:
    assert {item: share for item, share in scores(reports[name]).items() if share < 1} == {}


@pytest.mark.parametrize("name", FAULTS)
def test_faults(reports: dict[str, Report], name: str) -> None:
    item, check = FAULTS[name]
    assert [other for other, share in scores(reports[name]).items() if share < 1] == [item]
    assert check in failed(reports[name], item)


@pytest.mark.parametrize("name", WITHOUT_MERIT)
def test_answers_without_merit(reports: dict[str, Report], name: str) -> None:
    assert scores(reports[name])[WITHOUT_MERIT[name]] == 0
