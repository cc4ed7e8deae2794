"""Grades hand-ins of any assignment in this process: what students do with their own, and fast."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import hypothesis
import pytest

from autograder.batch import make_setup
from autograder.grade import grade
from autograder.inside.offline import prepare
from autograder.judge.plugin import Judge
from autograder.judge.session import with_checks
from autograder.preflight import Options, describe
from autograder.records import Report
from autograder.sandbox.inprocess import InProcess


def graded(assignment: Path, hand_ins: Sequence[Path], scratch: Path) -> list[Report]:
    """The reports of the functions step. `scratch`: where the checks may write files."""
    prepare()
    run = describe(Options(str(assignment), scratch / "out", only="functions", unsafe=True))
    reports: list[Report] = []
    failed: list[Exception] = []

    def body(judge: Judge) -> None:
        try:
            setup = replace(make_setup(run, InProcess(), judge, scratch), apart=False)
            reports.extend(grade(setup, path.resolve(), path.stem) for path in hand_ins)
        except Exception as error:  # noqa: BLE001  # pytest would swallow it
            failed.append(error)

    with contextlib.chdir(scratch), pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # which the judge sets, and its profile of hypothesis
        try:
            with_checks(run.folder.checks, body, package=run.folder.package)
        finally:
            hypothesis.settings.load_profile("tests")
    if failed:
        raise failed[0]
    return reports


def shares(report: Report) -> dict[str, float]:
    """By item, the share of its points that was earned; all items must be graded."""
    assert not report.problem, report.problem
    found = {}
    for entry in report.score.items:
        assert entry.status == "graded" and entry.score is not None, entry
        found[entry.item.id] = entry.score / entry.item.points
    return found
