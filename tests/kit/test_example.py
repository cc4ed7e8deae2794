"""examples/transformer_blocks, whose folder is all that there is of it: graded as its labels say, without a sandbox."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.folder import find_folder
from autograder.rubric import load_rubric
from fixtures.brought import brought
from fixtures.corpus import Label
from tests.in_process import graded, shares

FOLDER = Path(__file__).parents[2] / "examples" / "transformer_blocks"
ASKED = find_folder(str(FOLDER))
ITEMS = [item.id for item in load_rubric(ASKED.rubric).items]
BROUGHT = brought(ASKED, ITEMS)
LABELS: list[Label] = [*BROUGHT.corpus.labels("variant"), *BROUGHT.corpus.labels("fault")]
Earned = dict[str, dict[str, float]]


@pytest.fixture(scope="module")
def earned(tmp_path_factory: pytest.TempPathFactory) -> Earned:
    """By hand-in and item, the share of the points."""
    folder = tmp_path_factory.mktemp("example")
    paths = {path.stem: path for path in BROUGHT.corpus.build(folder)}
    paths |= {"reference": BROUGHT.reference, "template": BROUGHT.template}
    reports = graded(FOLDER, list(paths.values()), folder)
    return {name: shares(report) for name, report in zip(paths, reports, strict=True)}


def test_reference_earns_all_and_template_nothing(earned: Earned) -> None:
    assert set(earned["reference"].values()) == {1} and set(earned["template"].values()) == {0}
    assert len(ITEMS) == 8


def test_it_is_small_and_complete() -> None:
    files = [path for path in FOLDER.rglob("*") if path.suffix in (".py", ".toml")]
    lines = [line for path in files for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    assert len(lines) <= 400
    faults = BROUGHT.corpus.labels("fault")
    assert {label.item for label in faults} == set(ITEMS) and len(faults) >= 10 and len(LABELS) - len(faults) >= 2


@pytest.mark.parametrize("label", LABELS, ids=lambda label: label.name)
def test_variants_earn_all_and_faults_lose_their_own_item(earned: Earned, label: Label) -> None:
    less = {item for item, share in earned[label.name].items() if share < 1}
    assert less == ({label.item} if label.kind == "fault" else set())
