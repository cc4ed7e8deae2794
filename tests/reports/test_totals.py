"""Totals as readers meet them: bonus points apart, rules that change the sum said, a person's marks counted."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction

import pytest
from reading import Page, html_of, markdown_of, on_terminal, results_of

from autograder.folder import BUILT_IN
from autograder.lateness import Lateness
from autograder.marks import Mark
from autograder.records import Outcome, Report
from autograder.reports.markdown_text import escape
from autograder.reports.words import headline, parts_text, total_text
from autograder.rubric import load_rubric
from autograder.scoring import score

RUBRIC = load_rubric(BUILT_IN / "labrnn" / "rubric.toml")
AUTOMATIC = {item.id: Mark(item.points) for item in RUBRIC.items if item.marking == "automatic"}
EVERYTHING = {item.id: Mark(item.points) for item in RUBRIC.items}
Make = Callable[..., Report]


def test_bonus_points_stand_apart(make: Make) -> None:
    report = make(score(RUBRIC, [], marks=AUTOMATIC))
    assert report.score.total == 57 and total_text(report.score) == "52 of 52 points, and 5 of 5 bonus points"
    assert headline(report) == (
        "52 of 52 points, and 5 of 5 bonus points so far; "
        "48 points in 16 items and 10 bonus points in 3 items still to be marked."
    )
    assert parts_text(report.score) == (
        "automatic 52 of 52 and bonus 5 of 5; assisted 30 pending; manual 18 and bonus 10 pending"
    )
    page = " ".join(Page(html_of(report)).text.split())
    assert "52 of 52 points, and 5 of 5 bonus points so far" in page and "57 of" not in page


def test_without_bonus_nothing_is_said_of_it() -> None:
    assert total_text(score(RUBRIC, [], marks={"lab1.a": Mark(2.5)})) == "2.5 of 5 points"


def test_a_total_under_a_rule_is_the_total() -> None:
    whole = score(RUBRIC, [], marks=EVERYTHING)
    told = "(100 of 100 points, and 15 of 15 bonus points)"
    assert total_text(whole) == f"100 points in total under the rubric's rules {told}"
    fined = score(RUBRIC, [], marks=EVERYTHING, broken_rule="There is no PDF.")
    assert total_text(fined) == f"80 points in total under the rubric's rules {told}"


def test_each_deduction_is_a_line_for_the_student(make: Make) -> None:
    late = Lateness(days=2, share=Fraction(1, 8), sentence="2 days late: 12.5 % of the maximum off.")
    report = make(score(RUBRIC, [], marks=EVERYTHING, broken_rule="There is <no> PDF.", late=late))
    lines = [
        "15 points off: The total is at most 100 points.",
        "20 points off: A rule of the hand-in was broken: There is <no> PDF. Penalty: 20%.",
        "12.5 points off: 2 days late: 12.5 % of the maximum off.",
    ]
    page, content = Page(html_of(report)).text, json.loads(results_of(report))
    for text in (page, on_terminal(report, 120)):
        assert [text.index(line) for line in lines] == sorted(text.index(line) for line in lines)
    for text in (markdown_of(report), content["output"]):
        assert [line for line in text.splitlines() if "off: " in line] == [f"- {escape(line)}" for line in lines]
    extra = content["extra_data"]
    assert [line["kind"] for line in extra["deductions"]] == ["cap", "penalty", "late"]
    assert (extra["raw"], content["score"]) == (115, 67.5)
    assert extra["raw"] - sum(line["points"] for line in extra["deductions"]) == content["score"]


def test_a_persons_marks_count_where_nothing_else_can_be_graded(make: Make) -> None:
    report = make(score(RUBRIC, [], marks={"tf.1": Mark(3.0, by="Ann")}), problem="It is no notebook.", notebook="")
    words = "This submission can't be graded automatically; 3 of 3 points by a person."
    assert headline(report) == words and report.exit_code == 2
    for text in (Page(html_of(report)).text, markdown_of(report), on_terminal(report, 120)):
        assert words in text and "tf.1" in text and "tf.2" not in text
    content = json.loads(results_of(report))
    [scored] = [test for test in content["tests"] if "score" in test]
    assert content["score"] == scored["score"] == 3 and scored["number"] == "tf.1"
    assert "Submission: `student_042`\n" in markdown_of(report)


@pytest.mark.parametrize("width", [80, 60, 40])
def test_only_titles_give_way_on_a_narrow_terminal(make: Make, width: int) -> None:
    marks = {item.id: Mark(item.points - 0.25) for item in RUBRIC.items}
    shown = on_terminal(make(score(RUBRIC, [], marks=marks)), width).splitlines()
    for item in RUBRIC.items:
        [row] = [line for line in shown if line.split()[:1] == [item.id]]
        assert row.rstrip().endswith(f"{item.points - 0.25:g} / {item.points:g}")


@pytest.mark.parametrize(
    ("mark", "item", "status"),
    [(0.0, "tf.1", "failed"), (2.5, "tf.1", "passed"), (3.0, "tf.1", "passed"), (2.5, "lab1.a", "passed")],
)
def test_a_persons_points_are_no_failure(make: Make, mark: float, item: str, status: str) -> None:
    failed = Outcome("lab1.a", "check", "It holds.", 1.0, False, "public", "failed")
    content = json.loads(results_of(make(score(RUBRIC, [failed], marks={item: Mark(mark)}))))
    assert [test["status"] for test in content["tests"] if test["number"] == item] == [status]


def test_students_read_no_path_of_the_staff(make: Make) -> None:
    report = make(score(RUBRIC, []), source="/home/ann/course/2026/student_042.ipynb")
    text = results_of(report)
    assert json.loads(text)["extra_data"]["source"] == "student_042.ipynb" and "/home/ann" not in text
