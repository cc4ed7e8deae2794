"""A verdict does not depend on the tier: a sample of the corpus in each, functions only."""

from __future__ import annotations

from pathlib import Path

import pytest
from handins import REFERENCE, results_of

from autograder.batch import grade_paths
from autograder.errors import SandboxError
from autograder.preflight import Options, describe
from fixtures.labrnn import build

SAMPLE = {"fault": ("a_path_ignored", "c_key_error"), "hostile": ("disk_bomb", "kills_its_parent")}


@pytest.mark.parametrize("tier", [pytest.param(1, marks=pytest.mark.slow), 2, 3])  # 1 is every other test's
def test_verdicts(tmp_path: Path, tier: int) -> None:
    labels = {label.name: label for kind in build.FOLDERS for label in build.labels(kind)}
    wanted = {REFERENCE: dict.fromkeys(build.ITEMS, "full")}
    for kind, names in SAMPLE.items():
        for source in build.sources(kind):
            if source.path.stem in names:
                path = tmp_path / f"{source.path.stem}.ipynb"
                path.write_text(build.CORPUS.build_one(source), encoding="utf-8")
                wanted[path] = expected(labels[source.path.stem])
    assert len(wanted) == 5
    try:
        grade_paths(
            list(wanted), describe(Options("labrnn", tmp_path / "out", 2, only="functions", tier=tier, unsafe=True))
        )
    except SandboxError as error:
        pytest.skip(f"NOT TESTED on this machine: {error}")
    for path, items in wanted.items():
        found = results_of(tmp_path / "out" / path.stem)["extra_data"]
        assert found["tier"]["number"] == tier and found["exit_code"] == 0
        scores = {entry["id"]: (entry["score"], entry["points"]) for entry in found["items"] if entry["id"] in items}
        for item, word in items.items():
            score, points = scores[item]
            assert word == "any" or (score == points) == (word == "full"), (path.stem, item, score)


def expected(label: build.Label) -> dict[str, str]:
    """By item, as far as the label tells."""
    if label.worth:
        return dict(label.worth)
    return dict.fromkeys(build.ITEMS, "full") | dict.fromkeys(label.may_lose, "any") | {label.item: "less"}
