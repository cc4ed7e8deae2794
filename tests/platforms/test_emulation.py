"""Gradescope's container with its default limits: every hand-in ends inside them with valid results.

What `make test-platforms` prints as a table, as tests; and what student code finds where only users are kept apart.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from handins import with_last_cell

from autograder.platforms.bundle import write_bundle
from fixtures.platforms import (
    HOSTILE,
    MALFORMED,
    Limits,
    allow,
    container,
    hand_ins,
    limited,
    results_of,
    shared_python,
    weaken,
)

pytestmark = pytest.mark.slow
SPY = """
import os
def tokenize(vocab, example):
    root = next((os.path.dirname(p) for p in sys.path if p.endswith("/source")), "/autograder")
    told, denied = [], 0
    for name in ("source/secret", "source/reference/labrnn/module.py", "submission_metadata.json",
                 "source/autograder/assignments/labrnn/rubric.toml", "results/results.json", "submission"):
        path = os.path.join(root, name)
        try:
            told.append(f"READ {name} {os.listdir(path) if os.path.isdir(path) else open(path).read(20)}")
        except PermissionError:
            denied += 1
    for name in ("results/results.json", "results/other.json", "run_autograder", "source/autograder/cli.py"):
        try:
            open(os.path.join(root, name), "w").write("{}")
            told.append(f"WROTE {name}")
        except PermissionError:
            denied += 1
    raise ValueError(f"{denied} denied under {root}" + "; ".join(told))
import sys
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle("gradescope", "labrnn", None, tmp_path_factory.mktemp("dist"))[0]


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return hand_ins(tmp_path_factory.mktemp("hand-ins"))


@pytest.mark.parametrize("name", ["reference", "template", *HOSTILE, *MALFORMED])
def test_it_ends_inside_the_limits(bundle: Path, delivered: dict[str, Path], name: str) -> None:
    limits = Limits()
    with container(bundle, delivered[name]) as root:
        used = limited([str(root / "run_autograder")], limits, weaken(root, 2))
        found = results_of(root)
    assert used.code == 0 and used.peak_mb < limits.memory_mb and used.seconds < limits.seconds, used
    assert not used.killed and found["score"] is not None
    if name == "reference":
        assert found["score"] == 47.0 and [row["name"] for row in found["leaderboard"]] == [
            "LSTM accuracy",
            "GRU accuracy",
        ]
        assert all(row["value"] > 0.84 for row in found["leaderboard"])
    elif name in ("template", "writes_results", *MALFORMED):
        assert found["score"] == 0.0


def test_the_whole_notebook_fits_the_next_size(bundle: Path, delivered: dict[str, Path]) -> None:
    limits = Limits(cpus=1.0, memory_mb=1536)
    with container(bundle, delivered["reference"]) as root:
        settings = 'steps = ["functions", "notebook", "accuracy"]\ncpus = 1\nmemory_mb = 1536\n'
        (root / "source" / "platform.toml").write_text(settings)
        used = limited([str(root / "run_autograder")], limits, weaken(root, 2))
        found = results_of(root)
    assert used.code == 0 and used.peak_mb < limits.memory_mb and used.seconds < limits.seconds, used
    assert not used.killed and found["score"] == 57.0


def test_the_weakest_tier_is_refused_unless_the_course_accepts_it(bundle: Path, delivered: dict[str, Path]) -> None:
    with container(bundle, delivered["template"]) as root:
        used = limited([str(root / "run_autograder")], Limits(), weaken(root, 3))
        found = results_of(root)
    assert used.code == 3 and found["score"] is None and "weakest_tier = 3" in used.output


def test_in_the_weakest_tier_results_and_checks_are_kept_from_student_code(bundle: Path, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("NOT TESTED: only root can give student code another user")
    spy = with_last_cell(SPY, tmp_path / "LabRNN.ipynb")
    with container(bundle, spy) as root:
        allow(root, 3)
        if not shared_python(root):
            pytest.skip("NOT TESTED: this machine has no Python of this version that every user can read")
        used = limited([str(root / "run_autograder")], Limits(), weaken(root, 3))
        found = results_of(root)
    assert used.code == 0 and found["extra_data"]["tier"]["number"] == 3
    told = json.dumps(found)
    assert f"10 denied under {root}" in told  # it looked in the right place
    assert "READ " not in told and "WROTE " not in told
