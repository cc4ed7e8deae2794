"""Grades a class: what is known already is used again, what is new is graded, and everything is kept as it comes.

Read top to bottom in `grade_class`. The main process alone writes the gradebook; a submission's facts and points go
there in one transaction as soon as its results are written, so that whatever ends the run loses only what was in work.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from autograder import __version__
from autograder.assemble import report_of
from autograder.facts import Facts, FunctionFacts, Unit
from autograder.gradebook.keys import Key, content_hash, keys_of, presentation, shared_parts
from autograder.gradebook.snapshot import Snapshot, take_snapshot
from autograder.gradebook.store import Gradebook, submission_row
from autograder.grades import HandIn
from autograder.lateness import Lateness
from autograder.records import Report
from autograder.run import Run
from autograder.runners.local import Job, Result, fallen_items, row_of, write

RESULTS = "results.json"
UNCHANGED = ("assignment", "name", "content", "platform", "key", "handed_in", "late", "owners", "refused")


@dataclass(frozen=True)
class Wish:
    """What somebody asked of a class run. `force`: grade again what is known; `allow_lower`: published points may
    fall; `preview`: nothing is written but facts; `item`: what a preview is about, or the beginning of several."""

    force: bool = False
    allow_lower: bool = False
    preview: bool = False
    item: str = ""


@dataclass(frozen=True)
class Plan:
    """What is to be done about one hand-in. `known`: units that are there, by number; `inputs`: what its points depend
    on once all units are."""

    hand_in: HandIn
    submission: int
    keys: Mapping[Unit, Key]
    known: dict[Unit, int]
    late: Lateness

    refused: bool = False  # by what is known of it

    @property
    def complete(self) -> bool:
        """Whether nothing needs to run."""
        return bool(self.hand_in.refused) or self.refused or set(self.known) == set(self.keys)


@dataclass(frozen=True)
class Done:
    """How one submission came out. `how`: `cached` (nothing had to be done), `rescored` (points, not facts, were made
    anew), `graded`, or `held` (published points would have fallen: `result.fallen`)."""

    how: str
    result: Result


@dataclass
class ClassRun:
    """A run over a class, with its gradebook open. `number`: of the run there."""

    run: Run
    book: Gradebook
    number: int
    wish: Wish
    snapshot: Snapshot
    lates: Mapping[str, Lateness] = field(default_factory=dict)
    held: dict[str, tuple[str, ...]] = field(default_factory=dict)  # items that would fall, by hand-in
    presentation: str = field(default_factory=presentation)

    def plan(self, hand_ins: Sequence[HandIn]) -> list[Plan]:
        """What is to be done about each; hand-ins that are new, or have changed, are noted in the gradebook.

        Raises:
            ConfigError: a hand-in or the data can't be read, or the gradebook can't be written.
        """
        shared = shared_parts(self.run)
        found = []
        for hand_in in hand_ins:
            content = content_hash(hand_in.path) if hand_in.path.exists() else ""
            keys = {} if hand_in.refused else keys_of(content, shared)
            known = {} if self.wish.force else self.snapshot.known(keys)
            refused = self.snapshot.refuses(known, keys)
            found.append(Plan(hand_in, self._submission(hand_in, content), keys, known, self.late(hand_in), refused))
        return found

    def late(self, hand_in: HandIn) -> Lateness:
        """What follows from its time."""
        return self.lates.get(hand_in.name, Lateness())

    def _submission(self, hand_in: HandIn, content: str) -> int:
        """Its number in the gradebook."""
        row = submission_row(self.run.rubric.assignment.name, hand_in, content)
        there = self.snapshot.submissions.get(hand_in.name)
        if there is not None and all(_same(getattr(there, name), row[name]) for name in UNCHANGED):
            return there.id
        return self.book.add_submission(self.number, self.run.rubric.assignment.name, hand_in, content)

    def settle(self, plan: Plan) -> Done | None:
        """Do what can be done without running anything; None where the submission must be graded.

        Raises:
            ConfigError: the gradebook can't be read or written.
            OSError: the results can't be written.
        """
        if not plan.complete:
            return None
        hand_in, folder = plan.hand_in, self.run.out / plan.hand_in.name
        inputs, there = self.inputs(plan, plan.known), self.snapshot.scorings.get(hand_in.name)
        if there is not None and there.row.inputs == inputs and (folder / RESULTS).is_file():
            row = there.row
            result = Result(
                Job(hand_in.path, hand_in.name, folder), row.exit_code, row.total, "", row.problem, 0.0, row.maximum,
                there.pending, there.scores,
            )  # fmt: skip
            return Done("cached", result)
        if hand_in.refused:
            facts = Facts(functions=FunctionFacts(problem=hand_in.refused))
        else:
            facts = self.book.facts_of(plan.known)
        report = report_of(self.run, facts, hand_in.path, hand_in.name, plan.late)
        job = self.job(plan)
        fallen = fallen_items(report, job.floor)
        if not fallen and not self.wish.preview:
            report = write(self.run, report, folder)
        result = Result(job=job, seconds=0.0, facts=facts, fallen=fallen, **row_of(report))
        return self.keep(plan, report, result, "rescored", dict(plan.known))

    def job(self, plan: Plan) -> Job:
        """The work on a hand-in that is left to do."""
        hand_in, known = plan.hand_in, None
        if plan.known and not plan.complete:
            known = self.book.facts_of(plan.known)
        published = self.snapshot.published.get(hand_in.name)
        floor = {} if published is None or self.wish.allow_lower else published.scores
        return Job(
            hand_in.path,
            hand_in.name,
            self.run.out / hand_in.name,
            known,
            floor,
            plan.late,
            write=not self.wish.preview,
        )

    def take(self, plan: Plan, result: Result) -> Done:
        """Keep what a worker found out.

        Raises:
            ConfigError: the gradebook can't be written.
        """
        facts = result.facts or Facts(failure=result.problem)
        report = report_of(self.run, facts, plan.hand_in.path, plan.hand_in.name, plan.late)
        return self.keep(plan, report, result, "graded", None)

    def keep(self, plan: Plan, report: Report, result: Result, how: str, ids: dict[Unit, int] | None) -> Done:
        """Add facts, where `ids` doesn't say that they are there, and points, in one transaction."""
        name = self.run.rubric.assignment.name
        with self.book.writing() as connection:
            if ids is None:
                facts = result.facts or Facts()
                new = {u: key for u, key in plan.keys.items() if not self._same_unit(plan, facts, u)}
                ids = plan.known | self.book.add_facts(connection, self.number, name, report.submission, new, facts)
            whole = set(ids) == set(plan.keys) or report.problem
            inputs = self.inputs(plan, ids) if whole else ""
            held = bool(result.fallen)
            if self.wish.preview:
                return Done("preview", result)
            if held:
                self.held[report.submission] = result.fallen
            marks = self.run.marks.marks_for(report.submission).marks
            self.book.add_scoring(
                connection, self.number, plan.submission, inputs, sorted(ids.values()), report, marks, held=held
            )
        return Done("held" if held else how, result)

    def _same_unit(self, plan: Plan, facts: Facts, unit: Unit) -> bool:
        """Whether a unit came back as it was known. The worker keeps those beyond functions only where they fit."""
        if unit not in plan.known:
            return False
        fact = getattr(facts, unit)
        return unit in ("functions", "report") or fact is None or fact == getattr(self.book.facts_of(plan.known), unit)

    def inputs(self, plan: Plan, ids: Mapping[Unit, int]) -> str:
        """What the points of a submission depend on."""
        own = self.run.marks.marks_for(plan.hand_in.name)
        told = [
            sorted(ids.values()), plan.hand_in.refused, str(self.run.rubric.course or ""), self._rubric, str(own),
            str(plan.late), __version__, self.presentation, plan.hand_in.name,
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:24]

    @property
    def _rubric(self) -> str:
        rubric = self.run.rubric
        return msgspec.json.encode([rubric.items, rubric.rules, rubric.metrics]).decode()


