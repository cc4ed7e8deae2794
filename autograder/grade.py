"""The main path, from a path to a report; reads top to bottom as the list in docs/design.md."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from autograder import __version__
from autograder.assignment import Assignment, Prepared
from autograder.bounded import Stages
from autograder.errors import GraderError, StageOverrun, StudentError, SubmissionError
from autograder.evidence import ReportFindings
from autograder.judge.plugin import Judge
from autograder.judge.seeds import seed_of
from autograder.judging import Judging
from autograder.records import Item, Outcome, Report, Score, Submission
from autograder.report_pdf.findings import findings, read_report, unread
from autograder.report_pdf.key import AnswerKey
from autograder.rubric import Rubric
from autograder.run import Run
from autograder.sandbox.protocol import Sandbox
from autograder.scoring import counts, earned, score
from autograder.student.proxy import Student
from autograder.submission import read_submission
from autograder.submission.limits import shown
from autograder.submission.mixup import another_assignment, later_lab, refuse_other
from autograder.whole import Whole, hooks, study


@dataclass(frozen=True)
class Setup:
    """A run, and what was loaded and started for it: the same for every submission. `apart`: the judge's own stages
    run in forks of their own."""

    run: Run
    assignment: Assignment
    sandbox: Sandbox
    judge: Judge
    apart: bool = True


@dataclass(frozen=True)
class Findings:
    """What the student process, the checks and the notebook's run said of one submission."""

    outcomes: tuple[Outcome, ...]
    prepared: Prepared
    substitutes: Mapping[str, tuple[str, ...]]
    student: Student
    versions: Mapping[str, str]
    seconds: Mapping[str, float]
    whole: Whole


def grade(setup: Setup, path: Path, name: str, folder: Path = Path()) -> Report:
    """Grade one submission; whatever it is, the answer is a report. `folder`: where the executed notebook goes.

    Raises:
        GraderError: the grader itself failed; no verdict about the submission is possible.
    """
    started, cpu = time.perf_counter(), time.process_time()
    blank, stages = blank_report(setup, path, name), Stages(apart=setup.apart)
    try:
        submission = read(stages, path, setup.run.rubric, setup.assignment.graded)
        found = find(setup, stages, submission, folder)
    except SubmissionError as error:
        return replace(blank, problem=str(error))
    own = setup.run.marks.marks_for(name)
    result = score(
        setup.run.rubric,
        found.outcomes,
        substitutes=found.substitutes,
        excused=found.prepared.excused,
        marks=own.marks,
        broken_rule=own.broken_rule,
    )
    student, report = found.student, None if setup.run.key is None else study_report(stages, submission, setup.run.key)
    seconds = {
        **found.seconds,
        "judge_cpu": time.process_time() - cpu + stages.cpu_seconds,
        "student_cpu": student.used.cpu_seconds,
        "total": time.perf_counter() - started,
    }
    return replace(
        blank,
        notebook=submission.notebook,
        places=submission.places(),
        score=result,
        versions={"autograder": __version__, **found.versions},
        cells=tuple(student.reports[number] for number in sorted(student.reports)),
        remarks=submission.remarks + found.prepared.remarks,
        output=student.used.output,
        seconds=seconds,
        peak_memory_mb=student.used.peak_memory_mb,
        execution=found.whole.execution,
        evidence=found.whole.evidence,
        accuracy=found.whole.accuracy,
        findings=report,
    )


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


def find(setup: Setup, stages: Stages, submission: Submission, folder: Path) -> Findings:
    """Load the notebook and run the checks, item by item, each on correct upstream parts; then run the notebook and
    train its models, as far as the steps say.

    Raises:
        SubmissionError: the notebook uses up its time before anything can be judged.
        GraderError: no student process could be started, or the notebook's run could not.
    """
    started = time.perf_counter()
    student = Student(setup.sandbox, submission.cells, setup.run.rubric.limits)
    try:
        student.load()
        prepared = setup.assignment.prepare(student, submission)
        versions = versions_of(student)
        loaded = time.perf_counter()
        judged = judge_items(setup, student, prepared, items_of(setup, {"functions"}))
    except StudentError as error:
        raise SubmissionError(f"{submission.notebook} can't be judged: {error}.") from error
    finally:
        student.close()
    seconds = {"load": loaded - started, "checks": time.perf_counter() - loaded}
    outcomes, substitutes = judged if "functions" in setup.run.steps else ([], {})
    whole = Whole()
    if setup.run.beyond:
        nothing, context = hopeless(setup, judged[0]), prepared.context
        items = items_of(setup, setup.run.beyond)
        ahead = hooks(setup.run.folder).AHEAD
        outcomes = outcomes + judge_study(setup, student, prepared, [i for i in items if i.id in ahead])
        whole = study(setup.run, stages, submission, student, context, nothing, folder)
        outcomes = outcomes + judge_study(setup, student, prepared, [i for i in items if i.id not in ahead])
        seconds |= whole.seconds
    return Findings(tuple(outcomes), prepared, substitutes, student, versions, seconds, whole)


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


def blank_report(setup: Setup, path: Path, name: str) -> Report:
    """A report of a submission about which nothing is known yet."""
    rubric, own = setup.run.rubric, setup.run.marks.marks_for(name)
    return Report(
        assignment=rubric.assignment.name,
        title=rubric.assignment.title,
        submission=name,
        source=str(path),
        notebook="",
        rubric=str(rubric.course or ""),
        bar=accuracy.bar if (accuracy := rubric.metrics.get("accuracy")) else None,
        score=score(rubric, [], marks=own.marks, broken_rule=own.broken_rule),
        tier=f"{setup.sandbox.tier.name}: {setup.sandbox.tier.promise}",
        tier_number=setup.sandbox.tier.number,
        seed=f"{seed_of(setup.run.secret, 'fingerprint') & 0xFFFFFFFF:08x}",
        versions={"autograder": __version__},
        started=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def failed_report(setup: Setup, path: Path, name: str, error: BaseException) -> Report:
    """The report of a submission at which the grader itself failed: no score, never a zero."""
    kind = "" if isinstance(error, GraderError) else f"{type(error).__name__}: "
    blank = blank_report(setup, path, name)
    empty = Score(blank.score.items, None, blank.score.maximum)
    return replace(blank, score=empty, failure=f"{kind}{error}")
