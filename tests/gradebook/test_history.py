"""What has become of points, in sentences."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

from autograder.facts import Facts
from autograder.gradebook import Gradebook
from autograder.gradebook.history import changes, diff, in_order, show, why
from autograder.gradebook.snapshot import take_snapshot
from autograder.lateness import Lateness
from autograder.marks import Mark, Marks
from autograder.run import Run
from tests.gradebook.gradings import NAME, facts, failed, grade, keys, outcome


def stable(lines: list[str]) -> list[str]:
    """Without what every run has anew."""
    return [re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC by \w+", "WHEN by WHO", line) for line in lines]


def differences(book: Gradebook, before: int, after: int) -> list[str]:
    return list(diff(book, take_snapshot(book, NAME, before), take_snapshot(book, NAME, after)))


# ---- show ------------------------------------------------------------------------------------------------------------
def test_a_history(book: Gradebook, run: Run) -> None:
    one, two = keys("c1", checks="1"), keys("c1", checks="2")
    marked = replace(run, marks=Marks(own={"jane": {"lab1.f.answer": Mark(1.0, "", "Ann")}}))
    grade(book, run, "jane", facts(failed()), own=one)
    grade(book, run, "tom", facts(outcome()))
    grade(book, marked, "jane", facts(outcome()), own=two)
    grade(book, marked, "jane", facts(failed()), own=one, held=True)
    points = run.rubric.item("lab1.a").points
    pending = [item for item in run.rubric.items if item.id not in ("lab1.a", "lab1.f.answer")]
    answer = run.rubric.item("lab1.f.answer").points
    told = stable(list(show(book, NAME, "jane")))
    assert [line for line in told if not line.startswith(tuple(f"  {item.id}: " for item in pending))] == [
        f"run 1, WHEN by WHO: 0 of {points:g}",
        f"  from gradings 1 (keys {one['functions'].digest})",
        f"  lab1.a: 0 of {points:g}",
        f"  lab1.f.answer: pending of {answer:g}",
        f"run 3, WHEN by WHO: {points + 1:g} of {points + answer:g}",
        f"  from gradings 3 (keys {two['functions'].digest})",
        f"  lab1.a: 0 -> {points:g} of {points:g}",
        f"  lab1.f.answer: pending -> 1 of {answer:g}, marked by Ann",
        f"run 4, WHEN by WHO: 1 of {points + answer:g} (held: published points would fall)",
        f"  from gradings 4 (keys {one['functions'].digest})",
        f"  lab1.a: {points:g} -> 0 of {points:g}",
    ]
    assert len(told) == 11 + len(pending)
    assert list(show(book, NAME, "eve")) == list(show(book, "gru_attention", "jane")) == []


def test_a_history_of_what_could_not_be_graded(book: Gradebook, run: Run) -> None:
    grade(book, run, "jane", facts(problem="It holds no notebook."))
    grade(book, run, "jane", Facts(failure="The sandbox is gone."))
    told = stable(list(show(book, NAME, "jane")))
    assert told[0].endswith("It holds no notebook.)") or told[0].endswith(": It holds no notebook.")
    assert "run 2, WHEN by WHO: The sandbox is gone." in told
    assert told[told.index("run 2, WHEN by WHO: The sandbox is gone.") + 1] == "  from gradings none"


# ---- diff ------------------------------------------------------------------------------------------------------------
def test_whose_points_changed_where_why_with_both_counterexamples(book: Gradebook, run: Run) -> None:
    for name in ("jane", "tom", "zoe"):
        found = facts(failed(got="['a b']"), outcome("lab1.b", "plain")) if name != "zoe" else facts(outcome())
        grade(book, run, name, found, own=keys(f"{name}1"), number=book.begin_run(NAME, []) if name == "jane" else 1)
    grade(book, run, "jane", facts(outcome(), failed("lab1.b", "plain", got="None")), own=keys("jane2"))
    grade(book, run, "eve", facts(outcome()), number=2)
    grade(book, run, "zoe", facts(outcome(message="said otherwise")), own=keys("zoe2"), number=2)
    a, b = (run.rubric.item(item).points for item in ("lab1.a", "lab1.b"))
    assert differences(book, 1, 2) == [
        "eve: new",
        f"jane: {b:g} of {a + b:g} -> {a:g} of {a + b:g}",
        f"  lab1.a: 0 -> {a:g}",
        "    words: failed -> passed",
        "      before: tokenize('a b') gave ['a b']; expected ['a', 'b']",
        f"  lab1.b: {b:g} -> 0",
        "    plain: passed -> failed",
        "      after: tokenize('a b') gave None; expected ['a', 'b']",
    ]
    assert differences(book, 2, 2) == []
    assert differences(book, 2, 1)[0] == "eve: gone"


def test_two_counterexamples(book: Gradebook, run: Run) -> None:
    a = run.rubric.item("lab1.a").points
    grade(book, run, "jane", facts(failed(got="1"), outcome(check="case")), own=keys("1"))
    grade(
        book,
        run,
        "jane",
        facts(replace(failed(got="2"), status="unjudged"), failed(check="case", got="3")),
        own=keys("2"),
    )
    told = differences(book, 1, 2)
    assert told[1].startswith(f"  lab1.a: {a / 2:g} -> ")
    assert told[2:] == [
        "    words: failed -> unjudged",
        "      before: tokenize('a b') gave 1; expected ['a', 'b']",
        "      after: tokenize('a b') gave 2; expected ['a', 'b']",
        "    case: passed -> failed",
        "      after: tokenize('a b') gave 3; expected ['a', 'b']",
    ]


def test_a_check_that_is_new_or_gone(book: Gradebook, run: Run) -> None:
    grade(book, run, "jane", facts(failed()), own=keys("1"))
    grade(book, run, "jane", facts(outcome(check="letters")), own=keys("2"))
    told = differences(book, 1, 2)
    assert "    words: failed -> absent" in told and "    letters: absent -> passed" in told


def test_a_deduction_is_why_a_total_changed(book: Gradebook, run: Run) -> None:
    a = run.rubric.item("lab1.a").points
    late = Lateness(1, share=Fraction(1, 50), sentence="1 day late: 10 % of the maximum off.")
    grade(book, run, "jane", facts(outcome()), own=keys("1"))
    grade(book, run, "jane", facts(outcome()), own=keys("1"), lateness=late)
    grade(book, run, "jane", facts(outcome()), own=keys("1"), lateness=replace(late, share=Fraction(1, 100)))
    head, line = differences(book, 1, 2)
    assert head.startswith(f"jane: {a:g} of {a:g} -> ")
    assert re.fullmatch(r"  now [\d.]+ off: 1 day late: 10 % of the maximum off\.", line)
    assert [line.split()[0] for line in differences(book, 2, 3)] == ["jane:", "no", "now"]
    assert differences(book, 3, 1)[1].startswith("  no longer ")


# ---- a preview -------------------------------------------------------------------------------------------------------
def test_a_preview(book: Gradebook, run: Run) -> None:
    grade(book, run, "jane", facts(failed(), outcome("lab1.b", "plain")), own=keys("1"))
    old = take_snapshot(book, NAME).scorings["jane"]
    a, b = (run.rubric.item(item).points for item in ("lab1.a", "lab1.b"))
    fresh = facts(outcome(), outcome("lab1.b", "plain"))
    told = ["jane:", f"  lab1.a: 0 -> {a:g}", "    words: failed -> passed"]
    counterexample = "      before: tokenize('a b') gave ['a b']; expected ['a', 'b']"
    assert list(changes(book, old, {"lab1.a": a, "lab1.b": b}, fresh, "jane", "")) == [*told, counterexample]
    assert list(changes(book, old, {"lab1.a": a, "lab1.b": b}, fresh, "jane", "lab1.b")) == []
    assert list(changes(book, old, {"lab1.b": b}, fresh, "jane", "lab1.a"))[:2] == ["jane:", "  lab1.a: 0 -> no points"]
    assert list(changes(book, None, {"lab1.b": b}, fresh, "jane", ""))[1] == f"  lab1.b: no points -> {b:g}"


# ---- why -------------------------------------------------------------------------------------------------------------
def test_why() -> None:
    now = keys("c2", "functions", "notebook", "accuracy", checks="2")
    before = {
        "functions": {"submission": "c1", "checks": "1"},
        "notebook": {"submission": "c2", "checks": "2"},
    }
    assert list(why("jane", now, before, {})) == [  # type: ignore[arg-type]
        "jane: functions would be run again, since this changed: the hand-in itself and the checks.",
        "jane: notebook would be run again, since this changed: what the functions' verdicts are.",
        "jane: accuracy was never graded and would be run.",
    ]
    assert list(why("jane", now, before, {"functions": 7, "notebook": 8, "accuracy": 9})) == [  # type: ignore[arg-type]
        "jane: functions is known (grading 7).",
        "jane: notebook is known (grading 8).",
        "jane: accuracy is known (grading 9).",
    ]


def test_items_stand_in_the_order_of_their_numbers() -> None:
    assert sorted(["tf.10", "lab2.a", "tf.2", "lab1.b", "lab1.10", "x"], key=in_order) == [
        "lab1.10", "lab1.b", "lab2.a", "tf.2", "tf.10", "x",
    ]  # fmt: skip
