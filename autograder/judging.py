"""The checks of one submission, item by item, in processes that keep hidden inputs from public messages.

A student's code can keep what it was called with and print it, or raise it, in a later call. So no process that was
sent a hidden check's inputs ever serves a public one: all public checks come first, hidden ones follow in a process of
their own. What fails on top of a broken item is judged again on the reference's part, in a process of its own too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from autograder.assignment import Assignment, Prepared
from autograder.errors import StudentError
from autograder.judge.plugin import Bench, Judge
from autograder.records import Item, Outcome, Visibility
from autograder.scoring import counts
from autograder.student.proxy import Override, Student


@dataclass
class Judging:
    """What was found so far about one submission; `student` serves its public checks."""

    assignment: Assignment
    judge: Judge
    secret: bytes
    student: Student
    prepared: Prepared
    _found: dict[tuple[str, Visibility], list[Outcome]] = field(default_factory=dict)
    _supplies: dict[str, tuple[Override, ...]] = field(default_factory=dict)  # by item that was judged on them
    _tried: set[tuple[str, Visibility]] = field(default_factory=set)  # with the reference's parts, in vain or not

    def run(self, items: Sequence[Item]) -> tuple[list[Outcome], dict[str, tuple[str, ...]]]:
        """The outcomes in the rubric's order, and by item the names of the reference's parts that it was judged on."""
        asked = [item for item in items if item.id not in self.prepared.excused]
        for item in asked:
            self._judge(self.student, item, "public")
        hidden = [item for item in asked if self.judge.has(item.id, "hidden")]
        if hidden:
            self.student.close()
            other = self.student.successor()
            try:
                for item in hidden:
                    self._judge(other, item, "hidden")
            finally:
                self.student.close_other(other)
            for item in asked:  # what is broken may have shown in a hidden check only
                self._judge_again(item, "public")
        outcomes = [outcome for item in asked for outcome in self.judge.in_order(self._all(item))]
        return outcomes, {item: tuple(n for s in own for n in s.names) for item, own in self._supplies.items()}

    def _judge(self, student: Student, item: Item, visibility: Visibility) -> None:
        """One item's checks of one visibility, and again on the reference's parts where that is fair."""
        chosen = self._supplies.get(item.id)
        own = self._with(chosen, item, visibility) if chosen else []
        if not own:
            student.begin_item()
            own = self._run(student, item, visibility)
        self._found[item.id, visibility] = own
        if not chosen:
            self._judge_again(item, visibility)
        self._note(item)

    def _judge_again(self, item: Item, visibility: Visibility) -> None:
        """On the reference's parts, if the item is built on broken ones and that helps."""
        own = self._found.get((item.id, visibility), [])
        upstream = [needed for needed in item.needs if needed in self.prepared.context.broken]
        short = any(o.status in ("failed", "pending") for o in own)
        if (item.id, visibility) in self._tried or not upstream or not short:
            return
        self._tried.add((item.id, visibility))
        overrides = tuple(override for needed in upstream for override in self.assignment.substitutes(needed))
        again = self._with(overrides, item, visibility)
        if passed_weight(again) > passed_weight(own):
            self._found[item.id, visibility] = again
            self._supplies[item.id] = overrides
            self._note(item)

    def _note(self, item: Item) -> None:
        """Keep the set of broken items true."""
        broken = self.prepared.context.broken
        if any(outcome.status in ("failed", "pending") and counts(outcome) for outcome in self._all(item)):
            broken.add(item.id)
        else:
            broken.discard(item.id)

    def _all(self, item: Item) -> list[Outcome]:
        return [*self._found.get((item.id, "public"), []), *self._found.get((item.id, "hidden"), [])]

    def _run(self, student: Student, item: Item, visibility: Visibility) -> list[Outcome]:
        return self.judge.run(Bench(student, self.prepared.context, self.secret), [item.id], visibility)

    def _with(self, overrides: Iterable[Override], item: Item, visibility: Visibility) -> list[Outcome]:
        """The outcomes in a fresh process in which `overrides` stand in for the notebook's functions."""
        other = self.student.twin()
        try:
            other.load()
            other.begin_item()
            other.override(*self.student.overrides, *overrides)
            return self._run(other, item, visibility)
        except StudentError:
            return []  # it did not even load a second time: the first verdict stands
        finally:
            self.student.close_other(other)


def passed_weight(outcomes: Iterable[Outcome]) -> float:
    return sum(outcome.weight for outcome in outcomes if outcome.status == "passed")
