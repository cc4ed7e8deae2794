"""Sets up one run: the sandbox first, since its imports take longest, then the judge, then the submissions."""

from __future__ import annotations

import contextlib
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.errors import ConfigError, GraderError
from autograder.leftovers import run_folder
from autograder.preflight import (
    MOST_NAMES,
    SUMMARY,
    Options,
    asked_steps,
    check_options,
    course_of,
    load_rubric_of,
    names_of,
)
from autograder.rubric import FOLDER, require
from autograder.sandbox import Sandbox, ZygoteSandbox, open_sandbox

if TYPE_CHECKING:  # what is slow to import is imported while the sandbox starts
    from autograder.grade import Setup
    from autograder.judge.plugin import Judge
    from autograder.records import Report
    from autograder.runners.local import Job, Result
    from autograder.whole import Plan

MANY = 3  # from so many submissions on, importing what only some notebooks need pays
FOR_MANY = ("matplotlib.pyplot", "IPython.core.inputtransformer2", "torch._dynamo", "sklearn.feature_extraction.text")
SMOKE_REVIEWS = 240
ENTRY = "autograder.inside.entry:serve"


def grade_paths(
    paths: Sequence[Path],
    options: Options,
    *,
    print_reports: bool = False,
    on_result: Callable[[Result], None] | None = None,
) -> list[Result]:
    """Grade every path into `options.out`/its name; `on_result` is called as each finishes.

    Raises:
        ConfigError: the assignment, the marks or the machine's isolation don't allow it.
        GraderError: the sandbox or the checks could not be started.
        KeyboardInterrupt: somebody pressed Ctrl-C, or another signal ended the run (its number is the argument);
            `on_result` has been called for all that have their results.
    """
    with run_folder() as folder:
        return _grade_paths(paths, options, folder, print_reports, on_result)


def _grade_paths(
    paths: Sequence[Path],
    options: Options,
    folder: Path,
    print_reports: bool,
    on_result: Callable[[Result], None] | None,
) -> list[Result]:
    """`grade_paths` with `folder` for the files of this run."""
    sandbox = start_sandbox(options, len(paths))
    from autograder.judge.session import with_checks  # pytest and hypothesis load while the sandbox starts
    from autograder.runners.local import run_jobs

    results: list[Result] = []
    failures: list[BaseException] = []

    def body(judge: Judge) -> None:
        try:
            setup = make_setup(options, sandbox, judge, folder)
            for result in run_jobs(setup, make_jobs(paths, options), options.jobs, show if print_reports else None):
                results.append(result)
                if on_result is not None:
                    on_result(result)
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  # pytest would swallow it; raised again below
            failures.append(error)

    try:
        with_checks(FOLDER / options.assignment / "checks", body)
    finally:
        sandbox.close()
    if failures:
        raise failures[0]
    return results


def start_sandbox(options: Options, submissions: int) -> ZygoteSandbox:
    """Start it and return at once.

    Raises:
        ConfigError: there is no such assignment, its rubric is wrong, or the options contradict each other or it.
        SandboxError: the tier that was asked for can't be tried here.
    """
    rubric = load_rubric_of(options)
    check_options(options, rubric)
    limits = rubric.limits
    preload = FOR_MANY if submissions >= MANY or asked_steps(options, rubric) - {"functions"} else ()
    return open_sandbox(limits, preload=preload, tier=options.tier, entry=ENTRY)


def make_setup(options: Options, sandbox: Sandbox, judge: Judge, folder: Path) -> Setup:
    """What is the same for every submission; waits until the sandbox is ready. `folder`: for files of this run.

    Raises:
        ConfigError: the marks are wrong, or the machine gives too little isolation and `unsafe` was not said.
    """
    from autograder.assignment import load_assignment
    from autograder.grade import Setup
    from autograder.judge.rehearsal import rehearse
    from autograder.judge.seeds import secret
    from autograder.marks import Marks, load_marks
    from autograder.report_pdf.key import load_key

    assignment = load_assignment(options.assignment, course_of(options))
    if assignment.rubric.course is not None:
        judge.adjust(assignment.rubric.course)
    rehearse(judge, assignment.unknown(), secret())
    marks = load_marks(options.marks, assignment.rubric) if options.marks else Marks()
    tier = sandbox.tier
    if not tier.safe and not options.unsafe:
        raise ConfigError(
            f"This machine gives only isolation tier {tier.number} ({tier.promise}), "
            f"since {tier.lacks or 'it was asked for'}. "
            "Nobody else's code is run on it unless you say --unsafe."
        )
    steps = asked_steps(options, assignment.rubric)
    plan = make_plan(options, folder) if steps - {"functions"} else None
    key = load_key(FOLDER / options.assignment / "answers.toml", assignment.rubric)
    return Setup(assignment, sandbox, judge, secret(), marks, steps, plan, key if plan and key.questions else None)


