"""Late days over all assignments of a gradebook: what each student has left, and what a hand-in uses up."""

from __future__ import annotations

from collections.abc import Sequence

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
    rows = []
    for hand_in in hand_ins:
        own = run.marks.marks_for(hand_in.name)
        left = [policy.free_days - elsewhere.get(person.id, 0) for person in hand_in.owners] or [policy.free_days]
        late = lateness(
            policy, own.handed_in or hand_in.time, free_left=max(0, min(left)), extension=own.extension,
            late_mark=hand_in.late,
        )  # fmt: skip
        found[hand_in.name] = late
        for person in hand_in.owners:
            told = (late.days, late.free_used, late.sentence)
            if here.get(person.id, (0, 0, "")) != told:
                shared = {"run_id": number, "assignment": assignment, "sid": person.id, "at": now()}
                rows.append(shared | dict(zip(("days", "free_used", "sentence"), told, strict=True)))
    if rows and keep:
        with book.writing() as connection:
            connection.execute(insert(tables.LateDay), rows)
    return found


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
