"""A class is graded: what is known is used again, what has changed is graded, and published points don't fall."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from autograder.class_asking import diff_of, export_of, show_of, why_of
from autograder.class_commands import tell_intake
from autograder.class_plan import Wish
from autograder.errors import ConfigError, GraderError
from autograder.gradebook import tables
from autograder.intake import Intake, Waiting
from tests.classes_by_hand import DIES, ERROR, FAILURE, HALF, REFUSED, RIGHT, WRONG, Course, course

__all__ = ["course"]  # a fixture

MORE_POINTS = "[rules]\npoints = 4\ncap = 4\n[items.double]\npoints = 4\n"
WEIGHTS = "[checks.double.second]\nweight = 3\n"


def score_of(course: Course, name: str) -> Any:
    return json.loads((course.out / name / "results.json").read_text())["score"]


def count(course: Course, table: Any) -> int:
    book = course.book()
    with book.reading() as session:
        found = session.scalar(select(func.count()).select_from(table))
    book.close()
    return int(found or 0)


def files(course: Course) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in course.out.rglob("*") if path.is_file()}


# ---- the same again --------------------------------------------------------------------------------------------------
def test_the_first_run_grades_all_and_the_second_nothing(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    course.hand_in(ann=RIGHT, bob=HALF, cay=REFUSED)
    assert course.grade() == ["ann", "bob", "cay"] and course.code == 0
    assert course.totals() == {"ann": 2.0, "bob": 1.0, "cay": 0.0}
    assert "3 submissions: 2 graded, 1 could not be graded, the grader failed at 0." in capsys.readouterr().out
    rows = {table: count(course, table) for table in (tables.Submission, tables.Grading, tables.Scoring)}
    before = {p: t for p, t in files(course).items() if p.parent != course.out}
    assert course.grade() == [] and course.code == 0
    assert rows == {table: count(course, table) for table in rows}
    assert before == {p: t for p, t in files(course).items() if p.parent != course.out}
    assert "3 of 3 were known and unchanged." in capsys.readouterr().out


def test_force_grades_again(course: Course) -> None:
    course.hand_in(ann=RIGHT, bob=HALF)
    course.grade()
    course.pool.says["ann"] = WRONG
    assert course.grade() == [] and course.totals()["ann"] == 2.0
    assert course.grade(Wish(force=True)) == ["ann", "bob"] and course.totals()["ann"] == 0.0
    assert course.grade() == [] and course.totals()["ann"] == 0.0 == score_of(course, "ann")


def test_only_what_is_new_or_changed_is_graded(course: Course) -> None:
    course.hand_in(ann=RIGHT, bob=HALF)
    course.grade()
    course.hand_in(bob=RIGHT, cay=HALF)
    assert course.grade() == ["bob", "cay"]
    assert course.totals() == {"ann": 2.0, "bob": 2.0, "cay": 1.0}
    course.hand_in(bob=HALF)  # as it was: known
    assert course.grade() == [] and course.totals()["bob"] == 1.0 == score_of(course, "bob")


def test_equal_hand_ins_are_graded_once(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where even their files have one name, as nothing that is found out speaks of its owner."""
    from autograder import class_commands
    from autograder.grades import HandIn

    paths = [course.folder / "in" / name / "doubling.py" for name in ("ann", "bob", "cay", "dan")]
    for path, word in zip(paths, (RIGHT, RIGHT, ERROR, ERROR), strict=True):
        path.parent.mkdir(parents=True)
        path.write_text(f"def double(x): ...  # {word}\n")
    taken_in = class_commands.taken_in
    hand_ins = tuple(HandIn(path, path.parent.name) for path in paths)
    monkeypatch.setattr(class_commands, "taken_in", lambda *args: replace(taken_in(*args), hand_ins=hand_ins))
    assert course.grade() == ["ann", "cay", "dan"] and course.code == 3  # an error is tried anew
    assert course.totals() == {"ann": 2.0, "bob": 2.0, "cay": None, "dan": None} and score_of(course, "bob") == 2.0
    rows = count(course, tables.Scoring)
    assert course.grade() == ["cay", "dan"] and count(course, tables.Scoring) == rows + 2


