"""Grades a class: what is known already is used again, what is new is graded, and everything is kept as it comes.

Read top to bottom in `grade_class`. The main process alone writes the gradebook; a submission's facts and points go
there in one transaction as soon as its results are written, so that whatever ends the run loses only what was in work.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

import msgspec
from sqlalchemy import Connection

from autograder import __version__
from autograder.assemble import report_of
from autograder.class_plan import RESULTS, Done, Plan, Rescored, Wish, as_read, stamp, unchanged, written
from autograder.facts import Facts, FunctionFacts, Unit
from autograder.gradebook.keys import keys_of, presentation, shared_parts
from autograder.gradebook.snapshot import Scored, Snapshot, take_snapshot
from autograder.gradebook.store import Gradebook, submission_row
from autograder.grades import HandIn
from autograder.lateness import Lateness
from autograder.records import Report
from autograder.run import Run
from autograder.runners.local import Job, Result
from autograder.runners.writing import fallen_items, floor_of, row_of, write_many

BATCH = 200  # submissions whose known facts become points at once: what they have in common is told once
WHOLE_BATCH = 50  # of whole notebooks, which take longer


@dataclass
class ClassRun:
    """A run over a class, with its gradebook open. `number`: of the run there."""

    run: Run
    book: Gradebook
    number: int
    wish: Wish
    snapshot: Snapshot
    lates: Mapping[str, Lateness] = field(default_factory=dict)

    def plan(self, hand_ins: Sequence[HandIn]) -> list[Plan]:
        """What is to be done about each; hand-ins that are new, or have changed, are noted in the gradebook.

        Raises:
            ConfigError: the data can't be read, or the gradebook can't be written.
        """
        shared = shared_parts(self.run)
        found = []
        for delivered in hand_ins:
            hand_in, content = as_read(delivered)
            keys = {} if hand_in.refused else keys_of(content, shared)
            known = {} if self.wish.force else self.snapshot.known(keys)
            refused = self.snapshot.refuses(known, keys)
            found.append(Plan(hand_in, self._submission(hand_in, content), keys, known, self.late(hand_in), refused))
        return found

    def again(self, plan: Plan) -> Plan:
        """The plan after others were graded: their content may be the same."""
        known = self.snapshot.known(plan.keys)
        return replace(plan, known=known, refused=self.snapshot.refuses(known, plan.keys))

    def late(self, hand_in: HandIn) -> Lateness:
        """What follows from its time."""
        return self.lates.get(hand_in.name, Lateness())

    def _submission(self, hand_in: HandIn, content: str) -> int:
        """Its number in the gradebook; of one that is new in a preview, 0."""
        row = submission_row(self.run.rubric.assignment.name, hand_in, content)
        there = self.snapshot.submissions.get(hand_in.name)
        if there is not None and unchanged(there, row):
            return there.id
        if self.wish.preview:
            return 0
        return self.book.add_submission(self.number, self.run.rubric.assignment.name, hand_in, content)

    def cached(self, plan: Plan) -> Done | None:
        """What stands there already of a complete plan, in the gradebook and as files; None where it is to be made."""
        there = self._same(plan)
        if there is not None and written(self.run.out / plan.hand_in.name / RESULTS, there.row.at):
            return self._cached(plan, there)
        return None

    def rescored(self, plans: Sequence[Plan]) -> list[Rescored]:
        """What complete plans come to, without running anything.

        Raises:
            ConfigError: the gradebook can't be read.
        """
        found = []
        each = self.book.facts_of_each([plan.known.values() for plan in plans])
        for plan, facts in zip(plans, each, strict=True):
            hand_in = plan.hand_in
            if hand_in.refused:
                facts = Facts(functions=FunctionFacts(problem=hand_in.refused))
            report = report_of(self.run, facts, hand_in.path, hand_in.name, plan.late)
            job = self.job(plan)
            fallen = fallen_items(report, job.floor)
            result = Result(job=job, seconds=0.0, facts=facts, fallen=fallen, **row_of(report))
            found.append(Rescored(plan, report, result, self._same(plan)))
        return found

    def _same(self, plan: Plan) -> Scored | None:
        """The scoring that stands there, if it is of the same."""
        there = self.snapshot.scorings.get(plan.hand_in.name)
        return there if there is not None and there.row.inputs == self.inputs(plan, plan.known) else None

    def apply(self, rescored: Sequence[Rescored]) -> list[Done]:
        """Write the files of these, then keep their points.

        Raises:
            ConfigError: the gradebook can't be written.
            OSError: the results can't be.
        """
        write_many(self.run, {one.result.job.folder: one.report for one in rescored if one.writes})
        done = []
        with self.book.writing() as connection:
            for one in rescored:
                if one.same is not None and one.writes:  # the files were gone, or of a run that was cut
                    stamp(one.result.job.folder / RESULTS, one.same.row.at)
                    done.append(Done("rescored", one.result))
                else:
                    done.append(self.keep(connection, one.plan, one.report, one.result, "rescored", one.plan.known))
        return done

    def _cached(self, plan: Plan, there: Scored) -> Done:
        job, row = self.job(plan), there.row
        result = Result(
            job, row.exit_code, row.total, "", row.problem, 0.0, row.maximum, there.pending, there.scores
        )  # fmt: skip
        return Done("cached", result)

    def job(self, plan: Plan) -> Job:
        """The work on a hand-in that is left to do."""
        name, recall = plan.hand_in.name, None
        if plan.known and not plan.complete:
            recall = partial(self.book.facts_of, plan.known)
        folder, write = self.run.out / name, not self.wish.preview
        return Job(plan.hand_in.path, name, folder, recall, self._floor(name), plan.late, write)

    def _floor(self, name: str) -> dict[str, float]:
        """The points below which a submission may not fall: those that were published, or less where somebody allowed
        less since."""
        published, there = self.snapshot.published.get(name), self.snapshot.scorings.get(name)
        if published is None or there is None or self.wish.allow_lower:
            return {}
        least, now = (floor_of(one.scores, one.row.total) for one in (published, there))
        if there.row.exit_code == 3:  # that says nothing about the points
            return least
        return {item: min(points, now.get(item, 0.0)) for item, points in least.items()}

    def take(self, plan: Plan, result: Result) -> Done:
        """Keep what a worker found out.

        Raises:
            ConfigError: the gradebook can't be written.
        """
        facts = result.facts or Facts(failure=result.problem)
        report = report_of(self.run, facts, plan.hand_in.path, plan.hand_in.name, plan.late)
        with self.book.writing() as connection:
            ids = plan.known | self._add(connection, plan, facts)
            return self.keep(connection, plan, report, result, "graded", ids)

    def _add(self, connection: Connection, plan: Plan, facts: Facts) -> dict[Unit, int]:
        """Keep the units that are new; their numbers."""
        name = self.run.rubric.assignment.name
        new = {unit: key for unit, key in plan.keys.items() if not self._same_unit(plan, facts, unit)}
        added = self.book.add_facts(connection, self.number, name, plan.hand_in.name, new, facts)
        for unit, number in added.items():
            told = (number, getattr(getattr(facts, unit), "inputs", ""))
            self.snapshot.gradings.setdefault(plan.keys[unit].digest, []).append(told)
        return added

    def keep(
        self, connection: Connection, plan: Plan, report: Report, result: Result, how: str, ids: Mapping[Unit, int]
    ) -> Done:
        """Add points. `ids`: of the facts behind them."""
        if self.wish.preview:
            return Done("preview", result)
        whole = set(ids) == set(plan.keys) or report.problem
        inputs = self.inputs(plan, ids) if whole and report.exit_code != 3 else ""  # the grader's failure is no result
        held = bool(result.fallen)
        if held and inputs and self.snapshot.held.get(report.submission) == inputs:
            return Done("held", result)  # as in the run before
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
            sorted(ids.values()), plan.hand_in.refused, self._rubric, str(own), str(plan.late), plan.hand_in.name,
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:24]

    @cached_property
    def _rubric(self) -> str:
        """What they depend on that is the same for all."""
        rubric = self.run.rubric
        told = [str(rubric.course or ""), __version__, presentation(), rubric.items, rubric.rules, rubric.metrics]
        return hashlib.sha256(msgspec.json.encode(told)).hexdigest()


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
        job = replace(one.result.job, recall=None)  # facts stand in the gradebook, and take memory
        done.append(replace(one, result=replace(one.result, facts=None, job=job)))

    left = _settled(course, course.plan(hand_ins), note)
    while left:
        now: dict[object, Plan] = {}
        for plan in left:
            now.setdefault(frozenset(key.digest for key in plan.keys.values()), plan)
        by_name = {plan.hand_in.name: plan for plan in now.values()}
        jobs = [course.job(plan) for plan in by_name.values()]
        grade_jobs(jobs, course.run, on_result=lambda r: note(course.take(by_name[r.job.name], r)), watch=watch)  # noqa: B023
        twins = [course.again(plan) for plan in left if plan.hand_in.name not in by_name]
        left = _settled(course, twins, note)  # the same content is graded once
    return done


def _settled(course: ClassRun, plans: Sequence[Plan], note: Callable[[Done], None]) -> list[Plan]:
    """Do what can be done without running anything; the plans that are left."""
    stale = []
    for plan in (plan for plan in plans if plan.complete):
        done = course.cached(plan)
        if done is None:
            stale.append(plan)
        else:
            note(done)
    size = WHOLE_BATCH if course.run.beyond else BATCH
    for start in range(0, len(stale), size):
        for done in course.apply(course.rescored(stale[start : start + size])):
            note(done)
    return [plan for plan in plans if not plan.complete]
