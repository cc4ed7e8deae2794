"""What went wrong is told once, with its reason first; what a person decided against the checks is no failure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from reading import Page, html_of, markdown_of, md_text, on_terminal

from autograder.folder import BUILT_IN
from autograder.marks import Mark
from autograder.records import CellReport, Counterexample, Outcome, Problem, Report
from autograder.reports.failures import failures
from autograder.rubric import load_rubric
from autograder.scoring import score

RUBRIC = load_rubric(BUILT_IN / "labrnn" / "rubric.toml")
SLOW = "no answer within 10 seconds"
Make = Callable[..., Report]


def failed(item: str, sentence: str, message: str = "", example: Counterexample | None = None, **rest: Any) -> Outcome:
    facts: dict[str, Any] = {"visibility": "public", "status": "failed", **rest}
    return Outcome(item, "check", sentence, 1.0, False, message=message, counterexample=example, **facts)


def readers(report: Report) -> dict[str, str]:
    """The report as its three kinds of readers see it, on one line each."""
    texts = {
        "page": Page(html_of(report)).text,
        "markdown": md_text(markdown_of(report)) + markdown_of(report),
        "terminal": on_terminal(report, 300),
    }
    return {name: " ".join(text.split()) for name, text in texts.items()}


def test_a_shared_reason_is_told_once_with_every_check_listed(make: Make) -> None:
    hung = Counterexample("tokenize(1)", SLOW, "")
    outcomes = [failed("lab1.c", f"Property {n} holds.", SLOW, hung) for n in range(4)]
    report = make(score(RUBRIC, outcomes))
    for name, text in readers(report).items():
        assert "he same happened in 3 more checks" in text and "happened as above" not in text
        assert name == "terminal" or all(f"Property {n} holds." in text for n in range(4))
    assert markdown_of(report).count(SLOW) == 1 and Page(html_of(report)).text.count(SLOW) == 1


def test_the_explanation_comes_before_the_call(make: Make) -> None:
    example = Counterexample("IMDB[0]", "[35, 38, 41]", "[35, 38]")
    report = make(score(RUBRIC, [failed("lab1.d", "The first words are kept.", "3 words with max_length=2", example)]))
    for text in (Page(html_of(report)).text, markdown_of(report), on_terminal(report)):
        assert text.index("3 words with max_length=2") < text.index("IMDB[0]") < text.index("[35, 38, 41]")


def test_hidden_checks_share_nothing() -> None:
    """They show no reason, so nobody could tell what was the same."""
    outcomes = [failed("lab1.c", f"Property {n} holds.", "", visibility="hidden") for n in range(3)]
    [entry] = [entry for entry in score(RUBRIC, outcomes).items if entry.item.id == "lab1.c"]
    assert [failure.same for failure in failures(entry)] == [(), (), ()]


def test_items_that_fail_alike_stand_together_on_the_terminal(make: Make) -> None:
    outcomes = [
        failed(
            f"lab2.{part}.runs", "A training ends.", "none ended", Counterexample("", "no training", f"layers {part}")
        )
        for part in "acd"
    ]
    outcomes += [failed(f"lab2.{part}.bar", "The class reaches the bar.", visibility="hidden") for part in "ac"]
    shown = on_terminal(make(score(RUBRIC, outcomes)))
    assert "lab2.a.runs, lab2.c.runs, lab2.d.runs: A training ends." in shown
    assert shown.count("none ended") == shown.count("no training") == 1
    assert all(f"layers {part} (lab2.{part}.runs)" in shown for part in "acd")
    assert (
        shown.count("The class reaches the bar. [hidden check]") == 2
    )  # a sentence alone says nothing of what was the same


def test_a_failed_cell_is_told_once(make: Make, full: Report) -> None:
    assert full.execution is not None
    error = full.execution.cells[1].error
    report = make(full.score, cells=(CellReport(40, "partly", (Problem(2, "x", error),)),), execution=full.execution)
    shown = on_terminal(report, 200)
    assert shown.count(error) == 1 and f"The 2nd code cell, line 2: {error}" in shown
    assert "The 3rd code cell (Wider) timed out" in shown


def test_a_persons_mark_against_the_checks_is_said_and_stands_in_their_place(make: Make) -> None:
    outcomes = [failed("lab1.d", "The first words are kept."), failed("lab1.c", "Words become indices.")]
    report = make(score(RUBRIC, outcomes, marks={"lab1.d": Mark(5.0, "By hand.", "Ann")}))
    note = "By hand. (Ann's mark, in place of 0 from the checks.)"
    for text in readers(report).values():
        assert note in text and "Words become indices." in text
        assert "The first words are kept." not in text
    assert '<article id="lab1.d"' not in html_of(report) and '<article id="lab1.c"' in html_of(report)
    assert re.search(rf"\| lab1\.d \|.*\| 5 \| 5 \| {re.escape(note)} \|", markdown_of(report))


def test_what_a_person_left_without_points_is_still_to_look_at(make: Make) -> None:
    report = make(score(RUBRIC, [failed("lab1.d", "The first words are kept.")], marks={"lab1.d": Mark(2.0)}))
    assert '<article id="lab1.d"' in html_of(report) and "The first words are kept." in markdown_of(report)
    assert "The first words are kept." not in on_terminal(report)


def test_excused_items_say_why_once(make: Make) -> None:
    skipped: dict[str, Any] = {"status": "skipped", "message": "That is charged in lab1.e.forward"}
    outcomes = [failed(f"lab2.{part}.bar", "The class reaches the bar.", **skipped) for part in "acde"]
    report = make(score(RUBRIC, outcomes))
    assert "Excused: lab2.a: bar; lab2.c–e: bar (That is charged in lab1.e.forward.)" in on_terminal(report, 120)
    for text in (Page(html_of(report)).text, markdown_of(report)):
        assert "That is charged in lab1.e.forward." in text