def test_nobody_reads_the_name_of_anothers_file(course: Course) -> None:
    """Equal texts in files of different names: what is found out names the file."""
    course.hand_in(ann=REFUSED, bob=REFUSED)
    assert course.grade() == ["ann", "bob"]


def test_results_that_were_removed_are_written_again(course: Course) -> None:
    course.hand_in(ann=RIGHT)
    course.grade()
    rows = count(course, tables.Scoring)
    (course.out / "ann" / "results.json").unlink()
    assert course.grade() == [] and score_of(course, "ann") == 2.0
    assert count(course, tables.Scoring) == rows, "nothing is counted twice"
    before = files(course)
    course.grade()
    assert {p: t for p, t in files(course).items() if p.parent.name == "ann"} == {
        p: t for p, t in before.items() if p.parent.name == "ann"
    }


def test_results_of_a_run_that_was_ended_before_it_kept_them(course: Course) -> None:
    """The files are there, younger than the newest row."""
    course.hand_in(ann=RIGHT)
    course.grade()
    path = course.out / "ann" / "results.json"
    path.write_text('{"score": 99}')
    assert course.grade() == [] and score_of(course, "ann") == 2.0


def test_another_folder_of_results_for_the_same_gradebook(course: Course, tmp_path: Path) -> None:
    course.hand_in(ann=RIGHT)
    url = str(tmp_path / "book.db")
    course.grade(gradebook=url)
    assert course.grade(gradebook=url, out=str(tmp_path / "other")) == []
    assert json.loads((tmp_path / "other" / "ann" / "results.json").read_text())["score"] == 2.0


# ---- points made anew ------------------------------------------------------------------------------------------------
def test_changed_points_are_no_reason_to_grade(course: Course) -> None:
    course.hand_in(ann=RIGHT, bob=HALF)
    course.grade()
    rubric = course.write("rubric.toml", MORE_POINTS)
    assert course.grade(rubric=rubric) == []
    assert course.totals() == {"ann": 4.0, "bob": 2.0} and score_of(course, "bob") == 2.0
    assert course.grade() == [] and course.totals() == {"ann": 2.0, "bob": 1.0}


def test_changed_weights_are_no_reason_to_grade(course: Course) -> None:
    course.hand_in(bob=HALF)
    course.grade()
    assert course.grade(rubric=course.write("rubric.toml", WEIGHTS)) == [] and course.totals() == {"bob": 0.5}
    results = json.loads((course.out / "bob" / "results.json").read_text())["extra_data"]["items"]
    assert {o["check"]: o["weight"] for o in results[0]["outcomes"]} == {"first": 1.0, "second": 3.0}


def test_a_mark_is_kept_and_holds_without_its_file(course: Course) -> None:
    course.hand_in(ann=WRONG, bob=HALF)
    course.grade()
    marks = course.write("marks.toml", '[[marks]]\nstudent = "ann"\nitem = "double"\npoints = 1.5\nby = "Tom"\n')
    assert course.grade(marks=marks) == [] and course.totals() == {"ann": 1.5, "bob": 1.0}
    assert course.grade() == [] and course.totals()["ann"] == 1.5
    course.write("marks.toml", "")
    assert course.grade(marks=marks) == [] and course.totals()["ann"] == 0.0
    [tried] = [row for row in [course.now().scorings["ann"].items["double"]] if not row.by]
    assert tried.score == 0.0


