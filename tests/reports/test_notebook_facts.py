"""What reports tell of a whole notebook: every fact in every format, in few lines."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import full_reports
import pytest
from reading import Page, html_of, markdown_of, md_text, on_terminal, results_of, svgs

from autograder.evidence import Attempt, ClassVerdict, Evidence, Point, ReportFindings
from autograder.records import Item, ItemScore, Report
from autograder.reports import trainings as told
from autograder.reports.brief import pending
from autograder.reports.view import content_of

FACTS = (
    "1 of 4 cells came to their end in a full run on reviews.csv, NVIDIA H100, 45 min 12 s.",
    "RuntimeError: The size of tensor a (100) must match b (200)",
    ".cuda() did nothing: there is no GPU.",
    "23 in the grader's run (1 incomplete), 12 in the stored outputs",
    "5 in the template.",
    "Part lab2.a counts no runs.",
    "Training 4 claims 98,131 parameters; the formula gives 98,331.",
    "The log of the 3rd code cell ends in the middle of an epoch.",
    "RuntimeError: out of memory",
    "Same in all: LR=0.001, OPTIM=rmsprop, HIDDEN_DIM=100",
    "N_LAYERS=4",
    "178,931",
    "1,869,130",
    "88.1 %",
    "1 min 58 s",
    "It stays at chance level in four attempts.",
    "given up: 0.51 after one epoch",
    "85.9 %",
    "84.0 %",
    "71.0 %",
    "Padding changes what it says.",
    "12 pages, 3,100 words, 14 figures.",
    "All three are linear maps of the same input.",
)


@pytest.mark.parametrize("fact", FACTS)
def test_page_and_markdown_tell_the_same_facts(full: Report, page: str, fact: str) -> None:
    assert fact in Page(page).text
    assert fact in md_text(markdown_of(full))


def test_terminal_tells_it_in_few_lines(full: Report) -> None:
    shown = on_terminal(full, 200)
    for line in (
        "Run: 1 of 4 cells came to their end in a full run on reviews.csv, NVIDIA H100, 45 min 12 s.",
        "The 2nd code cell (Deeper) failed: RuntimeError: The size of tensor a (100) must match b (200)",
        "Trainings observed: lab1.f 1, lab1.h 1, lab2.a 3, lab2.b 3, lab2.c 3 (1 incomplete), lab2.d 2, lab2.e 3,",
        "Accuracy of LSTM: verified 85.9 %. It reaches the bar.",
        "Accuracy of GRU: below 50.1 %. It stays at chance level in four attempts.",
        "the 3rd code cell, line 3: 8 epochs; at most 5 are allowed. These runs don't count.",
        "Hint, cell 41, line 2: 5 recurrent layers; the hint says at most 4.",
        "Report: 14 of 20 pages show In [n] prompts.",
        "automatic 5 of 10, 42 and bonus 5 pending; assisted 30 pending; manual 18 and bonus 10 pending",
    ):
        assert line in shown
    assert len(shown.splitlines()) < 40


def test_a_run_of_functions_only_has_none_of_these(perfect: Report) -> None:
    for text in (html_of(perfect), markdown_of(perfect), on_terminal(perfect)):
        assert not re.search("Trainings|measured by the judge|notebook.s run|The report$", text)
    extra = json.loads(results_of(perfect))["extra_data"]
    assert not {"execution", "evidence", "accuracy", "findings"} & set(extra)


def test_trainings_are_numbered_observed_first(full: Report) -> None:
    sections = content_of(full).sections
    assert [section.id for section in sections] == ["lab1.f", "lab1.h", *(f"lab2.{letter}" for letter in "abcdefg")]
    assert [section.title for section in sections][:3] == [
        "Training the LSTM with SGD", "Training the GRU with SGD", "Optimizers for the LSTM",
    ]  # fmt: skip
    rows = sorted((row for section in sections for row in section.rows), key=lambda row: row.number)
    assert [row.number for row in rows] == list(range(1, 36))
    assert [row.training.standing for row in rows] == ["observed"] * 23 + ["claimed"] * 12
    assert {row.settings for row in sections[2].rows} == {"OPTIM=adagrad", "OPTIM=rmsprop", "OPTIM=adam"}


def test_parts_unknown_to_the_rubric_come_last(full: Report) -> None:
    runs = tuple(full_reports.training(part, "LSTM", {}, 0.8) for part in ("", "lab9.z", "lab2.c"))
    found = told.sections(replace(full, evidence=Evidence(runs)))
    assert [section.id for section in found] == ["lab2.c", "lab9.z", ""]


@pytest.mark.parametrize(
    ("number", "text"), [(0.0, "0.0 s"), (59.94, "59.9 s"), (100.0, "1 min 40 s"), (7500.0, "2 h 5 min"), (None, "–")]
)
def test_seconds(number: float | None, text: str) -> None:
    assert told.seconds(number) == text


def entries(*ids: str) -> list[ItemScore]:
    """Pending items; an id with a ! in front is graded."""
    return [
        ItemScore(Item(name.lstrip("!"), "", 1.0, "manual"), "graded" if name[0] == "!" else "pending", None)
        for name in ids
    ]


@pytest.mark.parametrize(
    ("ids", "text"),
    [
        (["tf.1", "tf.2", "tf.3"], "tf.1–3"),
        (["tf.1", "!tf.2", "tf.3"], "tf.1; tf.3"),
        (["lab2.a.runs", "lab2.a.answer", "lab2.b.runs", "lab2.b.answer"], "lab2.a–b: runs, answer"),
        (["lab2.a.runs", "!lab2.a.answer", "lab2.b.runs", "lab2.b.answer"], "lab2.a: runs; lab2.b: runs, answer"),
        (["lab1.f.answer", "lab2.a.answer"], "lab1.f: answer; lab2.a: answer"),
        (["gru.init", "gru.step", "texts"], "gru.init; gru.step; texts"),
        (["!a.b"], ""),
    ],
)
def test_pending_items_stand_in_groups(ids: list[str], text: str) -> None:
    assert pending(entries(*ids)) == text


def test_a_perplexity_is_no_share(full: Report) -> None:
    attempt = Attempt(7, (Point(1.0, 6.9),), 6.9, 6.234, 3.0, "validation reached 6.900")
    verdict = ClassVerdict(
        "LM", "verified", "It reaches the bar.", 6.234, 7.0, "fast", "text", (attempt,), metric="perplexity"
    )
    report = replace(full, accuracy=(verdict,))
    page, text = html_of(report), markdown_of(report)
    for shown in (Page(page).text, text):
        assert "6.234" in shown and "7.000" in shown and "623" not in shown
    assert "test perplexity 6.234; the bar 7.000" in text and "attempts-0" not in page
    assert "Perplexity of LM: verified 6.234." in on_terminal(report, 200)


# ---- runs on made-up data -----------------------------------------------------------------------------------------
def smoke(report: Report) -> Report:
    """The same run, on made-up data."""
    assert report.evidence and report.execution
    trainings = tuple(replace(t, data="synthetic" if t.data else "") for t in report.evidence.trainings)
    verdicts = tuple(replace(verdict, data="synthetic") for verdict in report.accuracy)
    run = replace(report.execution, mode="smoke", data="synthetic")
    return replace(report, execution=run, evidence=replace(report.evidence, trainings=trainings), accuracy=verdicts)


def test_a_smoke_runs_accuracies_are_said_to_mean_nothing(full: Report) -> None:
    note = "A smoke run: little made-up data, so that every cell runs. Its accuracies mean nothing and cost nothing."
    for render in (lambda r: Page(html_of(r)).text, markdown_of, lambda r: on_terminal(r, 200)):
        assert note in render(smoke(full)) and note not in render(full)
        assert "on made-up data" in render(smoke(full)) and "synthetic" not in render(smoke(full))


def test_no_bar_is_drawn_over_made_up_reviews(full: Report) -> None:
    for report, bars in ((full, 2), (smoke(full), 1)):  # one more for what the stored outputs claim of real reviews
        drawn = [svg for svg in svgs(html_of(replace(report, accuracy=()))) if "trainings by part" in svg]
        assert len(drawn) == 2 and sum("bar, 84.0 %" in svg for svg in drawn) == bars


# ---- small print -----------------------------------------------------------------------------------------------------
def test_one_figure_is_rounded_one_way() -> None:
    """Reasons tell a share with three decimals, and tables tell the same in per cent with one."""
    for share in [n / 40_000 for n in range(4_000, 39_900, 3)]:
        digits = f"{share:.3f}"
        assert told.percent(share) == f"{digits[2:4]}.{digits[4]} %"


def test_a_figure_that_the_reason_tells_is_not_told_twice(full: Report) -> None:
    verdict = replace(full.accuracy[0], test_acc=0.97552, reason="LSTM reached 0.976.")
    assert "Accuracy of LSTM: verified. LSTM reached 0.976." in on_terminal(replace(full, accuracy=(verdict,)), 200)


def test_an_error_is_no_setting(full: Report) -> None:
    [row] = [line for line in markdown_of(full).splitlines() if "out of memory" in line]
    assert row.rstrip(" |").endswith("| in the grader's run | RuntimeError: out of memory")
    assert '<div class="small bad">RuntimeError: out of memory</div>' in html_of(full)


def test_nothing_found_in_no_report_is_one_sentence(full: Report) -> None:
    assert full.findings is not None
    nothing = tuple(replace(answer, said="", quote="") for answer in full.findings.answers)
    report = replace(full, findings=ReportFindings("", answers=nothing))
    for text in (Page(html_of(report)).text, markdown_of(report)):
        assert "No report was found." in text and "not found" not in text and "a person marks them" not in text


def test_one_page_is_one_page(full: Report) -> None:
    report = replace(full, findings=ReportFindings("report.pdf", 1, 1, 0))
    assert "report.pdf: 1 page, 1 word, 0 figures." in Page(html_of(report)).text
