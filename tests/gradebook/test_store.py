"""What is kept comes back as it was, from every database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import StatementError

from autograder.errors import ConfigError
from autograder.facts import Facts
from autograder.gradebook import Gradebook, store, tables
from autograder.gradebook.columns import storable
from autograder.gradebook.snapshot import take_snapshot
from autograder.gradebook.view import people_of
from autograder.grades import Person
from autograder.marks import Mark, Marks
from autograder.run import Run
from tests.gradebook.gradings import JANE, NAME, TOM, WHOLE, add, beyond, facts, failed, grade, hand_in, keys, outcome

TIMES = [
    datetime(2026, 5, 1, 23, 59, tzinfo=UTC),
    datetime(2026, 5, 1, 23, 59, 1, 123456, tzinfo=timezone(timedelta(hours=-9, minutes=-30))),
    datetime(2026, 10, 25, 2, 30, fold=0, tzinfo=ZoneInfo("Europe/Berlin")),  # this hour comes twice
    datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin")),
]
HOSTILE = "=1+1 ‮ 李\u0301 O’Neill'); DROP TABLE run; -- \n\t\x1b[2J"


@pytest.mark.parametrize("time", TIMES, ids=str)
def test_times_come_back_as_the_same_moment(book: Gradebook, time: datetime) -> None:
    number = book.begin_run(NAME, [])
    book.add_submission(number, NAME, hand_in(time=time, late=True), "c1")
    back = take_snapshot(book, NAME).submissions["jane"].handed_in
    assert back is not None and back.utcoffset() == timedelta(0)
    assert back == time.astimezone(UTC)  # else == looks at the clock alone, where both have one zone


def test_the_hour_that_comes_twice_is_two() -> None:
    assert TIMES[3].astimezone(UTC) - TIMES[2].astimezone(UTC) == timedelta(hours=1)


def test_a_time_without_a_zone_is_refused(book: Gradebook) -> None:
    number = book.begin_run(NAME, [])
    with pytest.raises(ConfigError) as caught:
        book.add_submission(number, NAME, hand_in(time=datetime(2026, 5, 1)), "c1")
    assert isinstance(caught.value.__cause__, StatementError) and "needs its zone" in str(caught.value)
    assert not take_snapshot(book, NAME).submissions


def test_when_nobody_says_when(book: Gradebook) -> None:
    book.add_submission(book.begin_run(NAME, []), NAME, hand_in(), "c1")
    row = take_snapshot(book, NAME).submissions["jane"]
    assert row.handed_in is None and row.late is None


def test_a_run_says_when_who_and_what(book: Gradebook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "ann")
    before = datetime.now(UTC)
    number = book.begin_run(NAME, ["grade-all", "--gradebook", "postgresql://u:hunter2@h/db?password=hunter2", "a/b"])
    with book.reading() as session:
        row = session.get_one(tables.Run, number)
        assert row.by == "ann" and before <= row.at <= datetime.now(UTC)
        assert row.command.split()[0] == "grade-all" and row.command.endswith(" a/b") and "hunter2" not in row.command


def test_facts_come_back_whole(book: Gradebook) -> None:
    given = facts(failed(), outcome(check="case"), **beyond(WHOLE, outcome("lab2.a.runs")))
    units = given.having()
    ids = add(book, book.begin_run(NAME, []), "jane", given, keys("c1", *units))
    assert tuple(ids) == units and len(set(ids.values())) == 5
    assert book.facts_of(ids) == given
    with book.reading() as session:
        rows = session.scalars(select(tables.Outcome).order_by(tables.Outcome.id)).all()
        assert [(row.item, row.check, row.status) for row in rows] == [
            ("lab1.a", "words", "failed"), ("lab1.a", "case", "passed"), ("lab2.a.runs", "words", "passed"),
        ]  # fmt: skip


def test_what_the_grader_failed_at_is_not_kept(book: Gradebook) -> None:
    given = facts(outcome(status="error"), **beyond())
    ids = add(book, book.begin_run(NAME, []), "jane", given, keys("c1", "functions", "notebook"))
    assert tuple(ids) == ("notebook",)


def test_facts_of_many_come_in_the_order_asked_for(book: Gradebook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_AT_ONCE", 2)
    given = [facts(outcome(message=str(number))) for number in range(5)]
    run = book.begin_run(NAME, [])
    ids = [add(book, run, f"s{n}", one, keys(f"c{n}")).values() for n, one in enumerate(given)]
    assert list(book.facts_of_each([*reversed(ids), [], ids[0]])) == [*reversed(given), Facts(), given[0]]


def test_units_that_nobody_asked_for_are_not_kept(book: Gradebook) -> None:
    ids = add(book, book.begin_run(NAME, []), "jane", facts(**beyond()), keys())
    assert tuple(ids) == ("functions",)
    assert add(book, book.begin_run(NAME, []), "jane", Facts(failure="lost"), keys()) == {}


def test_damaged_facts_are_told(book: Gradebook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "encoded", lambda fact: b"\xc1")
    ids = add(book, book.begin_run(NAME, []), "jane", facts(), keys())
    with pytest.raises(ConfigError, match=r"grading 1 of jane is damaged"):
        book.facts_of(ids)


def test_hostile_texts_are_texts(book: Gradebook, run: Run) -> None:
    number = book.begin_run(NAME, [HOSTILE])
    people = [Person(HOSTILE, HOSTILE * 500, "", "", "x" * 1000)]
    book.add_people(number, people)
    assert people_of(book) == {HOSTILE: people[0]}
    name = "José Müller 李 ‮"
    grade(book, run, name, facts(failed(got=HOSTILE)), number=number, owners=people, key=HOSTILE)
    snapshot = take_snapshot(book, NAME)
    assert snapshot.submissions[name].owners == [HOSTILE] and snapshot.submissions[name].key == HOSTILE
    assert set(snapshot.scorings) == {name}


@pytest.mark.parametrize("odd", ["a\0b", "\udcff.ipynb", "\ud800"], ids=ascii)
def test_what_no_database_holds_is_kept_escaped(book: Gradebook, run: Run, odd: str) -> None:
    run = replace(run, marks=Marks(own={"jane": {"lab1.a": Mark(1.0, odd, odd)}}))
    grade(book, run, "jane", facts(outcome(message="a\0b")), key=odd, path=Path(odd))  # facts have no half letters
    snapshot = take_snapshot(book, NAME)
    assert snapshot.submissions["jane"].key == storable(odd) != odd
    assert snapshot.scorings["jane"].items["lab1.a"].comment == storable(odd)
    book.add_event(1, odd[:1], odd, name=odd)


def test_names_and_items_may_be_long(book: Gradebook) -> None:
    long = "x" * 2_000
    assert book.begin_run(long[:500], [long]) == 1
    ids = add(book, 1, long[:250], facts(outcome(long, long)), keys())
    assert book.facts_of(ids).outcomes[0].check == long


def test_people_are_kept_where_something_is_new(book: Gradebook) -> None:
    number = book.begin_run(NAME, [])
    book.add_people(number, [JANE, TOM])
    book.add_people(number, [TOM, JANE])
    moved = Person("1", "Jane Roe", "jane@example.edu", "B", "jroe")
    book.add_people(number, [moved])
    book.add_people(number, [])
    assert people_of(book) == {"1": moved, "2": TOM} and _count(book, tables.Student) == 3


def test_a_transaction_is_kept_whole_or_not_at_all(book: Gradebook) -> None:
    number = book.begin_run(NAME, [])

    class Killed(BaseException): ...

    with pytest.raises(Killed), book.writing() as connection:
        book.add_facts(connection, number, NAME, "jane", keys(), facts(outcome()))
        raise Killed
    assert _count(book, tables.Grading) == _count(book, tables.Outcome) == 0


def test_a_reader_sees_one_moment(book: Gradebook) -> None:
    number = book.begin_run(NAME, [])
    with book.reading() as session:
        assert session.scalar(select(func.count()).select_from(tables.Event)) == 0
        book.add_event(number, "note", "while somebody reads")
        assert session.scalar(select(func.count()).select_from(tables.Event)) == 0
    assert _count(book, tables.Event) == 1


def test_what_points_nowhere_is_refused(book: Gradebook) -> None:
    with pytest.raises(ConfigError):
        book.add_event(99, "note", "of no run")


def _count(book: Gradebook, table: Any) -> int:
    with book.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0
