"""Whole runs of a class, with made-up facts in place of workers: rows are added, and none is ever changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select, update

from autograder import batch, class_run
from autograder.assemble import report_of
from autograder.class_run import RESULTS, Done, Wish, begin_class_run, grade_class
from autograder.facts import Facts
from autograder.gradebook import Gradebook
from autograder.gradebook.kept_marks import keep_marks, kept_marks
from autograder.gradebook.late_days import lates_of
from autograder.gradebook.snapshot import PUBLISHED, take_snapshot
from autograder.gradebook.tables import Base, Event
from autograder.grades import HandIn
from autograder.lateness import Late
from autograder.marks import Mark, Marks
from autograder.records import Report
from autograder.run import Run
from autograder.runners.local import Job, Result, fallen_items, row_of
from tests.gradebook.gradings import JANE, NAME, TOM, facts, failed, hand_in, outcome

NAMES = ("jane", "tom", "zoe")


class Workers:
    """In place of processes: finds out what it is told, and notes for whom."""

    def __init__(self) -> None:
        self.found: dict[str, Facts] = {name: facts(outcome()) for name in NAMES}
        self.ran: list[str] = []

    def __call__(
        self, jobs: Sequence[Job], run: Run, on_result: Callable[[Result], None], watch: object = None
    ) -> None:
        for job in jobs:
            self.ran.append(job.name)
            found = self.found[job.name]
            report = report_of(run, found, job.path, job.name, job.late)
            fallen = fallen_items(report, job.floor)
            if job.write and not fallen:
                written(run, report, job.folder)
            on_result(Result(job=job, seconds=0.0, facts=found, fallen=fallen, **row_of(report)))


def written(run: Run, report: Report, folder: Path) -> Report:
    """In place of reports."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RESULTS).write_text(str(report.score.total))
    return report


def all_written(run: Run, reports: Mapping[Path, Report]) -> None:
    for folder, report in reports.items():
        written(run, report, folder)


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Workers:
    made = Workers()
    monkeypatch.setattr(batch, "grade_jobs", made)
    monkeypatch.setattr(class_run, "write_many", all_written)
    monkeypatch.setattr(class_run, "shared_parts", lambda run: {"functions": {"checks": run.secret.decode()}})
    return made


@pytest.fixture
def hand_ins(tmp_path: Path) -> list[HandIn]:
    made = []
    for name, owners in (("jane", (JANE,)), ("tom", (TOM,)), ("zoe", ())):
        path = tmp_path / "in" / name / "LabRNN.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(name)
        made.append(hand_in(name, *owners, path=path))
    return made


def counts(book: Gradebook) -> dict[str, int]:
    """The rows of each table."""
    with book.reading() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def rows(book: Gradebook) -> dict[str, list[Any]]:
    with book.reading() as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(table).order_by(table.c.id))]
            for table in Base.metadata.sorted_tables
        }


class Course:
    """Grades a class again and again, as `grade-all` does."""

    def __init__(self, book: Gradebook, run: Run, workers: Workers) -> None:
        self.book, self.run, self.workers = book, run, workers
        self.marks = Marks(source="marks.toml")

    def grade(self, hand_ins: Sequence[HandIn], wish: Wish = Wish()) -> dict[str, str]:  # noqa: B008
        number = self.book.begin_run(NAME, ["grade-all"])
        keep_marks(self.book, number, NAME, self.marks)
        run = replace(self.run, marks=kept_marks(self.book, NAME))
        self.book.add_people(number, [JANE, TOM])
        course = begin_class_run(run, self.book, number, wish)
        course.lates = lates_of(self.book, number, run, hand_ins)
        self.workers.ran.clear()
        done: list[Done] = grade_class(course, hand_ins, lambda one: None)
        self.book.add_event(number, "finished", "")
        return {one.result.job.name: one.how for one in done}

    def publish(self) -> None:
        number = self.book.begin_run(NAME, ["export"])
        for name, one in take_snapshot(self.book, NAME).scorings.items():
            self.book.add_event(number, PUBLISHED, "exported", name=name, scoring=one.row.id)


@pytest.fixture
def course(book: Gradebook, run: Run, workers: Workers) -> Course:
    return Course(book, run, workers)


def test_no_row_is_ever_changed(
    course: Course, hand_ins: list[HandIn], workers: Workers, statements: list[str], book: Gradebook
) -> None:
    steps: list[tuple[Callable[[], object], Mapping[str, str]]] = [
        (lambda: None, dict.fromkeys(NAMES, "graded")),
        (lambda: None, dict.fromkeys(NAMES, "cached")),
        (lambda: _mark(course), {"jane": "rescored", "tom": "cached", "zoe": "cached"}),
        (lambda: _late(course), {"jane": "cached", "tom": "rescored", "zoe": "cached"}),
        (lambda: _hand_in_again(hand_ins[0]), {"jane": "graded", "tom": "cached", "zoe": "cached"}),
        (lambda: _new_checks(course, workers), {"jane": "held", "tom": "held", "zoe": "held"}),
        (lambda: setattr(course, "marks", Marks(source="marks.toml")), {}),
    ]
    before = rows(book)
    statements.clear()
    for prepare, expected in steps:
        prepare()
        how = course.grade(hand_ins)
        assert not expected or how == expected
        now = rows(book)
        for name, kept in before.items():
            assert now[name][: len(kept)] == kept, name
        before = now
    verbs = Counter(said.split()[0].upper() for said in statements)
    assert verbs.keys() <= {"SELECT", "INSERT", "BEGIN", "PRAGMA"} and verbs["INSERT"] > 20
    assert all(before.values())  # every table has been written


