"""The main path, from a path to a report; reads top to bottom as the list in docs/design.md."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autograder.assemble import report_of
from autograder.assignment import Assignment, Prepared
from autograder.bounded import Stages
from autograder.errors import GraderError, StageOverrun, StudentError, SubmissionError
from autograder.evidence import ReportFindings
from autograder.facts import REFUSED, Facts, FunctionFacts, ReportFacts, StudyFacts
from autograder.judge.plugin import Judge
from autograder.judge.seeds import fingerprint
from autograder.judging import Judging
from autograder.records import Item, Outcome, Report, Submission
from autograder.report_pdf.findings import findings, read_report, unread
from autograder.report_pdf.key import AnswerKey
from autograder.rubric import Rubric
from autograder.run import Run
from autograder.sandbox.protocol import Sandbox
from autograder.scoring import counts, earned
from autograder.student.proxy import Student
from autograder.submission import read_submission
from autograder.submission.limits import shown
from autograder.submission.mixup import another_assignment, later_lab, refuse_other
from autograder.whole import hooks, study


@dataclass(frozen=True)
class Setup:
    """A run, and what was loaded and started for it: the same for every submission. `apart`: the judge's own stages
    run in forks of their own. `on_stage`: is told what is being done."""

    run: Run
    assignment: Assignment
    sandbox: Sandbox
    judge: Judge
    apart: bool = True
    on_stage: Callable[[str], None] = lambda stage: None


def grade(setup: Setup, path: Path, name: str, folder: Path = Path()) -> Report:
    """Grade one submission; whatever it is, the answer is a report. `folder`: where the executed notebook goes.

    Raises:
        GraderError: the grader itself failed; no verdict about the submission is possible.
    """
    return report_of(setup.run, find_out(setup, path, folder), path, name)


def find_out(setup: Setup, path: Path, folder: Path = Path(), known: Facts | None = None) -> Facts:
    """Find out all that the run asks for and that is not known yet; units that are known come back as they are.

    Raises:
        GraderError: as grade.
    """
    started, cpu = time.perf_counter(), time.process_time()
    known, stages = known or Facts(), Stages(apart=setup.apart)
    try:
        setup.on_stage("reading")
        submission = read(stages, path, setup.run.rubric, setup.assignment.graded)
        found = find(setup, stages, submission, folder, known)
    except SubmissionError as error:
        found = Facts(functions=FunctionFacts(problem=str(error), inputs=REFUSED))
    if setup.run.key is not None and found.functions is not None and not found.functions.problem:
        report = known.report or ReportFacts(study_report(stages, submission, setup.run.key))
        found = replace(found, report=report)
    if found.functions is not known.functions and found.functions is not None and not found.functions.problem:
        apart = sum(found.seconds.get(name, 0.0) for name in ("notebook", "accuracy"))
        seconds = {
            **found.functions.seconds,
            "judge_cpu": time.process_time() - cpu + stages.cpu_seconds,
            "total": time.perf_counter() - started - apart,
        }
        found = replace(found, functions=replace(found.functions, seconds=seconds))
    return replace(found, **stamp(setup))


def stamp(setup: Setup) -> dict[str, Any]:
    """What a grading says of itself: where and when it was made, and from which secret."""
    tier = setup.sandbox.tier
    return {
        "tier": f"{tier.name}: {tier.promise}",
        "tier_number": tier.number,
        "seed": fingerprint(setup.run.secret),
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def read(stages: Stages, path: Path, rubric: Rubric, graded: Collection[str]) -> Submission:
    """Read the hand-in, and tell whether it looks like another assignment's. `graded`: names, as in Assignment.

    Raises:
        SubmissionError: nothing can be graded, or reading it takes more than any honest hand-in does.
    """
    asked = rubric.assignment

    def work() -> Submission:
        found = read_submission(path, expected=asked.notebook, also=asked.also, names=asked.defines)
        refuse_other(found, rubric, graded)
        odd = (*another_assignment(found.cells, asked), *later_lab(found, rubric))
        return replace(found, remarks=(*found.remarks, *odd))

    try:
        return stages.run("read", work)
    except StageOverrun as error:
        raise SubmissionError(
            f"{shown(path.name)} takes too much time or memory to be read; clear the outputs of the notebook, leave "
            "data out, and hand in again."
        ) from error


def study_report(stages: Stages, submission: Submission, key: AnswerKey) -> ReportFindings:
    """What the report says. Its bytes are parsed in a process of its own, its text is read in another."""
    pdf = read_report(submission)
    try:
        return stages.run("report", lambda: findings(submission, key, pdf))
    except StageOverrun:
        return unread(submission)


@dataclass(frozen=True)
class Judged:
    """What the checks of functions said, and the student whom they were about."""

    student: Student
    prepared: Prepared
    versions: dict[str, str]
    outcomes: list[Outcome]
    substitutes: Mapping[str, tuple[str, ...]]
    seconds: dict[str, float]


def find(setup: Setup, stages: Stages, submission: Submission, folder: Path, known: Facts) -> Facts:
    """Load the notebook and run the checks, item by item, each on correct upstream parts; then run the notebook and
    train its models, as far as the steps say.

    Where a later step has to be done, the checks of functions run even if what they say is known: it builds on what
    they learn.

    Raises:
        SubmissionError: the notebook uses up its time before anything can be judged.
        GraderError: no student process could be started, or the notebook's run could not.
    """
    judged = judge_functions_safely(setup, submission)
    student, prepared, outcomes = judged.student, judged.prepared, judged.outcomes
    nothing, broken = hopeless(setup, outcomes), tuple(sorted(prepared.context.broken))
    inputs = inputs_of(nothing, broken)
    beyond = Facts()
    if setup.run.beyond:
        beyond = find_beyond(setup, stages, submission, student, prepared, nothing, inputs, folder, known)
    asked = "functions" in setup.run.steps
    functions = FunctionFacts(
        notebook=submission.notebook,
        places=submission.places(),
        cells=tuple(student.reports[number] for number in sorted(student.reports)),
        remarks=submission.remarks + prepared.remarks,
        output=student.used.output,
        versions=judged.versions,
        outcomes=setup.judge.as_declared(outcomes if asked else []),
        substitutes=judged.substitutes if asked else {},
        excused=prepared.excused,
        broken=broken,
        inputs=inputs,
        seconds={**judged.seconds, "student_cpu": student.used.cpu_seconds},
        peak_memory_mb=student.used.peak_memory_mb,
    )
    return replace(beyond, functions=known.functions or functions)


def judge_functions_safely(setup: Setup, submission: Submission) -> Judged:
    """As judge_functions; and where a process was killed and nobody can tell by whom, perhaps from outside, that says
    nothing about the submission: it is judged once more. If it happens again, it is the submission's doing.

    Raises:
        SubmissionError, GraderError: as judge_functions.
    """
    limits = setup.run.rubric.limits
    student = Student(setup.sandbox, submission.cells, limits)
    try:
        judged = judge_functions(setup, submission, student)
        if not student.used.killed:
            return judged
    except SubmissionError:
        if not student.used.killed:
            raise
    return judge_functions(setup, submission, Student(setup.sandbox, submission.cells, limits))


def judge_functions(setup: Setup, submission: Submission, student: Student) -> Judged:
    """Load the notebook and run the checks of its functions.

    Raises:
        SubmissionError: the notebook uses up its time before anything can be judged.
        GraderError: no student process could be started.
    """
    started = time.perf_counter()
    setup.on_stage("functions")
    try:
        student.load()
        prepared = setup.assignment.prepare(student, submission)
        versions = versions_of(student)
        loaded = time.perf_counter()
        outcomes, substitutes = judge_items(setup, student, prepared, items_of(setup, {"functions"}))
    except StudentError as error:
        raise SubmissionError(f"{submission.notebook} can't be judged: {error}.") from error
    finally:
        student.close()
    seconds = {"load": loaded - started, "checks": time.perf_counter() - loaded}
    return Judged(student, prepared, versions, outcomes, substitutes, seconds)


def find_beyond(
    setup: Setup,
    stages: Stages,
    submission: Submission,
    student: Student,
    prepared: Prepared,
    nothing: Collection[str],
    inputs: str,
    folder: Path,
    known: Facts,
) -> Facts:
    """The steps beyond functions, and what their checks say. `nothing`: items that earned nothing.

    Raises:
        GraderError: the kernel or a student process could not be started.
    """
    setup.on_stage(" and ".join(sorted(setup.run.beyond)))
    context = prepared.context
    ours = {
        unit: fact
        for unit in ("notebook", "accuracy")
        if unit in setup.run.steps and (fact := getattr(known, unit)) is not None and fact.inputs == inputs
    }
    items = items_of(setup, setup.run.beyond)
    ahead = hooks(setup.run.folder, setup.run.steps).AHEAD if "notebook" in setup.run.steps else ()
    before = judge_study(setup, student, prepared, [item for item in items if item.id in ahead])
    notebook, accuracy = study(
        setup.run, stages, submission, student, context, nothing, folder, ours.get("notebook"), ours.get("accuracy")
    )
    after = judge_study(setup, student, prepared, [item for item in items if item.id not in ahead])
    return Facts(
        notebook=notebook if notebook is None else replace(notebook, inputs=inputs),
        accuracy=accuracy if accuracy is None else replace(accuracy, inputs=inputs),
        study=StudyFacts(setup.judge.as_declared(before + after), inputs=inputs),
    )


def inputs_of(nothing: Collection[str], broken: Collection[str]) -> str:
    """What the steps beyond functions depend on besides the submission: the reference's parts stand in for the items
    that earned nothing, and for those that are broken in some of them."""
    return f"without {', '.join(sorted(nothing)) or 'nothing'}; broken {', '.join(sorted(broken)) or 'nothing'}"


def hopeless(setup: Setup, outcomes: Sequence[Outcome]) -> set[str]:
    """The items that earned nothing."""
    rubric = setup.run.rubric
    found = {item: [o for o in outcomes if o.item == item] for item in {o.item for o in outcomes}}
    lost = {item for item, own in found.items() if any(o.status == "failed" and counts(o) for o in own)}
    return {item for item in lost if earned(rubric.item(item), found[item], rubric.rules.step) == 0}


def items_of(setup: Setup, steps: Collection[str]) -> list[Item]:
    return [item for item in setup.run.rubric.items if item.step in steps]


def judge_study(setup: Setup, student: Student, prepared: Prepared, items: Sequence[Item]) -> list[Outcome]:
    """The checks of what the whole notebook showed, in a process with its own time."""
    other = student.anew()
    try:
        return judge_items(setup, other, prepared, items)[0]
    finally:
        student.close_other(other)


def versions_of(student: Student) -> dict[str, str]:
    """Only for the report: a submission that prevents it loses nothing but that."""
    student.begin_check()
    try:
        return student.versions()
    except StudentError:
        return {}


def judge_items(
    setup: Setup, student: Student, prepared: Prepared, items: Sequence[Item]
) -> tuple[list[Outcome], dict[str, tuple[str, ...]]]:
    """The checks of these items; see judging.py."""
    return Judging(setup.assignment, setup.judge, setup.run.secret, student, prepared).run(items)


def failed_facts(setup: Setup, error: BaseException) -> Facts:
    """Of a submission at which the grader itself failed: no score, never a zero."""
    kind = "" if isinstance(error, GraderError) else f"{type(error).__name__}: "
    return Facts(failure=f"{kind}{error}", **stamp(setup))


def failed_report(setup: Setup, path: Path, name: str, error: BaseException) -> Report:
    """The report of such a submission."""
    return report_of(setup.run, failed_facts(setup, error), path, name)
