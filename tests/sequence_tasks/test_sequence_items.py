"""The functions of sequence_tasks: the reference earns all, the template nothing, styles keep all, faults cost their
own item and no other, answers without merit earn nothing.

Several sources make one hand-in, each for other names; the sweep over the whole corpus, one by one, is
`make validate ASSIGNMENT=sequence_tasks`.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from in_process import graded

from autograder.records import Report
from autograder.template import HOME as ROOT
from autograder.template import drifted
from fixtures.sequence_tasks import malformed_models
from fixtures.sequence_tasks.build import CORPUS, ITEMS, together
from reference import sequence_tasks

TEMPLATE = ROOT / "student_template" / "sequence_tasks" / "sequence_tasks.py"
STYLES = ("models_masked", "toys_batches_yielded", "toys_sample_with_state")
FAULTS = (  # two hand-ins; by source the item, and one of the checks that must fail
    {
        "s1_last_batch_lost": ("s1", "nothing_lost"),
        "s3_state_sized_by_input": ("s3", "elman_starts_from_zeros"),
        "s6_kept_between_calls": ("s6", "seed_in_another_process"),
        "s7m_head_takes_emb": ("s7.model", "follows_sizes"),
        "s8_mixed_words": ("s8", "ndfa_one_word"),
    },
    {
        "s2_head_takes_embedding": ("s2", "sizes_apart"),
        "s4_rnn_is_a_gru": ("s4", "rnn_kind_of_recurrence"),
        "s7b_budget_without_markers": ("s7.batches", "budget"),
        "s7s_last_five_only": ("s7.sample", "whole_prefix"),
    },
)
WITHOUT_MERIT = {
    "mlp_as_recurrent": "s4",
    "toys_fixed_list": "s6",
    "toys_model_fading_mean": "s7.model",
    "toys_checked_by_length": "s8",
}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    """By the hand-in's name."""
    texts = {
        "reference": sequence_tasks.SCRIPT.read_text(encoding="utf-8"),
        "template": TEMPLATE.read_text(encoding="utf-8"),
        "styles": together("variant", STYLES),
        "merit": together("degenerate", WITHOUT_MERIT),
    } | {f"faults{number}": together("fault", names) for number, names in enumerate(FAULTS)}
    folder = tmp_path_factory.mktemp("hand_ins")
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
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


def test_reference_and_template(reports: dict[str, Report]) -> None:
    assert set(scores(reports["reference"]).values()) == {1.0}
    assert set(scores(reports["template"]).values()) == {0.0}


def test_styles(reports: dict[str, Report]) -> None:
    assert {item: share for item, share in scores(reports["styles"]).items() if share < 1} == {}


@pytest.mark.parametrize("number", range(len(FAULTS)))
def test_faults(reports: dict[str, Report], number: int) -> None:
    report, wanted = reports[f"faults{number}"], dict(FAULTS[number].values())
    assert {item for item, share in scores(report).items() if share < 1} == set(wanted)
    assert {item: check for item, check in wanted.items() if check not in failed(report, item)} == {}


def test_without_merit(reports: dict[str, Report]) -> None:
    found = scores(reports["merit"])
    assert {item: found[item] for item in WITHOUT_MERIT.values() if found[item]} == {}


def test_padding_is_a_remark(reports: dict[str, Report]) -> None:
    plain, masked = (failed(reports[name], "s2") for name in ("reference", "styles"))
    assert (plain, masked) == (["ignores_padding"], [])


def test_products_follow_their_source() -> None:
    assert drifted("sequence_tasks") == []


def test_counts() -> None:
    faults, variants = CORPUS.labels("fault"), CORPUS.labels("variant")
    assert len(faults) >= 90 and {label.item for label in faults} == set(ITEMS)
    assert len(variants) >= 15 and len(CORPUS.labels("hostile")) >= 15 and len(CORPUS.labels("degenerate")) >= 20
    assert len(malformed_models.hand_ins()) >= 8
