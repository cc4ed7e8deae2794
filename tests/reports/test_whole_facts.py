"""What reports tell of a whole notebook: every fact in every format, in few lines."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import wholes
from reading import Page, md_text, on_terminal

from autograder.evidence import Evidence
from autograder.records import Item, ItemScore, Report
from autograder.reports import (
    html,
    markdown,
    results_json,
)
from autograder.reports import trainings as told
from autograder.reports.short import pending
from autograder.reports.view import student_view

FACTS = (
    "1 of 4 cells came to their end in a full run on reviews.csv, NVIDIA H100, 45 min 12 s.",
    "RuntimeError: The size of tensor a (100) must match b (200)",
    ".cuda() did nothing: there is no GPU.",
    "23 observed, 12 claimed",
    "5 in the template.",
    "Part lab2.a counts no runs.",
    "Training 4 claims 98,131 parameters; the formula gives 98,331.",
    "The log of cell 44 ends in the middle of an epoch.",
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
    "automatic 5 of 10, 42 pending; assisted 30 pending; manual 18 pending",
)


@pytest.mark.parametrize("fact", FACTS)
def test_page_and_markdown_tell_the_same_facts(full: Report, page: str, fact: str) -> None:
    assert fact in Page(page).text
    assert fact in md_text(markdown.render(full))


def test_terminal_tells_it_in_few_lines(full: Report) -> None:
    shown = on_terminal(full, 200)
    for line in (
        "Run: 1 of 4 cells came to their end in a full run on reviews.csv, NVIDIA H100, 45 min 12 s.",
        "Cell 40 (Deeper) failed: RuntimeError: The size of tensor a (100) must match b (200)",
        "Trainings observed: lab1.f 1, lab1.h 1, lab2.a 3, lab2.b 3, lab2.c 3, lab2.d 2, lab2.e 3, lab2.f 4, lab2.g 3",
        "Accuracy of LSTM: verified 85.9 %. It reaches the bar.",
        "Accuracy of GRU: below 50.1 %. It stays at chance level in four attempts.",
        "cell 44, line 3: 8 epochs; at most 5 are allowed. These runs don't count.",
        "Hint, cell 41, line 2: 5 recurrent layers; the hint says at most 4.",
        "Report: 14 of 20 pages show In [n] prompts.",
        "automatic 5 of 10, 42 pending; assisted 30 pending; manual 18 pending",
    ):
        assert line in shown
    assert len(shown.splitlines()) < 40


def test_a_run_of_functions_only_has_none_of_these(perfect: Report) -> None:
    for text in (html.render(perfect), markdown.render(perfect), on_terminal(perfect)):
        assert not re.search("Trainings|measured by the judge|notebook.s run|The report$", text)
    assert not {"execution", "evidence", "accuracy", "findings"} & set(results_json.as_dict(perfect)["extra_data"])


def test_trainings_are_numbered_observed_first(full: Report) -> None:
    sections = told.sections(student_view(full))
    assert [section.id for section in sections] == ["lab1.f", "lab1.h", *(f"lab2.{letter}" for letter in "abcdefg")]
    assert [section.title for section in sections][:3] == [
        "Training the LSTM with SGD", "Training the GRU with SGD", "Optimizers for the LSTM",
    ]  # fmt: skip
    rows = sorted((row for section in sections for row in section.rows), key=lambda row: row.number)
    assert [row.number for row in rows] == list(range(1, 36))
    assert [row.training.standing for row in rows] == ["observed"] * 23 + ["claimed"] * 12
    assert {row.settings for row in sections[2].rows} == {"OPTIM=adagrad", "OPTIM=rmsprop", "OPTIM=adam"}


def test_parts_unknown_to_the_rubric_come_last(full: Report) -> None:
    runs = tuple(wholes.training(part, "LSTM", {}, 0.8) for part in ("", "lab9.z", "lab2.c"))
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
