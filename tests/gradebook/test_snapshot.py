"""What a gradebook holds now: which units are known, which points hold, what was given away."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from autograder.assemble import report_of
from autograder.facts import REFUSED
from autograder.gradebook import Gradebook
from autograder.gradebook.snapshot import PUBLISHED, Snapshot, facts_by, last_keys, take_snapshot
from autograder.marks import Mark, Marks
from autograder.run import Run
from tests.gradebook.gradings import JANE, NAME, add, beyond, facts, failed, grade, hand_in, keys, outcome

UNITS = ("functions", "report", "notebook", "accuracy", "study")


@pytest.fixture
def number(book: Gradebook) -> int:
    return book.begin_run(NAME, [])


def known(book: Gradebook, *units: str, **parts: str) -> dict[str, int]:
    found: dict[str, int] = dict(take_snapshot(book, NAME).known(keys("c1", *(units or UNITS), **parts)))  # type: ignore[arg-type]
    return found


# ---- what is known ---------------------------------------------------------------------------------------------------
def test_nothing_is_known_at_first(book: Gradebook) -> None:
    assert take_snapshot(book, NAME) == Snapshot({}, {}, {}, {}) and known(book) == {}


def test_a_unit_is_known_by_its_whole_key(book: Gradebook, number: int) -> None:
    ids = add(book, number, "jane", facts(), keys("c1", checks="1"))
    assert known(book, checks="1") == ids == {"functions": 1}
    assert known(book, checks="2") == known(book) == {}
    assert take_snapshot(book, NAME).known(keys("c2", checks="1")) == {}
    assert take_snapshot(book, "gru_attention").known(keys("c1", checks="1")) == {}


def test_of_several_gradings_the_newest_holds(book: Gradebook, number: int) -> None:
    for _ in range(3):
        add(book, number, "jane", facts(), keys())
    assert known(book) == {"functions": 3}


def test_steps_beyond_must_have_been_made_with_the_verdicts_of_now(book: Gradebook, number: int) -> None:
    add(book, number, "jane", facts(inputs="a", **beyond("a")), keys("c1", *UNITS))
    assert known(book) == {"functions": 1, "report": 2, "notebook": 3, "accuracy": 4, "study": 5}
    add(book, number, "jane", facts(inputs="b"), keys())
    assert known(book) == {"functions": 6, "report": 2}
    add(book, number, "jane", facts(**beyond("b")), keys("c1", "notebook"))
    assert known(book) == {"functions": 6, "report": 2, "notebook": 7}
    add(book, number, "jane", facts(inputs="a"), keys())
    assert known(book) == {"functions": 8, "report": 2, "notebook": 3, "accuracy": 4, "study": 5}


def test_without_verdicts_the_worker_sees_what_fits(book: Gradebook, number: int) -> None:
    add(book, number, "jane", facts(inputs="a", **beyond("a")), keys("c1", *UNITS))
    add(book, number, "jane", facts(**beyond("b")), keys("c1", "study"))
    assert known(book, "notebook", "study") == {"notebook": 3, "study": 6}


def test_a_refused_hand_in_needs_nothing_more(book: Gradebook, number: int) -> None:
    own = keys("c1", "functions", "notebook")
    snapshot = take_snapshot(book, NAME)
    assert not snapshot.refuses(snapshot.known(own), own)
    add(book, number, "jane", facts(inputs=REFUSED, problem="It holds no notebook."), own)
    snapshot = take_snapshot(book, NAME)
    there = snapshot.known(own)
    assert there == {"functions": 1} and snapshot.refuses(there, own)
    add(book, number, "jane", facts(), own)  # graded again by --force, when its file could be read
    snapshot = take_snapshot(book, NAME)
    assert not snapshot.refuses(snapshot.known(own), own)


def test_the_keys_of_last_time(book: Gradebook, run: Run) -> None:
    assert last_keys(book, NAME, "jane") == {}
    grade(book, run, "jane", facts(**beyond()), own=keys("c1", "functions", "study", checks="1"))
    grade(book, run, "jane", facts(), own=keys("c1", "functions", checks="2"))
    assert {unit: parts["checks"] for unit, parts in last_keys(book, NAME, "jane").items()} == {
        "functions": "2", "study": "1",
    }  # fmt: skip
    assert last_keys(book, "gru_attention", "jane") == last_keys(book, NAME, "tom") == {}


def test_the_keys_of_facts_that_were_found_out_about_another(book: Gradebook, run: Run) -> None:
    """The same file under the same name: tom's points come from what was found out about jane's."""
    grade(book, run, "jane", facts(), own=keys("c1", checks="1"))
    add(book, 1, "jane", facts(), keys("c1", checks="2"))
    submission = book.add_submission(1, NAME, hand_in("tom"), "c1")
    with book.writing() as connection:
        book.add_scoring(connection, 1, submission, "", [1], report_of(run, facts(), Path("tom"), "tom"), {})
    assert last_keys(book, NAME, "tom")["functions"]["checks"] == "1"
    assert last_keys(book, NAME, "jane")["functions"]["checks"] == "1"  # of what its points come from


# ---- what holds ------------------------------------------------------------------------------------------------------
def test_the_newest_points_hold(book: Gradebook, run: Run) -> None:
    grade(book, run, "jane", facts(failed()), owners=[JANE])
    grade(book, run, "jane", facts(outcome()), owners=[JANE])
    grade(book, run, "tom", facts(failed()))
    now = take_snapshot(book, NAME)
    assert set(now.scorings) == set(now.submissions) == {"jane", "tom"}
    assert (
        now.scorings["jane"].row.id == 2 and now.scorings["jane"].scores["lab1.a"] == run.rubric.item("lab1.a").points
    )
    assert now.scorings["tom"].scores["lab1.a"] == 0
    assert facts_by(book, now.scorings["jane"].row.gradings) == facts(outcome())
    assert now.submissions["jane"].owners == ["1"]
    assert take_snapshot(book, "gru_attention") == Snapshot({}, {}, {}, {})


def test_held_points_wait(book: Gradebook, run: Run) -> None:
    grade(book, run, "jane", facts(outcome()))
    grade(book, run, "jane", facts(failed()), held=True)
    grade(book, run, "tom", facts(failed()), held=True)
    now = take_snapshot(book, NAME)
    assert {name: one.row.id for name, one in now.scorings.items()} == {"jane": 1}
    grade(book, run, "jane", facts(failed()))
    assert take_snapshot(book, NAME).scorings["jane"].row.id == 4


def test_what_waits_for_a_person(book: Gradebook, run: Run) -> None:
    grade(book, run, "jane", facts(outcome()))
    grade(book, run, "tom", facts(problem="It holds no notebook."))
    now = take_snapshot(book, NAME).scorings
    whole = sum(item.points for item in run.rubric.items)
    assert now["jane"].pending == whole - run.rubric.item("lab1.a").points
    assert (
        now["tom"].pending is None
        and now["tom"].row.problem == "It holds no notebook."
        and now["tom"].row.exit_code == 2
    )


def test_who_marked(book: Gradebook, run: Run) -> None:
    mark = Mark(1.0, "Well argued.", "Ann")
    marked = replace(run, marks=Marks(own={"jane": {"lab1.f.answer": mark}}))
    grade(book, marked, "jane", facts(outcome()))
    items = take_snapshot(book, NAME).scorings["jane"].items
    own = items["lab1.f.answer"]
    assert (own.score, own.status, own.comment, own.by) == (1.0, "graded", "Well argued.", "Ann")
    assert not any(other.by or other.comment for name, other in items.items() if name != "lab1.f.answer")


# ---- what was given away ---------------------------------------------------------------------------------------------
def test_published_points_stay_published(book: Gradebook, run: Run) -> None:
    first = grade(book, run, "jane", facts(outcome()))
    number = book.begin_run(NAME, ["export"])
    book.add_event(number, PUBLISHED, "exported", name="jane", scoring=first)
    book.add_event(number, "finished", "not a publication", name="jane", scoring=first)
    grade(book, run, "jane", facts(failed()))
    now = take_snapshot(book, NAME)
    assert now.published["jane"].row.id == first and now.published["jane"].scores["lab1.a"] > 0
    assert now.scorings["jane"].scores["lab1.a"] == 0
    book.add_event(
        book.begin_run(NAME, ["export"]), PUBLISHED, "again", name="jane", scoring=now.scorings["jane"].row.id
    )
    assert take_snapshot(book, NAME).published["jane"].scores["lab1.a"] == 0


# ---- earlier ---------------------------------------------------------------------------------------------------------
def test_as_it_was_at_the_end_of_a_run(book: Gradebook, run: Run) -> None:
    grade(book, run, "jane", facts(failed()))
    two = grade(book, run, "jane", facts(outcome()), own=keys("c2"), key="other")
    book.add_event(book.begin_run(NAME, ["export"]), PUBLISHED, "exported", name="jane", scoring=two)
    grade(book, run, "tom", facts(outcome()))

    def at(before: int | None) -> tuple[object, ...]:
        then = take_snapshot(book, NAME, before)
        ids = {name: one.row.id for name, one in then.scorings.items()}
        return (
            ids,
            {name: row.key for name, row in then.submissions.items()},
            len(then.gradings),
            sorted(then.published),
        )

    assert at(0) == ({}, {}, 0, [])
    assert at(1) == ({"jane": 1}, {"jane": ""}, 1, [])
    assert at(2) == ({"jane": 2}, {"jane": "other"}, 2, [])
    assert at(3) == ({"jane": 2}, {"jane": "other"}, 2, ["jane"])
    assert at(4) == at(99) == at(None) == ({"jane": 2, "tom": 3}, {"jane": "other", "tom": ""}, 3, ["jane"])
