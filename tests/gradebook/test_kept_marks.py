"""Files of marks come and go; the gradebook keeps who said what, and what holds now."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from sqlalchemy import select

from autograder.gradebook import Gradebook, tables
from autograder.gradebook.kept_marks import keep_marks, kept_marks, misfits
from autograder.lateness import Extension, Late
from autograder.marks import Mark, Marks, load_marks
from autograder.run import Run
from tests.gradebook.gradings import NAME
from tests.runs import run_of

FINE, BETTER = Mark(2.0, "Fine.", "Ann"), Mark(3.0, "Better than it looks.", "Bo")
BERLIN = ZoneInfo("Europe/Berlin")


def keep(book: Gradebook, source: str = "marks.toml", **said: object) -> int:
    """Give the gradebook a file that says this; the rows added."""
    number = book.begin_run(NAME, ["grade-all"])
    return keep_marks(book, number, NAME, replace(Marks(source=source), **said))  # type: ignore[arg-type]


def held(book: Gradebook) -> Marks:
    return kept_marks(book, NAME)


def moments(marks: Marks) -> Marks:
    """The same in one time zone: with fold, times of two zones are never equal."""
    extensions = {name: replace(own, due=own.due and own.due.astimezone(UTC)) for name, own in marks.extensions.items()}
    return replace(marks, extensions=extensions, times={name: at.astimezone(UTC) for name, at in marks.times.items()})


def test_none_at_first(book: Gradebook) -> None:
    assert held(book) == Marks(source="the gradebook") and keep(book) == 0


def test_all_that_a_file_can_say_comes_back(book: Gradebook, run: Run, tmp_path: Path) -> None:
    (tmp_path / "marks.toml").write_text(
        """
        [[marks]]
        student = "jane"
        item = "lab1.f.answer"
        points = 2.5
        comment = "Right — “thin”."
        by = "Ann"
        [[marks]]
        item = "tf.1"
        points = 1
        by = "Bo"
        confirmed = true
        [[marks]]
        student = "jane"
        item = "tf.2"
        points = 1
        by = "the grader's proposal"
        confirmed = false
        [[penalties]]
        student = "jane"
        rule = "No PDF."
        by = "Ann"
        [[extensions]]
        student = "jane"
        days = 3
        by = "Ann"
        reason = "Ill."
        [[extensions]]
        student = "tom"
        due = "2026-10-25T02:30"
        by = "Ann"
        [[times]]
        student = "tom"
        handed_in = "2026-10-26T10:00:01"
        by = "Ann"
        """,
        encoding="utf-8",
    )
    late = Late(due="2026-05-01T23:59", time_zone="Europe/Berlin")
    given = load_marks(tmp_path / "marks.toml", msgspec.structs.replace(run.rubric, late=late))
    number = book.begin_run(NAME, [])
    assert keep_marks(book, number, NAME, given) == 6
    back = held(book)
    assert moments(back) == moments(replace(given, source="the gradebook", proposed={}))  # a proposal counts nowhere
    assert keep_marks(book, number, NAME, given) == 0


def test_the_same_file_again_adds_nothing_and_changes_add_one_row_each(book: Gradebook) -> None:
    own = {"jane": {"tf.1": FINE, "tf.2": FINE}}
    assert keep(book, own=own) == 2 and keep(book, own=own) == 0
    own = {"jane": {"tf.1": replace(FINE, comment="Fine!"), "tf.2": FINE}}
    assert keep(book, own=own) == 1 and held(book).own == own
    assert keep(book, own=own, everybody={"tf.1": BETTER}) == 1
    assert held(book).everybody == {"tf.1": BETTER} and held(book).own == own


def test_what_is_gone_from_a_file_is_withdrawn_and_may_come_back(book: Gradebook) -> None:
    own = {"jane": {"tf.1": FINE, "tf.2": BETTER}}
    keep(book, own=own, times={"tom": datetime(2026, 5, 1, tzinfo=UTC)})
    assert keep(book, own={"jane": {"tf.1": FINE}}) == 2
    assert held(book).own == {"jane": {"tf.1": FINE}} and held(book).times == {}
    assert keep(book) == 1 and held(book) == Marks(source="the gradebook") and keep(book) == 0
    assert keep(book, own=own) == 2 and held(book).own == own
    with book.reading() as session:
        rows = session.scalars(select(tables.Mark).order_by(tables.Mark.id)).all()
        assert [(row.student, row.item, row.by, row.withdrawn) for row in rows] == [
            ("jane", "tf.1", "Ann", False), ("jane", "tf.2", "Bo", False), ("tom", "", "", False),
            ("jane", "tf.2", "Bo", True), ("tom", "", "", True), ("jane", "tf.1", "Ann", True),
            ("jane", "tf.1", "Ann", False), ("jane", "tf.2", "Bo", False),
        ]  # fmt: skip


def test_a_file_withdraws_nothing_of_another(book: Gradebook) -> None:
    keep(book, "a.toml", own={"jane": {"tf.1": FINE}})
    keep(book, "b.toml", own={"tom": {"tf.1": FINE}})
    assert held(book).own == {"jane": {"tf.1": FINE}, "tom": {"tf.1": FINE}}
    keep(book, "a.toml")
    assert held(book).own == {"tom": {"tf.1": FINE}}


def test_of_two_files_the_one_holds_that_said_something_new_last(book: Gradebook) -> None:
    keep(book, "a.toml", own={"jane": {"tf.1": FINE}})
    keep(book, "b.toml", own={"jane": {"tf.1": BETTER}})
    assert held(book).own == {"jane": {"tf.1": BETTER}}
    keep(book, "a.toml", own={"jane": {"tf.1": FINE}, "tom": {"tf.1": FINE}})  # a standing file that grew
    assert held(book).own == {"jane": {"tf.1": BETTER}, "tom": {"tf.1": FINE}}
    keep(book, "b.toml")
    assert held(book).own == {"jane": {"tf.1": FINE}, "tom": {"tf.1": FINE}}
    last = replace(FINE, points=1.0)
    keep(book, "a.toml", own={"jane": {"tf.1": last}})
    keep(book, "b.toml", own={"jane": {"tf.1": BETTER}})
    keep(book, "a.toml", own={"jane": {"tf.1": FINE}})
    assert held(book).own == {"jane": {"tf.1": FINE}}


def test_penalties_add_up_in_their_order_and_once(book: Gradebook) -> None:
    keep(book, "a.toml", penalties={"jane": ("No PDF. (Confirmed by Ann.)", "Two notebooks. (Confirmed by Ann.)")})
    keep(book, "b.toml", penalties={"jane": ("No PDF. (Confirmed by Ann.)", "Zip in zip. (Confirmed by Bo.)")})
    both = ("No PDF. (Confirmed by Ann.)", "Two notebooks. (Confirmed by Ann.)", "Zip in zip. (Confirmed by Bo.)")
    assert held(book).penalties == {"jane": both}
    assert held(book).marks_for("jane").broken_rule == " ".join(both)
    keep(book, "a.toml")
    assert held(book).penalties == {"jane": ("No PDF. (Confirmed by Ann.)", "Zip in zip. (Confirmed by Bo.)")}


@pytest.mark.parametrize(
    "extension",
    [
        Extension(days=3, by="Ann", reason="Ill."),
        Extension(due=datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=BERLIN), by="Ann"),
        Extension(due=datetime(2026, 5, 1, tzinfo=timezone(timedelta(hours=-9, minutes=-30))), by="Ann"),
    ],
    ids=str,
)
def test_extensions(book: Gradebook, extension: Extension) -> None:
    assert keep(book, extensions={"jane": extension}) == 1 and keep(book, extensions={"jane": extension}) == 0
    back = held(book).extensions["jane"]
    assert replace(back, due=None) == replace(extension, due=None)
    assert (back.due and back.due.astimezone(UTC)) == (extension.due and extension.due.astimezone(UTC))


def test_times_are_the_same_moment(book: Gradebook) -> None:
    time = datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=BERLIN)
    keep(book, times={"jane": time})
    assert held(book).times["jane"].astimezone(UTC) == time.astimezone(UTC)


def test_a_mark_made_of_defaults_is_the_same_mark(book: Gradebook) -> None:
    """Equal marks are the same, however they were made."""
    made = Mark(float("2"), "".join([]), "".join(["A", "nn"]), not 0)
    assert (
        keep(book, own={"jane": {"tf.1": Mark(2.0, by="Ann")}}) == 1 and keep(book, own={"jane": {"tf.1": made}}) == 0
    )


def test_assignments_have_their_own_marks(book: Gradebook) -> None:
    keep(book, own={"jane": {"tf.1": FINE}})
    assert kept_marks(book, "gru_attention") == Marks(source="the gradebook")
    keep_marks(book, book.begin_run("gru_attention", []), "gru_attention", Marks(source="marks.toml"))
    assert held(book).own == {"jane": {"tf.1": FINE}}


def test_a_name_as_everybodys_is_not_everybody(book: Gradebook) -> None:
    keep(book, everybody={"tf.1": FINE}, own={"None": {"tf.1": BETTER}})
    assert held(book).everybody == {"tf.1": FINE} and held(book).own == {"None": {"tf.1": BETTER}}


def test_marks_that_another_rubric_does_not_fit_are_named() -> None:
    rubric = run_of().rubric
    item = rubric.items[0]
    marks = Marks(
        {item.id: Mark(item.points, by="Ann")}, {"jane": {"gone": FINE, item.id: Mark(item.points + 1, by="Bo")}}
    )
    wrong = misfits(marks, rubric)
    assert len(wrong) == 2 and "jane for gone by Ann" in wrong[0] and f"has {item.points:g} points now" in wrong[1]
