"""The steps beyond single functions: run the whole notebook, gather its evidence, train its models.

The notebook's run happens in a sandbox of its own (autograder/notebook); what it prints is evidence, never a verdict.
Models are trained by the judge's recipe (autograder/kit/training) and scored on labels that no student process sees.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, cast

from autograder.bounded import Stages
from autograder.errors import ConfigError, StageOverrun
from autograder.evidence import ClassVerdict, Evidence, Execution
from autograder.facts import AccuracyFacts, NotebookFacts
from autograder.folder import Folder
from autograder.records import Submission
from autograder.run import Run
from autograder.student.proxy import Override, Student

EXECUTED = "executed.ipynb"
MOST_RUNS = 3  # the first, and after it one with functions and classes, one with the driver of the reference
ACCURACY_SECONDS = 3600.0  # every attempt of both classes, each of them slow
MOST_TRAININGS = 12  # of the submission's own, where it makes them: two parts, three seeds, wall clock beyond CPU time
UNREAD = "What the notebook printed took too much time or memory to be read; a person must look at its trainings."
START_SECONDS = 600.0  # of one run: its kernel is started, six times at worst, and ended


class Hooks(Protocol):
    """What an assignment with trainings adds: its module `whole`. One whose items need no run of the whole notebook has
    `check_data` and `verify` alone."""

    AHEAD: tuple[str, ...]  # items of the notebook's step whose checks need no run: judged before it

    def check_data(self, path: Path) -> None:
        """Check the real data that somebody named with --data.

        Raises:
            ConfigError: it is none that this assignment can use.
        """
        ...

    def notebook_data(self, run: Run, folder: Path) -> Path | None:
        """Return the file that notebooks are given, made in `folder` where there is none that they can read; None for
        an assignment whose notebooks read none.

        Raises:
            ConfigError: the real data can't be read.
        """
        ...

    def startup(self) -> tuple[str, ...]:
        """Source texts that run in the kernel before the first cell; `__autograder_data__` there is the path of the
        notebook's data, or None."""
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

    def gather(self, submission: Submission, execution: Execution, run: Run, context: Any) -> Evidence:
        """What the run and the submission's own text and stored outputs show."""
        ...

    def verify(self, run: Run, student: Student, context: Any) -> tuple[ClassVerdict, ...]:
        """Train the submission's model classes and score them. Uses processes of its own.

        Raises:
            GraderError: a student process could not be started.
        """
        ...


HOOKS = tuple(sorted(name for name in (*Hooks.__annotations__, *vars(Hooks)) if not name.startswith("_")))
OF_TRAININGS = ("check_data", "verify")  # what an assignment needs whose notebooks are not run


def hooks(folder: Folder, steps: Collection[str] = ("notebook", "accuracy")) -> Hooks:
    """Import those for these steps; only where the steps are done: their libraries take time.

    Raises:
        ConfigError: whole.py lacks one of them.
    """
    found: Any = folder.module("whole")
    if lacks := [name for name in (HOOKS if "notebook" in steps else OF_TRAININGS) if not hasattr(found, name)]:
        raise ConfigError(f"{folder.whole} lacks {', '.join(lacks)}.")
    return cast(Hooks, found)


def longest(run: Run) -> float:
    """Return the seconds of wall clock after which something must have gone wrong with these steps."""
    own = MOST_TRAININGS * run.rubric.limits.training_seconds if "notebook" not in run.steps else 0.0
    return MOST_RUNS * (run.notebook_seconds + START_SECONDS) + max(ACCURACY_SECONDS, own)


def study(
    run: Run,
    stages: Stages,
    submission: Submission,
    student: Student,
    context: Any,
    hopeless: Collection[str],
    out: Path,
    ran: NotebookFacts | None = None,
    trained: AccuracyFacts | None = None,
) -> tuple[NotebookFacts | None, AccuracyFacts | None]:
    """Do the run's steps beyond single functions, but for what is known of them (`ran`, `trained`), and tell the
    checks' context what came of them.

    `student`: the submission as it was judged function by function; its overrides stand in here too, and so do the
    reference's parts for what is broken, so that no mistake is charged twice. `hopeless`: items that earned nothing.
    `out`: the folder for executed.ipynb.

    Raises:
        GraderError: the kernel or a student process could not be started.
    """
    ours = hooks(run.folder, run.steps)
    context.hopeless = set(hopeless)
    if "notebook" in run.steps:
        if ran is None:
            started = time.perf_counter()
            stand_ins = ours.replacements(hopeless, context)
            overrides = (*student.overrides, *stand_ins)
            execution, evidence = run_and_gather(run, stages, submission, context, overrides, out)
            evidence = replace(evidence, remarks=(*_told(stand_ins), *evidence.remarks))
            ran = NotebookFacts(execution, evidence, {"notebook": time.perf_counter() - started})
        context.evidence = ran.evidence
    if "accuracy" in run.steps:
        if trained is None:
            started = time.perf_counter()
            verdicts = ours.verify(run, student, context)
            trained = AccuracyFacts(verdicts, {"accuracy": time.perf_counter() - started})
        context.accuracy = {verdict.name: verdict for verdict in trained.verdicts}
    return ran, trained


def _told(stand_ins: Collection[Override]) -> tuple[str, ...]:
    """That the run was not made with the notebook's own parts alone."""
    names = " and ".join(name for override in stand_ins for name in override.names)
    return (f"The notebook ran with the reference's {names}: its own lost points above.",) if names else ()


def run_and_gather(
    run: Run,
    stages: Stages,
    submission: Submission,
    context: Any,
    overrides: tuple[Override, ...],
    out: Path,
) -> tuple[Execution, Evidence]:
    """Run the notebook, and again with more of the reference's parts where its trainings failed; what counts.

    Raises:
        GraderError: the kernel could not be started.
    """
    ours = hooks(run.folder, run.steps)

    def gather(execution: Execution) -> Evidence:
        try:
            return stages.run("evidence", lambda: ours.gather(submission, execution, run, context))
        except StageOverrun:
            return Evidence(unread=UNREAD, remarks=(UNREAD,))

    execution = run_notebook(run, submission, out, overrides, ours.startup())
    evidence = gather(execution)
    while more := ours.second_chance(evidence, context, overrides):
        overrides = (*overrides, *more)
        kept = (out / EXECUTED).read_bytes()
        again = run_notebook(run, submission, out, overrides, ours.startup())
        settled = ours.settle(evidence, gather(again), more, context.broken)
        if settled is None:
            (out / EXECUTED).write_bytes(kept)
        else:
            execution, evidence = again, settled
    return execution, evidence


def run_notebook(
    run: Run, submission: Submission, out: Path, overrides: tuple[Override, ...], startup: tuple[str, ...]
) -> Execution:
    """Run every cell in a kernel inside the sandbox; tell what it is doing where no other submission is graded.

    Raises:
        GraderError: the kernel could not be started.
        OutOfGpuMemory: it ran out of the memory of a card that it shares.
    """
    from autograder.notebook import execute
    from autograder.notebook.progress import show_progress

    alone = run.jobs == 1 and (run.slot is None or run.slot.share == 1)
    with show_progress() if alone else contextlib.nullcontext() as on_progress:
        return execute(submission, run, out, startup=startup, overrides=overrides, on_progress=on_progress)
