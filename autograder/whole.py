"""The steps beyond single functions: run the whole notebook, gather its evidence, train its models.

The notebook's run happens in a sandbox of its own (autograder/notebook); what it prints is evidence, never a verdict.
Models are trained by the judge's recipe (autograder/kit/training) and scored on labels that no student process sees.
"""

from __future__ import annotations

import contextlib
import importlib
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Protocol

from autograder.assignment import Assignment
from autograder.bounded import Stages
from autograder.errors import StageOverrun
from autograder.evidence import ClassVerdict, Evidence, Execution, Mode
from autograder.records import Submission
from autograder.rubric import Rubric
from autograder.student.proxy import Override, Student

EXECUTED = "executed.ipynb"
MOST_RUNS = 3  # the first, and after it one with functions and classes, one with the driver of the reference
ACCURACY_SECONDS = 3600.0  # every attempt of both classes, each of them slow
UNREAD = "What the notebook printed took too much time or memory to be read; a person must look at its trainings."
START_SECONDS = 600.0  # of one run: its kernel is started, six times at worst, and ended


@dataclass(frozen=True)
class Plan:
    """How notebooks are run and models are trained; the same for every submission of a run.

    `reviews`: the CSV file that notebooks are given, `reviews_name` what reports call it. `data`: real reviews to
    verify accuracy on; None for the synthetic language. `progress`: print what the notebook is doing.
    `tier`, `unsafe`: of the notebooks' runs, as RunOptions has them.
    """

    mode: Mode
    reviews: Path
    reviews_name: str
    data: Path | None = None
    recipe: Literal["fast", "published"] = "fast"
    secret: bytes = b""
    tier: int | None = None
    progress: bool = False
    unsafe: bool = False

    def longest(self, rubric: Rubric) -> float:
        """Seconds of wall clock after which something must have gone wrong."""
        limits = rubric.notebook
        notebook = 0.0 if limits is None else limits.full_seconds if self.mode == "full" else limits.smoke_seconds
        return MOST_RUNS * (notebook + START_SECONDS) + ACCURACY_SECONDS


@dataclass(frozen=True)
class Whole:
    """What the steps found; `seconds` by step."""

    execution: Execution | None = None
    evidence: Evidence | None = None
    accuracy: tuple[ClassVerdict, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)


class Hooks(Protocol):
    """What an assignment with trainings adds: its module `whole`."""

    AHEAD: tuple[str, ...]  # items of the notebook's step whose checks need no run: judged before it

    def startup(self) -> tuple[str, ...]:
        """Source texts that run in the kernel before the first cell."""
        ...

    def replacements(self, hopeless: Collection[str], context: Any) -> tuple[Override, ...]:
        """The reference's parts that stand in for items that earned nothing."""
        ...

    def second_chance(self, evidence: Evidence, context: Any, overrides: Collection[Override]) -> tuple[Override, ...]:
        """Further parts of the reference with which the notebook is to be run again; none where that would not help."""
        ...

    def settle(
        self, before: Evidence, after: Evidence, overrides: Collection[Override], broken: Collection[str]
    ) -> Evidence | None:
        """What counts once the notebook has run again with these; None where that run showed no more."""
        ...

    def gather(self, submission: Submission, execution: Execution, rubric: Rubric, context: Any) -> Evidence:
        """What the run and the submission's own text and stored outputs show."""
        ...

    def verify(self, plan: Plan, student: Student, rubric: Rubric, context: Any) -> tuple[ClassVerdict, ...]:
        """Train the submission's model classes and score them. Uses processes of its own.

        Raises:
            GraderError: a student process could not be started.
        """
        ...


def hooks(assignment: str) -> Hooks:
    """Imported only where the steps are done: their libraries take time."""
    found: Hooks = importlib.import_module(f"autograder.assignments.{assignment}.whole")
    return found


def study(
    plan: Plan,
    stages: Stages,
    assignment: Assignment,
    submission: Submission,
    student: Student,
    context: Any,
    steps: Collection[str],
    hopeless: Collection[str],
    out: Path,
) -> Whole:
    """Do the steps that were asked for and tell the checks' context what came of them.

    `student`: the submission as it was judged function by function; its overrides stand in here too, and so do the
    reference's parts for what is broken, so that no mistake is charged twice. `hopeless`: items that earned nothing.
    `out`: the folder for executed.ipynb.

    Raises:
        GraderError: the kernel or a student process could not be started.
    """
    ours = hooks(assignment.name)
    execution: Execution | None = None
    evidence: Evidence | None = None
    accuracy: tuple[ClassVerdict, ...] = ()
    seconds: dict[str, float] = {}
    if "notebook" in steps:
        started = time.perf_counter()
        stand_ins = ours.replacements(hopeless, context)
        overrides = (*student.overrides, *stand_ins)
        execution, evidence = run_and_gather(plan, stages, assignment, submission, context, overrides, out)
        evidence = replace(evidence, remarks=(*_told(stand_ins), *evidence.remarks))
        context.evidence = evidence
        seconds["notebook"] = time.perf_counter() - started
    if "accuracy" in steps:
        started = time.perf_counter()
        accuracy = ours.verify(plan, student, assignment.rubric, context)
        context.accuracy = {verdict.name: verdict for verdict in accuracy}
        seconds["accuracy"] = time.perf_counter() - started
    return Whole(execution, evidence, accuracy, seconds)


def _told(stand_ins: Collection[Override]) -> tuple[str, ...]:
    """That the run was not made with the notebook's own parts alone."""
    names = " and ".join(name for override in stand_ins for name in override.names)
    return (f"The notebook ran with the reference's {names}: its own lost points above.",) if names else ()


def run_and_gather(
    plan: Plan,
    stages: Stages,
    assignment: Assignment,
    submission: Submission,
    context: Any,
    overrides: tuple[Override, ...],
    out: Path,
) -> tuple[Execution, Evidence]:
    """Run the notebook, and again with more of the reference's parts where its trainings failed; what counts.

    Raises:
        GraderError: the kernel could not be started.
    """
    ours = hooks(assignment.name)

    def gather(run: Execution) -> Evidence:
        try:
            return stages.run("evidence", lambda: ours.gather(submission, run, assignment.rubric, context))
        except StageOverrun:
            return Evidence(unread=UNREAD, remarks=(UNREAD,))

    execution = run_notebook(plan, assignment.rubric, submission, out, overrides, ours.startup())
    evidence = gather(execution)
    while more := ours.second_chance(evidence, context, overrides):
        overrides = (*overrides, *more)
        kept = (out / EXECUTED).read_bytes()
        again = run_notebook(plan, assignment.rubric, submission, out, overrides, ours.startup())
        settled = ours.settle(evidence, gather(again), more, context.broken)
        if settled is None:
            (out / EXECUTED).write_bytes(kept)
        else:
            execution, evidence = again, settled
    return execution, evidence


def run_notebook(
    plan: Plan,
    rubric: Rubric,
    submission: Submission,
    out: Path,
    overrides: tuple[Override, ...],
    startup: tuple[str, ...],
) -> Execution:
    """Run every cell in a kernel inside the sandbox.

    Raises:
        GraderError: the kernel could not be started.
    """
    from autograder.notebook import RunOptions, execute
    from autograder.notebook.progress import show_progress

    assert rubric.notebook is not None
    options = RunOptions(
        plan.mode, plan.reviews, plan.reviews_name, rubric.notebook, out, plan.tier, startup, overrides, plan.unsafe
    )
    with show_progress() if plan.progress else contextlib.nullcontext() as on_progress:
        return execute(submission, options, on_progress=on_progress)
