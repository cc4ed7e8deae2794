"""Hostile, endless and empty reports of whole notebooks stay harmless and of sane size."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import full_reports
import jsonschema  # type: ignore[import-untyped]
import pytest
from markdown_it import MarkdownIt
from reading import Page, html_of, junit_of, markdown_of, on_terminal, results_of, svgs

from autograder.evidence import Evidence
from autograder.records import Report
from autograder.reports import (
    accuracy_json,
    evidence_json,
    markdown_text,
    pictures,
    results_json,
)
from autograder.reports.harmless import MANY
from autograder.reports.view import content_of

SCHEMA = json.loads(results_json.SCHEMA.read_text(encoding="utf-8"))
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def test_hostile_texts_stay_texts_on_the_page(hostile_page: str) -> None:
    page = Page(hostile_page)
    assert not {"script", "img", "link", "iframe", "form", "foreignobject", "image"} & set(page.tags)
    assert page.tags.count("html") == page.tags.count("body") == 1
    for name, value in page.attributes:
        assert not name.startswith("on") and name != "src"
        assert "href" not in name or (value or "").startswith("#")
    assert "<script>alert(1)</script>" in page.text and "{{ 7*7 }}" in page.text
    assert "<script" in page.drawn and "$\\frac $_{4$" in page.drawn  # as letters, and not as a formula
    assert not FORBIDDEN.search(hostile_page)


def test_hostile_texts_stay_texts_in_markdown(hostile_notebook: Report) -> None:
    source = markdown_of(hostile_notebook)
    parsed = MarkdownIt("commonmark", {"html": True}).enable("table").parse(source)
    flat = [part for token in parsed for part in (token, *(token.children or []))]
    assert not {part.type for part in flat} & {"html_inline", "html_block", "link_open", "image"}
    headings = [after.content for token, after in pairwise(parsed) if token.type == "heading_open"]
    assert [h for h in headings if not h.startswith("lab2") and "script" not in h] == [
        markdown_text.escape(hostile_notebook.title), "Accuracy, measured by the grader", "The notebook's run",
        "Trainings", "Outside the parts of the rubric", "The report", "About this run",
    ]  # fmt: skip
    assert not FORBIDDEN.search(source)


def test_hostile_reports_fit_the_terminal(hostile_notebook: Report, nothing_known: Report, full: Report) -> None:
    for report in (hostile_notebook, nothing_known, full):
        shown = on_terminal(report)
        assert max(map(len, shown.splitlines())) <= 80 and len(shown.splitlines()) < 400
        assert not FORBIDDEN.search(shown)


def test_numbers_that_are_none_become_null(hostile_notebook: Report) -> None:
    whole = evidence_json.as_dict(content_of(hostile_notebook))
    training = whole["evidence"]["trainings"][0]
    assert training["test_loss"] is None and training["seconds"] is None
    assert training["num_params"] is None and training["vocab_size"] is None
    assert training["settings"]["LR"] is None and training["settings"]["N_LAYERS"] is None
    assert training["epochs"][0] == dict.fromkeys(("train_loss", "train_acc", "valid_loss", "valid_acc"))
    verdict = next(iter(accuracy_json.as_dict(content_of(hostile_notebook)).values()))
    assert verdict["test_accuracy"] is None and verdict["attempts"][0]["curve"][1]["valid_acc"] is None
    json.dumps([whole, verdict], allow_nan=False)


def test_a_flood_stays_within_bounds(make: Any, perfect: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    allowed, drawn = pictures.ALL_PANELS, 40  # fewer, since each takes its time; their size is reckoned
    monkeypatch.setattr(pictures, "ALL_PANELS", drawn)
    flood = full_reports.hostile(make(perfect.score), "<b>&$x" * 20_000, 5_000)
    page = html_of(flood)
    curves = sum(len(svg) for svg in svgs(page) if "Learning curves" in svg)
    assert len(page) + curves / drawn * (allowed - drawn) < 4_000_000
    assert f"{5_000 - MANY:,}".replace(",", "") + " more trainings were found" in page
    assert "more trainings are not shown" in page and "more are not drawn" in page
    assert len(re.findall(r"^\d+ · .* · ", Page(page).drawn, flags=re.MULTILINE)) == drawn
    results = results_of(flood)
    assert len(results) < 4_000_000
    jsonschema.validate(json.loads(results), SCHEMA)
    assert len(markdown_of(flood)) < 4_000_000


def test_forty_eight_trainings_of_a_part_get_a_panel_each(full: Report) -> None:
    many = tuple(full_reports.training("lab2.f", "LSTM", {"HIDDEN_DIM": n}, 0.87) for n in range(10, 58))
    [svg] = [s for s in svgs(html_of(replace(full, accuracy=(), evidence=Evidence(many)))) if "Learning" in s]
    assert len(re.findall(r">\d+ · LSTM · test 87.0 %<", svg)) == 48
    assert {f"hidden {n}" for n in range(10, 58)} == set(re.findall(r">(hidden \d+)<", svg))


def test_what_is_not_known_is_a_dash(nothing_known: Report) -> None:
    page = Page(html_of(nothing_known))
    assert "None" not in page.text + page.drawn + markdown_of(nothing_known) + on_terminal(nothing_known)
    assert "It can't be opened." in page.text and "not complete" in page.text
    junit_of(nothing_known)