def make_plan(options: Options, folder: Path) -> Plan:
    """How notebooks are run. Without real reviews, or with them but without a GPU, on a few made-up ones."""
    from autograder.judge.seeds import secret
    from autograder.kit.text_classification.made_up import write_csv
    from autograder.kit.text_classification.reviews_file import layout, write_plain
    from autograder.notebook.gpu import find_gpus
    from autograder.whole import Plan

    mode = options.mode
    if mode == "auto":
        mode = "full" if options.data is not None and find_gpus() else "smoke"
    reviews, name = options.data, "synthetic"
    if mode == "smoke" or reviews is None:
        reviews = folder / "IMDBDataset.csv"
        write_csv(reviews, SMOKE_REVIEWS, seed=5)
    else:
        name = reviews.name
        if not layout(reviews).plain:
            reviews = folder / "IMDBDataset.csv"
            write_plain(options.data or reviews, reviews)
    return Plan(
        "full" if mode == "full" else "smoke",
        reviews.resolve(),
        name,
        options.data,
        "published" if options.recipe == "published" else "fast",
        secret(),
        options.tier,
        progress=options.jobs == 1,
        unsafe=options.unsafe,
    )


def make_jobs(paths: Sequence[Path], options: Options) -> list[Job]:
    from autograder.runners.local import Job

    return [Job(path, name, options.out / name) for path, name in names_of(paths).items()]


def show(report: Report) -> None:
    from autograder.reports import terminal

    terminal.show(report)


def print_row(result: Result) -> None:
    """One line per submission; a problem may quote the student's words."""
    from autograder.reports.view import clean

    print(f"{result.job.name}: {clean(result.problem) if result.exit_code else result.told}", flush=True)


def summarise(results: Sequence[Result], options: Options) -> None:
    """Write OUT/summary.csv; print how many are of which kind, and the names of those that a person must look at.

    Raises:
        OSError: the table can't be written.
    """
    from autograder.runners.summary import write_summary
    from autograder.submission.limits import listed

    rubric = load_rubric_of(options)
    write_summary(results, rubric, options.out / SUMMARY)
    codes = Counter(result.exit_code for result in results)
    what = f"{codes[0]} graded, {codes[2]} could not be graded, the grader failed at {codes[3]}"
    print(f"{len(results)} submissions: {what}.")
    for code, head in ((2, "Could not be graded"), (3, "The grader failed at")):
        if names := sorted(result.job.name for result in results if result.exit_code == code):
            print(f"{head}: {listed(names, MOST_NAMES)}.")
    print(f"Results are in {options.out}/NAME/results.json and report.html; a table of all: {options.out}/{SUMMARY}.")


def checked_only(report: Report) -> Report:
    """Without the items that these checks are not about: what graders still have to mark is not a student's to do."""
    kept = tuple(entry for entry in report.score.items if entry.status != "pending")
    return replace(report, score=replace(report.score, items=kept))


def check_own(notebook: Path, assignment: str) -> int:
    """Public checks on a student's own notebook in this process; the exit code as for `grade`.

    Raises:
        ConfigError: there is no such assignment.
    """
    from autograder.grade import grade
    from autograder.inside.offline import prepare
    from autograder.judge.session import with_checks
    from autograder.sandbox.inprocess import InProcess
    from autograder.submission import unique_names

    require(assignment)
    prepare()
    reports: list[Report] = []

    def body(judge: Judge) -> None:
        options = Options(assignment, Path(), unsafe=True, only="functions")
        setup = replace(make_setup(options, InProcess(), judge, Path()), apart=False)
        reports.append(grade(setup, notebook, unique_names([notebook])[notebook]))

    notebook = notebook.resolve()
    with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):  # checks write files where they run
        with_checks(FOLDER / assignment / "checks", body, public_only=True)
    if not reports:
        raise GraderError("the checks ended before there was a report")
    show(checked_only(reports[0]))
    print("Points here count the public checks only; your grade may differ: grading also runs hidden ones.")
    return reports[0].exit_code
