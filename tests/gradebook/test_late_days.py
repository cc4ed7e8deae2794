"""Free late days over the assignments of one gradebook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import func, select

from autograder.gradebook import Gradebook, tables
from autograder.gradebook.late_days import lates_of
from autograder.grades import HandIn, Person
from autograder.lateness import Extension, Late, Lateness
from autograder.marks import Marks
from autograder.run import Run
from tests.gradebook.gradings import JANE, NAME, TOM, hand_in

DUE = datetime(2026, 5, 1, 12, tzinfo=UTC)
POLICY = Late(due="2026-05-01T12:00", free_days=3, loss_per_day=0.1)


@pytest.fixture
def first(run: Run) -> Run:
    return replace(run, rubric=msgspec.structs.replace(run.rubric, late=POLICY))


@pytest.fixture
def second(first: Run) -> Run:
    return named(first, "second")


def named(run: Run, name: str) -> Run:
    """The same for another assignment."""
    heading = msgspec.structs.replace(run.rubric.assignment, name=name)
    return replace(run, rubric=msgspec.structs.replace(run.rubric, assignment=heading))


def late_by(days: float, *owners: Person, name: str = "jane", **changes: object) -> HandIn:
    return hand_in(name, *owners, time=DUE + timedelta(days=days), **changes)


def lates(book: Gradebook, run: Run, *hand_ins: HandIn) -> Sequence[tuple[int, int, float]]:
    """By hand-in: days, free ones of them, the share that is lost."""
    number = book.begin_run(run.rubric.assignment.name, [])
    found = lates_of(book, number, run, hand_ins)
    assert list(found) == [one.name for one in hand_ins]
    return [(late.days, late.free_used, float(late.share)) for late in found.values()]


def rows(book: Gradebook) -> int:
    with book.reading() as session:
        return session.scalar(select(func.count()).select_from(tables.LateDay)) or 0


def test_nobody_is_late_without_a_deadline(book: Gradebook, run: Run) -> None:
    assert lates(book, run, late_by(9, JANE)) == [(0, 0, 0.0)] and rows(book) == 0


def test_who_is_on_time_has_no_row(book: Gradebook, first: Run) -> None:
    assert lates(book, first, late_by(0, JANE), hand_in("tom", TOM)) == [(0, 0, 0.0)] * 2 and rows(book) == 0


def test_what_one_assignment_uses_the_next_lacks(book: Gradebook, first: Run, second: Run) -> None:
    assert lates(book, first, late_by(1.5, JANE), late_by(0, TOM, name="tom")) == [(2, 2, 0.0), (0, 0, 0.0)]
    assert lates(book, second, late_by(1.5, JANE), late_by(1.5, TOM, name="tom")) == [(2, 1, 0.1), (2, 2, 0.0)]
    assert lates(book, named(first, "third"), late_by(0.1, JANE)) == [(1, 0, 0.1)]


def test_the_same_run_again_says_the_same_and_adds_nothing(book: Gradebook, first: Run, second: Run) -> None:
    """Also of the assignment before, now that the later one has used what was left."""
    said = [lates(book, first, late_by(2, JANE)), lates(book, second, late_by(2, JANE))]
    count = rows(book)
    assert said == [[(2, 2, 0.0)], [(2, 1, 0.1)]]
    for _ in range(2):
        assert [lates(book, first, late_by(2, JANE)), lates(book, second, late_by(2, JANE))] == said
    assert rows(book) == count == 2


def test_an_earlier_hand_in_that_turns_out_later_takes_no_day_twice(book: Gradebook, first: Run, second: Run) -> None:
    lates(book, first, late_by(1, JANE))
    assert lates(book, second, late_by(2, JANE)) == [(2, 2, 0.0)]
    assert lates(book, first, late_by(3, JANE)) == [(3, 1, 0.2)]


def test_a_day_given_back_is_there_again(book: Gradebook, first: Run, second: Run) -> None:
    lates(book, first, late_by(3, JANE))
    assert lates(book, second, late_by(1, JANE)) == [(1, 0, 0.1)]
    ill = replace(first, marks=Marks(extensions={"jane": Extension(days=3, by="Ann")}))
    assert lates(book, ill, late_by(3, JANE)) == [(0, 0, 0.0)]
    assert lates(book, second, late_by(1, JANE)) == [(1, 1, 0.0)]


def test_a_persons_time_goes_before_the_platforms(book: Gradebook, first: Run) -> None:
    told = replace(first, marks=Marks(times={"jane": DUE + timedelta(days=5)}))
    assert lates(book, told, late_by(0, JANE)) == [(5, 3, 0.2)]


def test_a_group_has_what_the_one_has_who_has_fewest(book: Gradebook, first: Run, second: Run) -> None:
    lates(book, first, late_by(2, JANE))
    assert lates(book, second, late_by(2, JANE, TOM, name="pair")) == [(2, 1, 0.1)]
    third = named(first, "third")
    assert lates(book, third, late_by(2, TOM, name="tom"), late_by(1, JANE)) == [(2, 2, 0.0), (1, 0, 0.1)]


def test_a_hand_in_of_nobody_known_has_free_days_and_uses_nobodys(book: Gradebook, first: Run) -> None:
    assert lates(book, first, late_by(5)) == [(5, 3, 0.2)] and rows(book) == 0


def test_two_hand_ins_of_one_person_use_days_once(book: Gradebook, first: Run, second: Run) -> None:
    twice = [late_by(2, JANE), late_by(1, JANE, name="jane-2")]
    for _ in range(2):
        assert lates(book, first, *twice) == [(2, 2, 0.0), (1, 1, 0.0)] and rows(book) == 1
        assert lates(book, first, *reversed(twice)) == [(1, 1, 0.0), (2, 2, 0.0)] and rows(book) == 1
    assert lates(book, second, late_by(2, JANE)) == [(2, 1, 0.1)]


def test_after_the_last_moment_no_free_day_is_used(book: Gradebook, first: Run, second: Run) -> None:
    hard = msgspec.structs.replace(POLICY, until="2026-05-02T12:00")
    closed = replace(first, rubric=msgspec.structs.replace(first.rubric, late=hard))
    assert lates(book, closed, late_by(2, JANE)) == [(2, 0, 1.0)]
    assert lates(book, second, late_by(2, JANE)) == [(2, 2, 0.0)]


def test_fewer_free_days_than_were_used(book: Gradebook, first: Run, second: Run) -> None:
    lates(book, first, late_by(3, JANE))
    policy = msgspec.structs.replace(POLICY, free_days=1)
    stricter = replace(second, rubric=msgspec.structs.replace(second.rubric, late=policy))
    assert lates(book, stricter, late_by(1, JANE)) == [(1, 0, 0.1)]


def test_what_is_kept_says_what_the_student_is_told(book: Gradebook, first: Run) -> None:
    number = book.begin_run(NAME, [])
    found = lates_of(book, number, first, [late_by(1, JANE), late_by(0, TOM, name="tom")])
    assert found["tom"] == Lateness()
    with book.reading() as session:
        (row,) = session.scalars(select(tables.LateDay))
        assert (row.assignment, row.sid, row.days, row.free_used, row.run_id) == (NAME, "1", 1, 1, number)
        assert row.sentence == found["jane"].sentence and "free late day" in row.sentence
