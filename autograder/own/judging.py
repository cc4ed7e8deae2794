"""Judges the items of one assignment by its public checks, one after the other."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Literal

import hypothesis
from hypothesis import configuration

from autograder.assignment import Prepared
from autograder.errors import GraderError
from autograder.judge.plugin import Bench, Judge
from autograder.judge.session import set_profile, with_checks
from autograder.own.tasks import Sheet
from autograder.own.touching import Texts, read_texts
from autograder.records import Item, Outcome, Submission
from autograder.sandbox.protocol import Sandbox
from autograder.student.proxy import NOT_CALLED, Student
from autograder.wire.limits import Limits

LIMITS = Limits(call_seconds=3.0, load_seconds=20.0, item_seconds=12.0, submission_seconds=120.0)
SECRET = b"public"  # for the inputs that are drawn: no other than students' own machines uses it
AUTOLOAD = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"
Status = Literal["passed", "failed", "waits", "excused", "error"]


@dataclass(frozen=True)
class Result:
    """An item and what its public checks said. `note`: why it waits, or is excused."""

    item: Item
    status: Status
    outcomes: tuple[Outcome, ...] = ()
    note: str = ""

    @property
    def counted(self) -> tuple[Outcome, ...]:
        """The checks that apply, without remarks."""
        return tuple(one for one in self.outcomes if not one.is_remark and one.status != "skipped")

    @property
    def passed(self) -> int:
        return sum(one.status == "passed" for one in self.counted)


@cache  # collecting takes as long as many checks
def judge_of(checks: Path, package: str) -> Judge:
    """Return an assignment's public checks, collected once. `package`: what the assignment is imported as.

    Raises:
        GraderError: they can't be collected.
    """
    found: list[Judge] = []
    with_checks(checks, found.append, package=package, public_only=True)
    if not found:
        raise GraderError("the checks ended before they began")
    return found[0]


@contextlib.contextmanager
def settings_of_checks() -> Iterator[None]:
    """Hypothesis's profile and folder, and pytest's variable, are the student's own again afterwards."""
    variable, profile = os.environ.get(AUTOLOAD), hypothesis.settings.get_current_profile_name()
    home = vars(configuration).get("__hypothesis_home_directory")
    try:
        configuration.set_hypothesis_home_dir(os.getcwd())  # a scratch folder: it writes where Python was started
        set_profile()
        yield
    finally:
        configuration.set_hypothesis_home_dir(home)
        hypothesis.settings.load_profile(profile)
        os.environ.pop(AUTOLOAD, None)
        if variable is not None:
            os.environ[AUTOLOAD] = variable


@dataclass
class Judging:
    """One submission, loaded in `student`, and the results so far, by item."""

    sheet: Sheet
    texts: Texts
    judge: Judge
    student: Student
    prepared: Prepared
    results: dict[str, Result] = field(default_factory=dict)

    def result(self, item: Item) -> Result:
        """Judge an item, and before it all that it is built on."""
        if item.id not in self.results:
            for other in self.upstream(item):
                self.result(other)
            self.results[item.id] = self._judged(item)
        return self.results[item.id]

    def upstream(self, item: Item) -> Iterator[Item]:
        """What the rubric says it needs, and the earlier items about the same class."""
        for other in self.sheet.items:
            if other.id == item.id:
                return
            if other.id in item.needs or self.sheet.names.get(other.id) == self.sheet.names.get(item.id):
                yield other

    def _judged(self, item: Item) -> Result:
        if item.id in self.prepared.excused:
            return Result(item, "excused", note=self.prepared.excused[item.id])
        self.student.begin_item()
        found = self.judge.run(Bench(self.student, self.prepared.context, SECRET), [item.id], "public")
        outcomes = tuple(map(in_time, found))
        if any(one.status in ("failed", "pending") and not one.is_remark for one in outcomes):
            self.prepared.context.broken.add(item.id)
        return verdict(item, outcomes, {} if self._own_fault(item, outcomes) else self._waits_for(item))

    def _waits_for(self, item: Item) -> dict[str, str]:
        """The items that it needs and that don't work yet, with their functions, where its own code uses these."""
        names = {needed: self.sheet.names.get(needed, needed) for needed in item.needs}
        behind = self.texts.behind(self.sheet.names.get(item.id, ""))
        return {one: name for one, name in names.items() if one in self.prepared.context.broken and name in behind}

    def _own_fault(self, item: Item, outcomes: Sequence[Outcome]) -> bool:
        """Whether it is not there, or raises by itself: not where something that it needs raises."""
        upstream = {one.origin for needed in self._waits_for(item) for one in self.results[needed].outcomes}
        return any(
            one.cause in ("load", "missing") or (one.cause == "raised" and one.origin not in upstream)
            for one in outcomes
            if one.status == "failed"
        )


def in_time(outcome: Outcome) -> Outcome:
    """The outcome; of a check for which no time was left, that it was not judged: this machine may be a slow one."""
    if outcome.status == "failed" and NOT_CALLED in outcome.message:
        return replace(outcome, status="unjudged", message="the checks before it took all the time that one item has")
    return outcome


def verdict(item: Item, outcomes: tuple[Outcome, ...], waits_for: Mapping[str, str]) -> Result:
    """What an item's outcomes come to. On parts that don't work, only what passes all the same can be believed."""
    open_ones = [one for one in Result(item, "passed", outcomes).counted if one.status != "passed"]
    if any(one.status == "error" for one in open_ones):
        return Result(item, "error", outcomes)
    if open_ones and waits_for:
        names = [f"`{name}`" for name in dict.fromkeys(waits_for.values())]
        works = "works" if len(names) == 1 else "work"
        return Result(item, "waits", outcomes, f"can't be judged until your {' and '.join(names)} {works}")
    if any(one.status == "failed" for one in open_ones):
        return Result(item, "failed", outcomes)
    return Result(item, "waits" if open_ones else "passed", outcomes)


def judge_items(
    sheet: Sheet, sandbox: Sandbox, submission: Submission, items: Iterable[Item], done: Mapping[str, Result]
) -> dict[str, Result]:
    """Judge these items of a submission. `done`: results that are known already and still hold.

    Raises:
        StudentError: the submission uses up its time before anything can be judged.
        GraderError: the checks can't be collected.
    """
    with settings_of_checks():
        judge = judge_of(sheet.folder.checks, sheet.folder.package)
        student = Student(sandbox, submission.cells, LIMITS)
        try:
            student.load()
            prepared: Prepared = sheet.folder.module("prepare").prepare(student, submission)
            prepared.context.broken.update(one for one, known in done.items() if known.status == "failed")
            judging = Judging(sheet, read_texts(submission.cells), judge, student, prepared, dict(done))
            for item in items:
                judging.result(item)
            return judging.results
        finally:
            student.close()
