"""Sets up one run: the sandbox first, since its imports take longest, then the judge, then the submissions."""

from __future__ import annotations

import contextlib
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.errors import ConfigError, GraderError
from autograder.leftovers import run_folder
from autograder.preflight import MOST_NAMES, SUMMARY, names_of
from autograder.run import Run
from autograder.sandbox import Sandbox, ZygoteSandbox, open_sandbox

if TYPE_CHECKING:  # what is slow to import is imported while the sandbox starts
    from autograder.grade import Setup
    from autograder.judge.plugin import Judge
    from autograder.records import Report
    from autograder.runners.local import Job, Result

MANY = 3  # from so many submissions on, importing what only some notebooks need pays
FOR_MANY = ("matplotlib.pyplot", "IPython.core.inputtransformer2", "torch._dynamo", "sklearn.feature_extraction.text")
ENTRY = "autograder.inside.entry:serve"


def grade_paths(
    paths: Sequence[Path],
    run: Run,
    *,
    print_reports: bool = False,
    on_result: Callable[[Result], None] | None = None,
) -> list[Result]:
    """Grade every path into `run.out`/its name; `on_result` is called as each finishes.

    Raises:
        AutograderError, KeyboardInterrupt: as grade_jobs.
    """
    results: list[Result] = []

    def take(result: Result) -> None:
        results.append(result)
        if on_result is not None:
            on_result(result)

    grade_jobs(make_jobs(paths, run), run, take, print_reports=print_reports)
    return results


def grade_jobs(
    jobs: Sequence[Job],
    run: Run,
    on_result: Callable[[Result], None],
    *,
    print_reports: bool = False,
    watch: Callable[[Mapping[str, str]], None] | None = None,
) -> None:
    """Do every job; `on_result` is called as each finishes, `watch` now and then with the stages of those at work.

    Raises:
        ConfigError: the assignment's code or the machine's isolation don't allow it.
        GraderError: the sandbox or the checks could not be started.
        KeyboardInterrupt: somebody pressed Ctrl-C, or another signal ended the run (its number is the argument);
            `on_result` has been called for all that have their results.
    """
    if run.runner != "local":
        from autograder.runners.choose import open_runner

        with open_runner(run) as runner:
            runner.run(jobs, on_result, watch)
        return
    with run_folder() as folder:
        grade_here(jobs, run, folder, on_result, watch, show=show if print_reports else None)


def grade_here(
    jobs: Sequence[Job],
    run: Run,
    folder: Path,
    on_result: Callable[[Result], None],
    watch: Callable[[Mapping[str, str]], None] | None = None,
    ready: Callable[[Setup], None] = lambda setup: None,
    show: Callable[[Report], None] | None = None,
) -> None:
    """`grade_jobs` on this machine, with `folder` for the files of this run. `ready` is called once all is loaded and
    started, `show` in the workers with each report."""
    slots = None
    if "notebook" in run.steps:
        from autograder.runners.slots import slots_of

        slots = slots_of(run)
    sandbox = start_sandbox(run, len(jobs))
    from autograder.judge.session import with_checks  # pytest and hypothesis load while the sandbox starts
    from autograder.runners.choose import say
    from autograder.runners.pool import LocalRunner

    failures: list[BaseException] = []

    def body(judge: Judge) -> None:
        try:
            setup = make_setup(run, sandbox, judge, folder)
            ready(setup)
            with LocalRunner(setup, say, show, slots) as runner:
                runner.run(jobs, on_result, watch)
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  # pytest would swallow it; raised again below
            failures.append(error)

    try:
        with_checks(run.folder.checks, body, package=run.folder.package)
    finally:
        sandbox.close()
    if failures:
        raise failures[0]


def start_sandbox(run: Run, submissions: int) -> ZygoteSandbox:
    """Start it and return at once.

    Raises:
        SandboxError: the tier that was asked for can't be tried here.
    """
    preload = FOR_MANY if submissions >= MANY or run.beyond else ()
    return open_sandbox(run.rubric.limits, preload=preload, tier=run.tier, entry=ENTRY)


