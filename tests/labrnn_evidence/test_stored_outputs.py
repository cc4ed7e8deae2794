"""What is kept of a notebook's headings and stored outputs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from autograder.records import Submission
from autograder.submission.headings import headings
from autograder.submission.outputs import CELL_CHARS, as_shown, stored_text
from fixtures.labrnn.reading import read_submission


def read(folder: Path, *cells: dict[str, Any]) -> Submission:
    book = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells)}
    path = folder / "LabRNN.ipynb"
    path.write_text(json.dumps(book))
    return read_submission(path)


def text(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def code(source: str, *outputs: Any) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": list(outputs)}


def stream(words: Any) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": words}


def test_headings_and_outputs_have_cell_numbers(tmp_path: Path) -> None:
    submission = read(
        tmp_path,
        text("# Lab 1\n\nwords\n\n## (f) Train"),
        code("run()", stream(["epoch: 1\n", "done\n"])),
        code("run()"),
        text("**Lab 2 (a)**"),
        code("run()", {"output_type": "execute_result", "data": {"text/plain": ["3"], "text/html": "<b>3</b>"}}),
        code("run()", {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": ["x"]}),
    )
    assert submission.headings == ((1, "Lab 1"), (1, "(f) Train"), (4, "Lab 2 (a)"))
    assert submission.stored == {2: "epoch: 1\ndone\n", 5: "3\n", 6: "\nValueError: no\n"}
    assert [submission.heading_above(n) for n in (1, 2, 3, 5)] == ["", "(f) Train", "(f) Train", "Lab 2 (a)"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("## A ##", ["A"]),
        ("A\n===\nwords", ["A"]),
        ("<h2 align='left'>Lab 2</h2>", ["Lab 2"]),
        ("```\n# no heading\n```\n# one", ["one"]),
        ("Some words.\nIs it better than\n(c) and (d)?", []),
        ("(f) Train the LSTM.\nMore words.", ["(f) Train the LSTM."]),
        ("(a) one\n\n(b) two\n\n(c) three", []),
        ("", []),
    ],
)
def test_what_counts_as_a_heading(source: str, expected: list[str]) -> None:
    assert headings(source) == expected


def test_progress_bars_leave_their_last_state() -> None:
    assert as_shown("10%|#\r50%|##\r100%|###\r\nepoch: 1\x1b[31m!\x1b[0m\n") == "100%|###\nepoch: 1!\n"


@pytest.mark.parametrize(
    "outputs", [None, 3, [3], [{}], [{"output_type": "stream", "text": {"a": 1}}], [stream([3, None])]]
)
def test_odd_outputs_are_no_text(outputs: Any) -> None:
    assert stored_text({"outputs": outputs}) == ""


def test_outputs_are_cut(tmp_path: Path) -> None:
    submission = read(tmp_path, code("run()", stream("x" * 2 * CELL_CHARS)))
    assert len(submission.stored[1]) == CELL_CHARS
