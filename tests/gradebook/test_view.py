"""The class as it stands: everybody once, with the points that hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest

from autograder.errors import ConfigError
from autograder.facts import Facts
from autograder.gradebook import Gradebook
from autograder.gradebook.snapshot import take_snapshot
from autograder.gradebook.view import class_of, known_name, people_of
from autograder.grades import Class, Grade, Person
from autograder.lateness import Late
from autograder.marks import Mark, Marks
from autograder.run import Run
from tests.gradebook.gradings import JANE, NAME, TOM, facts, failed, grade, hand_in, outcome

EVE = Person("3", "Eve Absent")


def whole(book: Gradebook, run: Run, **more: bool) -> Class:
    return class_of(book, take_snapshot(book, NAME), run.rubric, run.out, **more)


def of(found: Class, sid: str) -> Grade:
    (grade_,) = (one for one in found.grades if one.person.id == sid)
    return grade_


def test_an_empty_class(book: Gradebook, run: Run) -> None:
    found = whole(book, run)
    assert found.grades == () and found.items == run.rubric.items and found.due is None
    assert found.maximum == run.rubric.rules.points
    late = Late(due="2026-05-01T23:59", time_zone="Europe/Berlin")
    dated = replace(run, rubric=msgspec.structs.replace(run.rubric, late=late))
    assert whole(book, dated).due == datetime(2026, 5, 1, 21, 59, tzinfo=UTC)


def test_everybody_once_by_name(book: Gradebook, run: Run) -> None:
    book.add_people(book.begin_run(NAME, []), [JANE, TOM, EVE])
    grade(book, run, "jane", facts(outcome()), owners=[JANE])
    grade(book, run, "tom", facts(problem="It holds no notebook."), owners=[TOM])
    grade(book, run, "someone", facts(outcome()))
    grade(book, run, "lost", Facts(failure="The sandbox is gone."), owners=[Person("9")])
    found = whole(book, run)
    assert [(one.person.id, one.status) for one in found.grades] == [
        ("9", "failed"), ("3", "missing"), ("1", "graded"), ("someone", "graded"), ("2", "refused"),
    ]  # fmt: skip
    jane, tom, lost = of(found, "1"), of(found, "2"), of(found, "9")
    assert jane.person == JANE and jane.folder == run.out / "jane" and jane.raw == jane.total == 5.0
    assert tom.problem == "It holds no notebook." and tom.total is None and tom.raw is None
    assert lost.problem == "The sandbox is gone." and lost.total is None
    assert of(found, "3") == Grade(EVE, "missing")
    assert of(found, "someone").hand_in.owners == ()  # type: ignore[union-attr]


def test_a_person_may_decide_about_what_could_not_be_graded(book: Gradebook, run: Run) -> None:
    marked = replace(run, marks=Marks(own={"tom": {"lab1.f.answer": Mark(1.0, "On paper.", "Ann")}}))
    grade(book, marked, "tom", facts(problem="It holds no notebook."), owners=[TOM])
    tom = of(whole(book, run), "2")
    assert (tom.status, tom.raw, tom.total) == ("refused", 1.0, 1.0)
    (own,) = (one for one in tom.items if one.item.id == "lab1.f.answer")
    assert (own.score, own.comment, own.by) == (1.0, "On paper.", "Ann") and len(tom.pending) == len(
        run.rubric.items
    ) - 1


def test_a_group_has_one_hand_in_and_a_grade_each(book: Gradebook, run: Run) -> None:
    book.add_people(book.begin_run(NAME, []), [JANE, TOM])
    grade(
        book,
        run,
        "pair",
        facts(outcome()),
        owners=[JANE, TOM],
        platform="gradescope",
        key="77",
        older=(Path("a/old.py"),),
    )
    found = whole(book, run)
    assert [one.person for one in found.grades] == [JANE, TOM]
    assert {one.folder for one in found.grades} == {run.out / "pair"}
    for one in found.grades:
        assert one.hand_in is not None and one.hand_in.owners == (JANE, TOM) and one.hand_in.key == "77"
        assert one.hand_in.platform == "gradescope" and one.hand_in.older == (Path("old.py"),)


def test_times_have_their_zone(book: Gradebook, run: Run) -> None:
    time, before = datetime(2026, 5, 1, 23, 59, tzinfo=timezone(timedelta(hours=-9))), datetime.now(UTC)
    grade(book, run, "jane", facts(outcome()), owners=[JANE], time=time, late=True)
    jane = of(whole(book, run), "1")
    assert jane.hand_in is not None and jane.hand_in.time == time and jane.hand_in.late is True
    assert before.replace(microsecond=0) <= datetime.fromisoformat(jane.graded_at) <= datetime.now(UTC)
    assert jane.graded_at.endswith("+00:00")


def test_what_the_checks_said(book: Gradebook, run: Run) -> None:
    grade(book, run, "jane", facts(failed(), outcome("lab1.b")), owners=[JANE])
    assert not any(own.outcomes for own in of(whole(book, run), "1").items)
    items = {own.item.id: own for own in of(whole(book, run, checks=True), "1").items}
    assert items["lab1.a"].outcomes == (failed(),) and items["lab1.b"].outcomes == (outcome("lab1.b"),)
    assert items["lab1.a"].score == 0


def test_a_hand_in_that_is_not_graded_yet(book: Gradebook, run: Run) -> None:
    book.add_submission(book.begin_run(NAME, []), NAME, hand_in("jane", JANE), "c1")
    jane = of(whole(book, run), "1")
    assert jane.status == "missing" and jane.hand_in is not None and jane.total is None


def test_an_item_that_is_new_in_the_rubric_is_not_there_yet(book: Gradebook, run: Run) -> None:
    grade(book, run, "jane", facts(outcome()), owners=[JANE])
    items = (*run.rubric.items, replace(run.rubric.items[0], id="lab9"))
    more = replace(run, rubric=msgspec.structs.replace(run.rubric, items=items))
    assert [own.item.id for own in of(whole(book, more), "1").items] == [item.id for item in run.rubric.items]


# ---- who is meant ----------------------------------------------------------------------------------------------------
def test_whom_somebody_means(book: Gradebook, run: Run) -> None:
    book.add_people(book.begin_run(NAME, []), [JANE, TOM, EVE])
    grade(book, run, "roe-1", facts(outcome()), owners=[JANE])
    grade(book, run, "poe-2", facts(outcome()), owners=[TOM])
    grade(book, run, "poe-2b", facts(outcome()), owners=[TOM])
    snapshot, people = take_snapshot(book, NAME), people_of(book)
    for asked in ("roe-1", "1", "jroe", "JROE", "Jane@Example.edu", "jane roe"):
        assert known_name(snapshot, people, asked) == "roe-1"
    with pytest.raises(ConfigError, match="several hand-ins of tpoe: poe-2, poe-2b") as caught:
        known_name(snapshot, people, "tpoe")
    assert str(caught.value).endswith(".")
    for asked in ("3", "nobody", "Jane"):
        with pytest.raises(ConfigError, match=f"no hand-in of {asked}"):
            known_name(snapshot, people, asked)


@pytest.mark.parametrize("asked", ["", " "])
def test_nobody_is_meant_by_nothing(book: Gradebook, run: Run, asked: str) -> None:
    """People without an e-mail or a login are not those whom an empty word means."""
    book.add_people(book.begin_run(NAME, []), [EVE])
    grade(book, run, "eve", facts(outcome()), owners=[EVE])
    with pytest.raises(ConfigError):
        known_name(take_snapshot(book, NAME), people_of(book), asked)