def _same(before: Any, now: Any) -> bool:
    if hasattr(before, "tzinfo") and hasattr(now, "tzinfo") and before.tzinfo is None:  # SQLite keeps no zone
        return bool(before == now.replace(tzinfo=None))
    return bool(before == now)


def begin_class_run(run: Run, book: Gradebook, number: int, wish: Wish) -> ClassRun:
    """Read what is known. `number`: of the run in the gradebook.

    Raises:
        ConfigError: the gradebook can't be read.
    """
    return ClassRun(run, book, number, wish, take_snapshot(book, run.rubric.assignment.name))


def grade_class(
    course: ClassRun,
    hand_ins: Sequence[HandIn],
    on_done: Callable[[Done], None],
    watch: Callable[[Mapping[str, str]], None] | None = None,
) -> list[Done]:
    """Grade every hand-in that is not known; `on_done` is called as each is.

    Raises:
        ConfigError: see ClassRun; or the assignment's code or the machine's isolation don't allow it.
        GraderError: the sandbox or the checks could not be started.
        KeyboardInterrupt: as batch.grade_paths; what is done is kept.
    """
    from autograder.batch import grade_jobs  # late: a class that is known needs no sandbox

    done: list[Done] = []

    def note(one: Done) -> None:
        on_done(one)
        facts = one.result.facts if course.wish.preview else None  # else they stand in the gradebook, and take memory
        done.append(replace(one, result=replace(one.result, facts=facts)))

    plans = course.plan(hand_ins)
    left: dict[str, Plan] = {}
    for plan in plans:
        settled = course.settle(plan)
        if settled is None:
            left[plan.hand_in.name] = plan
        else:
            note(settled)
    if left:
        jobs = [course.job(plan) for plan in left.values()]
        grade_jobs(jobs, course.run, on_result=lambda r: note(course.take(left[r.job.name], r)), watch=watch)
    return done
