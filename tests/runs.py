"""Runs and setups without a command line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from autograder.assignment import Assignment, load_assignment
from autograder.grade import Setup
from autograder.judge.plugin import Judge
from autograder.preflight import Options, describe
from autograder.run import Run


def run_of(assignment: str = "labrnn", **changes: Any) -> Run:
    """Return a run of the functions step."""
    return replace(describe(Options(assignment, Path(), only="functions")), **changes)


def assignment_of(run: Run) -> Assignment:
    return load_assignment(run.folder, run.rubric)


def setup_of(run: Run, sandbox: Any, judge: Judge | None = None) -> Setup:
    """Return the setup of a run; without `judge` no check is known."""
    return Setup(run, assignment_of(run), sandbox, judge or Judge(lambda judge: None, False))
