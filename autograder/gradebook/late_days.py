"""Late days over all assignments of a gradebook: what each student has left, and what a hand-in uses up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select

from autograder.gradebook import tables
from autograder.gradebook.store import Gradebook, now
from autograder.grades import HandIn
from autograder.lateness import Lateness, lateness
from autograder.run import Run


def lates_of(
    book: Gradebook, number: int, run: Run, hand_ins: Sequence[HandIn], *, keep: bool = True
) -> dict[str, Lateness]:
    """What follows from the time of each hand-in, by its name; with `keep` kept in the gradebook where it is new.
    `number`: of the run there. A group has as many free days as the one of it who has fewest.

    Raises:
        ConfigError: the gradebook can't be read or written.
    """
    assignment, policy = run.rubric.assignment.name, run.rubric.late
    elsewhere, here = _used(book, assignment)
    found: dict[str, Lateness] = {}
    rows: dict[str, dict[str, Any]] = {}
    for hand_in in hand_ins:
        own = run.marks.marks_for(hand_in.name)
        left = [policy.free_days - elsewhere.get(person.id, 0) for person in hand_in.owners] or [policy.free_days]
        late = lateness(
            policy, own.handed_in or hand_in.time, free_left=max(0, min(left)), extension=own.extension,
            late_mark=hand_in.late,
        )  # fmt: skip
        found[hand_in.name] = late
        for person in hand_in.owners:
            row = {"days": late.days, "free_used": late.free_used, "sentence": late.sentence}
            if person.id not in rows or rows[person.id]["free_used"] < late.free_used:  # of two hand-ins the dearer
                rows[person.id] = row | {"run_id": number, "assignment": assignment, "sid": person.id, "at": now()}
    new = [row for sid, row in rows.items() if here.get(sid, (0, 0, "")) != _told(row)]
    if new and keep:
        with book.writing() as connection:
            connection.execute(insert(tables.LateDay), new)
    return found


def _told(row: Mapping[str, Any]) -> tuple[int, int, str]:
    return row["days"], row["free_used"], row["sentence"]


def _used(book: Gradebook, assignment: str) -> tuple[dict[str, int], dict[str, tuple[int, int, str]]]:
    """Free days that other assignments used up, and the newest row of this one, by student."""
    newest: dict[tuple[str, str], tables.LateDay] = {}
    with book.reading() as session:
        for row in session.scalars(select(tables.LateDay).order_by(tables.LateDay.id)):
            newest[row.assignment, row.sid] = row
        elsewhere: dict[str, int] = {}
        for (other, sid), row in newest.items():
            if other != assignment:
                elsewhere[sid] = elsewhere.get(sid, 0) + row.free_used
        here = {
            sid: (row.days, row.free_used, row.sentence) for (name, sid), row in newest.items() if name == assignment
        }
    return elsewhere, here
