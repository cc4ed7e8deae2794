"""Late days over all assignments of a gradebook: what each student has left, and what a hand-in uses up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from autograder.gradebook import tables
from autograder.gradebook.store import Gradebook, now
from autograder.grades import HandIn
from autograder.lateness import Lateness, lateness
from autograder.run import Run


@dataclass(frozen=True)
class Used:
    """What is kept of one student: free days that other assignments used up, all of them and those before this one; and
    what was told of this one."""

    elsewhere: int = 0
    before: int = 0
    told: tuple[int, int, str] = (0, 0, "")


def lates_of(
    book: Gradebook, number: int, run: Run, hand_ins: Sequence[HandIn], *, keep: bool = True
) -> dict[str, Lateness]:
    """What follows from the time of each hand-in, by its name; with `keep` kept in the gradebook where it is new.
    `number`: of the run there. A group has as many free days as the one of it who has fewest.

    Raises:
        ConfigError: the gradebook can't be read or written.
    """
    assignment = run.rubric.assignment.name
    used = _used(book, assignment)
    found: dict[str, Lateness] = {}
    rows: dict[str, dict[str, Any]] = {}
    for hand_in in hand_ins:
        late = found[hand_in.name] = _late(run, hand_in, [used.get(person.id, Used()) for person in hand_in.owners])
        for person in hand_in.owners:
            row = {"days": late.days, "free_used": late.free_used, "sentence": late.sentence}
            if person.id not in rows or rows[person.id]["free_used"] < late.free_used:  # of two hand-ins the dearer
                rows[person.id] = row | {"run_id": number, "assignment": assignment, "sid": person.id, "at": now()}
    new = [row for sid, row in rows.items() if used.get(sid, Used()).told != _told(row)]
    if new and keep:
        with book.writing() as connection:
            connection.execute(insert(tables.LateDay), new)
    return found


def _late(run: Run, hand_in: HandIn, used: Sequence[Used]) -> Lateness:
    """What follows from its time. How many free days are left is told as it was then: else the report would change with
    every later assignment."""
    policy, own = run.rubric.late, run.marks.marks_for(hand_in.name)

    def with_days(gone: Sequence[int]) -> Lateness:
        left = policy.free_days - max(gone, default=0)
        time = own.handed_in or hand_in.time
        return lateness(policy, time, free_left=max(0, left), extension=own.extension, late_mark=hand_in.late)

    here, then = with_days([one.elsewhere for one in used]), with_days([one.before for one in used])
    return then if then.free_used == here.free_used else here


def _used(book: Gradebook, assignment: str) -> dict[str, Used]:
    """What is kept, by student, from the newest row of each assignment."""
    newest: dict[str, dict[str, tables.LateDay]] = {}
    with book.reading() as session:
        for row in session.scalars(select(tables.LateDay).order_by(tables.LateDay.id)):
            newest.setdefault(row.sid, {})[row.assignment] = row
        found = {}
        for sid, rows in newest.items():
            own = rows.pop(assignment, None)
            before = sum(row.free_used for row in rows.values() if own is None or row.id < own.id)
            told = (0, 0, "") if own is None else (own.days, own.free_used, own.sentence)
            found[sid] = Used(sum(row.free_used for row in rows.values()), before, told)
    return found


def _told(row: Mapping[str, Any]) -> tuple[int, int, str]:
    return row["days"], row["free_used"], row["sentence"]