def _mark(course: Course) -> None:
    course.marks = replace(course.marks, own={"jane": {"lab1.f.answer": Mark(1.0, "Fine.", "Ann")}})


def _late(course: Course) -> None:
    late = Late(due="2026-05-01T12:00", loss_per_day=0.1)
    course.run = replace(course.run, rubric=msgspec.structs.replace(course.run.rubric, late=late))
    course.marks = replace(course.marks, times={"tom": datetime(2026, 5, 2, tzinfo=UTC)})


def _hand_in_again(one: HandIn) -> None:
    one.path.write_text("better")


def _new_checks(course: Course, workers: Workers) -> None:
    course.publish()
    course.run = replace(course.run, secret=b"another")
    workers.found = {name: facts(failed()) for name in NAMES}


def test_a_statement_that_changes_rows_would_be_heard(book: Gradebook, statements: list[str]) -> None:
    with book.writing() as connection:
        connection.execute(update(Event).values(text="x"))
    assert any(said.startswith("UPDATE") for said in statements)


# ---- resuming --------------------------------------------------------------------------------------------------------
def test_what_was_done_before_the_power_went_is_not_done_again(
    course: Course, hand_ins: list[HandIn], workers: Workers, book: Gradebook
) -> None:
    class PowerCut(BaseException): ...

    whole = Workers.__call__

    def cut(self: Workers, jobs: Sequence[Job], *rest: Any, **more: Any) -> None:
        whole(self, jobs[:1], *rest, **more)
        raise PowerCut

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Workers, "__call__", cut)
        with pytest.raises(PowerCut):
            course.grade(hand_ins)
    assert counts(book)["scoring"] == counts(book)["grading"] == 1
    assert course.grade(hand_ins) == {"jane": "cached", "tom": "graded", "zoe": "graded"}
    assert workers.ran == ["tom", "zoe"]
    found = counts(book)
    assert found["scoring"] == found["grading"] == found["submission"] == 3


def test_nothing_of_a_hand_in_is_kept_if_its_points_cannot_be(
    course: Course, hand_ins: list[HandIn], book: Gradebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    class PowerCut(BaseException): ...

    def cut(*_: object, **__: object) -> None:
        raise PowerCut

    with monkeypatch.context() as patched:
        patched.setattr(Gradebook, "add_scoring", cut)
        with pytest.raises(PowerCut):
            course.grade(hand_ins)
    assert counts(book)["grading"] == counts(book)["outcome"] == counts(book)["scoring"] == 0
    assert set(course.grade(hand_ins).values()) == {"graded"} and counts(book)["grading"] == 3


def test_results_that_are_gone_are_written_again_without_running(
    course: Course, hand_ins: list[HandIn], run: Run
) -> None:
    course.grade(hand_ins)
    (run.out / "tom" / RESULTS).unlink()
    assert course.grade(hand_ins) == {"jane": "cached", "tom": "rescored", "zoe": "cached"}
    assert (run.out / "tom" / RESULTS).is_file() and course.workers.ran == []


def test_the_same_file_twice_is_graded_once(course: Course, hand_ins: list[HandIn], book: Gradebook) -> None:
    hand_ins[1].path.write_bytes(hand_ins[0].path.read_bytes())
    course.grade(hand_ins[:1])
    assert course.grade(hand_ins) == {"jane": "cached", "tom": "rescored", "zoe": "graded"}
    assert counts(book)["grading"] == 2


def test_a_point_value_runs_nothing(course: Course, hand_ins: list[HandIn], book: Gradebook) -> None:
    course.grade(hand_ins)
    rubric = course.run.rubric
    items = tuple(replace(item, points=item.points * 2) for item in rubric.items)
    course.run = replace(course.run, rubric=msgspec.structs.replace(rubric, items=items))
    assert set(course.grade(hand_ins).values()) == {"rescored"} and course.workers.ran == []
    assert {one.row.total for one in take_snapshot(book, NAME).scorings.values()} == {rubric.item("lab1.a").points * 2}


def test_force_and_allow_lower(course: Course, hand_ins: list[HandIn], workers: Workers, book: Gradebook) -> None:
    course.grade(hand_ins)
    assert set(course.grade(hand_ins, Wish(force=True)).values()) == {"graded"} and len(workers.ran) == 3
    _new_checks(course, workers)
    assert set(course.grade(hand_ins).values()) == {"held"}
    assert all(one.scores["lab1.a"] > 0 for one in take_snapshot(book, NAME).scorings.values())
    assert set(course.grade(hand_ins, Wish(allow_lower=True)).values()) == {"rescored"}
    assert all(one.scores["lab1.a"] == 0 for one in take_snapshot(book, NAME).scorings.values())