def make_setup(run: Run, sandbox: Sandbox, judge: Judge, folder: Path) -> Setup:
    """Load what is the same for every submission; waits until the sandbox is ready. `folder`: for files of this run.

    Raises:
        ConfigError: the assignment's code does not fit its rubric, or the machine gives too little isolation and
            `unsafe` was not said.
    """
    from autograder.assignment import load_assignment
    from autograder.grade import Setup
    from autograder.judge.rehearsal import rehearse

    assignment = load_assignment(run.folder, run.rubric)
    judge.require_items(run.rubric.items)
    if run.rubric.course is not None:
        judge.adjust(run.rubric.course)
    rehearse(judge, assignment.unknown(), run.secret)
    tier = sandbox.tier
    if not tier.safe and not run.unsafe:
        raise ConfigError(
            f"This machine gives only isolation tier {tier.number} ({tier.promise}), "
            f"since {tier.lacks or 'it was asked for'}. "
            "Nobody else's code is run on it unless you say --unsafe."
        )
    if "notebook" in run.steps:
        from autograder.whole import hooks

        run = replace(run, notebook_data=hooks(run.folder, run.steps).notebook_data(run, folder))
    return Setup(run, assignment, sandbox, judge)


def make_jobs(paths: Sequence[Path], run: Run) -> list[Job]:
    from autograder.runners.local import Job

    return [Job(path, name, run.out / name) for path, name in names_of(paths).items()]


def show(report: Report) -> None:
    from autograder.reports import terminal

    terminal.show(report)


def print_row(result: Result) -> None:
    """One line per submission; a problem may quote the student's words."""
    from autograder.reports.harmless import clean

    print(f"{result.job.name}: {clean(result.problem) if result.exit_code else result.told}", flush=True)


def summarise(results: Sequence[Result], run: Run) -> None:
    """Write OUT/summary.csv; print how many are of which kind, and the names of those that a person must look at.

    Raises:
        OSError: the table can't be written.
    """
    from autograder.runners.summary import write_summary
    from autograder.submission.limits import listed

    write_summary(results, run.rubric, run.out / SUMMARY)
    codes = Counter(result.exit_code for result in results)
    what = f"{codes[0]} graded, {codes[2]} could not be graded, the grader failed at {codes[3]}"
    print(f"{len(results)} submissions: {what}.")
    for code, head in ((2, "Could not be graded"), (3, "The grader failed at")):
        if names := sorted(result.job.name for result in results if result.exit_code == code):
            print(f"{head}: {listed(names, MOST_NAMES)}.")
    print(f"Results are in {run.out}/NAME/results.json and report.html; a table of all: {run.out}/{SUMMARY}.")


def checked_only(report: Report) -> Report:
    """Without the items that these checks are not about: what graders still have to mark is not a student's to do."""
    kept = tuple(entry for entry in report.score.items if entry.status != "pending")
    return replace(report, score=replace(report.score, items=kept))


def check_own(notebook: Path, run: Run) -> int:
    """Run the public checks on a student's own notebook in this process; the exit code as for `grade`.

    Raises:
        ConfigError: the assignment's code does not fit its rubric.
    """
    from autograder.grade import grade
    from autograder.inside.offline import prepare
    from autograder.judge.session import with_checks
    from autograder.sandbox.inprocess import InProcess
    from autograder.submission import unique_names

    prepare()
    reports: list[Report] = []

    def body(judge: Judge) -> None:
        setup = replace(make_setup(run, InProcess(), judge, Path()), apart=False)
        reports.append(grade(setup, notebook, unique_names([notebook])[notebook]))

    notebook = notebook.resolve()
    with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):  # checks write files where they run
        with_checks(run.folder.checks, body, package=run.folder.package, public_only=True)
    if not reports:
        raise GraderError("the checks ended before there was a report")
    show(checked_only(reports[0]))
    print("Points here count the public checks only; your grade may differ: grading also runs hidden ones.")
    return reports[0].exit_code
