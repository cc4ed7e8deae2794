"""s1 to s4 of sequence_tasks: the reference earns all, the template nothing, styles keep all, faults cost their item.

The sweep over the whole corpus is `make validate ASSIGNMENT=sequence_tasks`.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from in_process import graded

from autograder.records import Report
from autograder.template import HOME as ROOT
from autograder.template import drifted
from fixtures.sequence_tasks import malformed_models
from fixtures.sequence_tasks.build import CORPUS, ITEMS
from reference import sequence_tasks

MINE = ("s1", "s2", "s3", "s4")
TEMPLATE = ROOT / "student_template" / "sequence_tasks" / "sequence_tasks.py"
STYLES = ("models_masked",)
FAULTS = {
    "s1_last_batch_lost": "nothing_lost",
    "s2_head_takes_embedding": "sizes_apart",
    "s3_state_sized_by_input": "elman_starts_from_zeros",
    "s4_rnn_is_a_gru": "rnn_kind_of_recurrence",
}  # and one of the checks that must fail
WITHOUT_MERIT = ("mlp_as_recurrent",)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    """By the hand-in's name."""
    folder = tmp_path_factory.mktemp("hand_ins")
    for kind in ("variant", "fault", "degenerate"):
        for source in CORPUS.sources(kind):  # type: ignore[arg-type]
            if source.path.stem in (*STYLES, *FAULTS, *WITHOUT_MERIT):
                (folder / f"{source.path.stem}.py").write_text(CORPUS.build_one(source), encoding="utf-8")
    for name, path in (("reference", sequence_tasks.SCRIPT), ("template", TEMPLATE)):
        (folder / f"{name}.py").write_bytes(path.read_bytes())
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
    assert {item: scores(reports["template"])[item] for item in MINE} == dict.fromkeys(MINE, 0.0)


@pytest.mark.parametrize("name", STYLES)
def test_styles(reports: dict[str, Report], name: str) -> None:
    assert {item: share for item, share in scores(reports[name]).items() if share < 1} == {}


@pytest.mark.parametrize("name", FAULTS)
def test_faults(reports: dict[str, Report], name: str) -> None:
    item = name.partition("_")[0]
    assert [other for other, share in scores(reports[name]).items() if share < 1] == [item]
    assert FAULTS[name] in failed(reports[name], item)


@pytest.mark.parametrize("name", WITHOUT_MERIT)
def test_without_merit(reports: dict[str, Report], name: str) -> None:
    (label,) = (label for label in CORPUS.labels("degenerate") if label.name == name)
    assert {item: scores(reports[name])[item] for item in label.items} == dict.fromkeys(label.items, 0.0)


def test_padding_is_a_remark(reports: dict[str, Report]) -> None:
    plain, masked = (failed(reports[name], "s2") for name in ("reference", "models_masked"))
    assert (plain, masked) == (["ignores_padding"], [])


def test_products_follow_their_source() -> None:
    assert drifted("sequence_tasks") == []


def test_counts() -> None:
    mine = [label for label in CORPUS.labels("fault") if label.item in MINE]
    assert len(mine) >= 50 and {label.item for label in mine} == set(MINE)
    assert len([label for label in CORPUS.labels("variant") if label.name.startswith(("models", "batches"))]) >= 9
    assert len(malformed_models.hand_ins()) >= 5