def test_lateness_and_an_extension(course: Course) -> None:
    late = course.write("late.toml", '[late]\ndue = "2026-05-01T12:00"\nloss_per_day = 0.25\n')
    course.hand_in(ann=RIGHT, bob=RIGHT)
    marks = "".join(
        f'[[times]]\nstudent = "{name}"\nhanded_in = "2026-05-02T10:00"\nby = "Tom"\n' for name in ("ann", "bob")
    )
    course.grade(rubric=late, marks=course.write("marks.toml", marks))
    assert course.totals() == {"ann": 1.5, "bob": 1.5}
    more = marks + '[[extensions]]\nstudent = "bob"\ndays = 2\nby = "Tom"\n'
    assert course.grade(rubric=late, marks=course.write("marks.toml", more)) == []
    assert course.totals() == {"ann": 1.5, "bob": 2.0}
    assert "late" in (course.out / "ann" / "report.md").read_text()


# ---- grading anew ----------------------------------------------------------------------------------------------------
def test_a_changed_check_grades_all_again(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    course.hand_in(ann=RIGHT, bob=HALF)
    course.grade()
    check = Path(course.settings.assignment) / "checks" / "test_double.py"
    check.write_text(check.read_text() + "\n# another mind\n")
    capsys.readouterr()
    why_of(course.settings, "ann")
    assert "functions would be run again, since this changed: the checks." in capsys.readouterr().out
    assert course.grade() == ["ann", "bob"] and course.grade() == []


def test_another_secret_grades_again(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    course.hand_in(ann=RIGHT)
    course.grade()
    monkeypatch.setenv("AUTOGRADER_SECRET", "another")
    assert course.grade() == ["ann"]


@pytest.mark.parametrize("word", [ERROR, FAILURE, DIES])
def test_the_graders_failures_are_tried_again(course: Course, word: str) -> None:
    course.hand_in(ann=RIGHT, bob=word)
    assert course.grade() == ["ann", "bob"] and course.code == (0 if word == DIES else 3)
    assert course.grade() == ["bob"]
    course.pool.says["bob"] = RIGHT
    assert course.grade() == ["bob"] and course.code == 0 and course.totals()["bob"] == 2.0
    assert course.grade() == []


def test_what_the_platform_delivered_wrong_is_a_row_of_its_own(course: Course) -> None:
    course.hand_in(ann=RIGHT)
    (course.folder / "in" / "notes.docx").write_bytes(b"PK")
    (course.folder / "in" / "empty").mkdir()
    assert course.grade() == ["ann"] and course.code == 0
    now = course.now()
    assert {name: one.row.exit_code for name, one in now.scorings.items()} == {"ann": 0, "empty": 2, "notes": 2}
    assert course.grade() == [] and len(course.now().scorings) == 3
    assert "\nnotes,2" in (course.out / "summary.csv").read_text()


def test_a_hand_in_that_cannot_be_read_keeps_nobody_waiting(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    from autograder import class_plan

    hashed = class_plan.content_hash

    def unreadable(path: Path) -> str:
        if path.name == "bob.py":
            raise ConfigError("bob.py can't be read: Permission denied.")
        return hashed(path)

    course.hand_in(ann=RIGHT, bob=RIGHT)
    monkeypatch.setattr(class_plan, "content_hash", unreadable)
    assert course.grade() == ["ann"] and course.now().scorings["bob"].row.exit_code == 2
    monkeypatch.undo()


# ---- published points ------------------------------------------------------------------------------------------------
def publish(course: Course) -> None:
    export_of(course.settings, "csv", Path(), "", "", False)


@pytest.mark.parametrize("change", [WRONG, REFUSED])
def test_published_points_do_not_fall(course: Course, change: str, capsys: pytest.CaptureFixture[str]) -> None:
    course.hand_in(ann=RIGHT, bob=HALF)
    course.grade()
    publish(course)
    course.hand_in(ann=change, bob=RIGHT)
    capsys.readouterr()
    assert course.grade() == ["ann", "bob"]
    told = capsys.readouterr().out
    assert "ann: published points would fall in double, the total; left as it was" in told and "--allow-lower" in told
    assert course.totals() == {"ann": 2.0, "bob": 2.0} and score_of(course, "ann") == 2.0
    rows = count(course, tables.Scoring)
    assert course.grade() == [] and "ann: double" in capsys.readouterr().out and count(course, tables.Scoring) == rows
    assert course.grade(Wish(allow_lower=True)) == [] and course.totals()["ann"] == 0.0 == score_of(course, "ann")
    (course.out / "ann" / "results.json").unlink()
    more = course.write("rubric.toml", MORE_POINTS)
    for rubric in ("", more):
        assert course.grade(rubric=rubric) == [] and score_of(course, "ann") == 0.0, "what was allowed once holds"


def test_a_rule_does_not_lower_a_published_total_either(course: Course) -> None:
    course.hand_in(ann=RIGHT)
    course.grade()
    publish(course)
    less = course.write("rubric.toml", "[rules]\ncap = 1\n")
    assert course.grade(rubric=less) == [] and course.totals() == {"ann": 2.0}
    assert course.grade(Wish(allow_lower=True), rubric=less) == [] and course.totals() == {"ann": 1.0}


def test_a_failure_of_the_grader_is_no_fall(course: Course) -> None:
    course.hand_in(ann=RIGHT)
    course.grade()
    publish(course)
    course.pool.says["ann"] = FAILURE
    assert course.grade(Wish(force=True)) == ["ann"] and course.code == 3 and course.totals() == {"ann": None}


# ---- a preview -------------------------------------------------------------------------------------------------------
def test_a_preview_writes_nothing_and_its_facts_are_used(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    course.hand_in(ann=RIGHT, bob=HALF)
    course.grade()
    course.hand_in(ann=WRONG)
    before = files(course)
    rows = {table: count(course, table) for table in (tables.Submission, tables.Scoring, tables.LateDay)}
    capsys.readouterr()
    assert course.grade(Wish(preview=True)) == ["ann"] and course.code == 0
    told = capsys.readouterr().out
    assert "ann:\n  double: 2 -> 0\n    first: passed -> failed" in told and "1 of 2 hand-ins would change" in told
    assert rows == {table: count(course, table) for table in rows} and course.totals()["ann"] == 2.0
    changed = {p.name for p, t in files(course).items() if before.get(p) != t}
    assert {name for name in changed if not name.startswith("gradebook.db")} == set()
    assert course.grade() == [] and course.totals()["ann"] == 0.0, "what the preview found out is known"


def test_a_preview_of_points_and_of_another_item(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    course.hand_in(ann=RIGHT)
    course.grade()
    rubric = course.write("rubric.toml", MORE_POINTS)
    for item, changed in (("double", 1), ("", 1), ("triple", 0)):
        capsys.readouterr()
        course.grade(Wish(preview=True, item=item), rubric=rubric)
        told = capsys.readouterr().out
        assert f"{changed} of 1 hand-ins would change" in told and ("  double: 2 -> 4" in told) == bool(changed)
    assert course.totals() == {"ann": 2.0} and score_of(course, "ann") == 2.0


def test_a_preview_of_a_new_hand_in_knows_nobody(course: Course) -> None:
    course.hand_in(ann=RIGHT)
    assert course.grade(Wish(preview=True)) == ["ann"]
    assert not course.now().submissions and not (course.out / "ann").exists()
    assert course.grade() == [] and course.totals() == {"ann": 2.0}


# ---- however it ends -------------------------------------------------------------------------------------------------
def test_what_is_done_is_kept_when_somebody_interrupts(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    course.hand_in(ann=RIGHT, bob=HALF, cay=WRONG)
    course.pool.stop_after = 2
    with pytest.raises(KeyboardInterrupt):
        course.grade()
    assert set(course.totals()) == {"ann", "bob"} and "2 submissions: 2 graded" in capsys.readouterr().out
    assert "bob" in (course.out / "summary.csv").read_text()
    course.pool.stop_after = None
    assert course.grade() == ["cay"] and set(course.totals()) == {"ann", "bob", "cay"}


def test_a_sandbox_that_cannot_start_leaves_a_true_summary(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    from autograder import batch

    course.hand_in(ann=RIGHT)
    course.grade()

    def fail(*args: Any, **more: Any) -> None:
        raise GraderError("no zygote")

    course.hand_in(bob=RIGHT)
    monkeypatch.setattr(batch, "grade_jobs", fail)
    with pytest.raises(GraderError):
        course.grade(rubric=course.write("rubric.toml", MORE_POINTS))
    assert "ann,0,4.0" in (course.out / "summary.csv").read_text()


def test_results_hold_no_facts(course: Course) -> None:
    from autograder.class_commands import opened
    from autograder.class_run import begin_class_run, grade_class
    from autograder.grades import HandIn

    course.hand_in(ann=RIGHT, bob=HALF)
    course.grade()
    course.hand_in(ann=HALF)
    with opened(course.settings) as session:
        number = session.book.begin_run(session.assignment, [])
        run = begin_class_run(session.run, session.book, number, Wish())
        hand_ins = [HandIn(path, path.stem) for path in sorted((course.folder / "in").iterdir())]
        seen: list[bool] = []
        done = grade_class(run, hand_ins, lambda one: seen.append(one.result.facts is not None))
    assert all(one.result.facts is None and one.result.job.recall is None for one in done) and any(seen)
    assert {one.how for one in done} == {"graded", "cached"}


@pytest.mark.skipif(os.getuid() == 0, reason="NOT TESTED as root, who may read everything")
def test_permissions(course: Course) -> None:
    course.hand_in(ann=RIGHT, bob=RIGHT)
    (course.folder / "in" / "bob.py").chmod(0)
    assert course.grade() == ["ann"] and course.now().scorings["bob"].row.exit_code == 2


# ---- asking ----------------------------------------------------------------------------------------------------------
def test_a_run_that_was_not_is_no_run_without_changes(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    course.hand_in(ann=RIGHT)
    course.grade()
    course.grade()
    capsys.readouterr()
    diff_of(course.settings, 1, 2)
    assert capsys.readouterr().out == "Nobody's points changed between run 1 and run 2.\n"
    for before, after, missing in ((1, 7, 7), (0, 1, 0)):
        with pytest.raises(ConfigError, match=f"no run {missing} of doubling"):
            diff_of(course.settings, before, after)


def test_who_asks_makes_no_gradebook(course: Course, tmp_path: Path) -> None:
    elsewhere = course.with_(out=str(tmp_path / "mistyped"))
    for ask in (
        lambda: show_of(elsewhere, "ann"),
        lambda: why_of(elsewhere, "ann"),
        lambda: diff_of(elsewhere, 1, 2),
        lambda: export_of(elsewhere, "csv", Path(), "", "", True),
    ):
        with pytest.raises(ConfigError, match="There is no gradebook .*mistyped/gradebook.db"):
            ask()
    assert not (tmp_path / "mistyped").exists()


def test_who_waits_is_told_by_the_names_of_results(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    told = [Waiting(f"canvas: leeann, {number}", f"leeann_{number}", "Two have it.") for number in (5, 5, 6)]
    tell_intake(Intake("canvas", "Canvas", (), tuple(told)), course.settings)
    assert "in the roster for sure: leeann_5, leeann_6. Decide in" in capsys.readouterr().err


def test_what_is_refused_has_no_points_made_anew(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    course.hand_in(ann=REFUSED, bob=RIGHT)
    course.grade()
    capsys.readouterr()
    course.grade(rubric=course.write("r.toml", WEIGHTS))
    said = capsys.readouterr().out
    assert "ann: It can't be read.\n" in said and "bob: 2 of 2 points (known; points made anew)\n" in said
