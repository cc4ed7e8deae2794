"""Outputs of one cell, without a kernel."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path

import nbformat
import pytest

from autograder.notebook.book import Book, arrange
from autograder.notebook.collect import EVENT, EVENT_CHARS, MOST_OUTPUTS, CellOutput
from autograder.notebook.remarks import SENTENCES

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"picture").decode()


def stream(output: CellOutput, *texts: str, name: str = "stdout") -> CellOutput:
    for text in texts:
        output.take("stream", {"name": name, "text": text})
    return output


def test_streams_are_joined_by_name() -> None:
    output = stream(CellOutput(1), "a", "b\n")
    stream(output, "warning", name="stderr")
    stream(output, "c")
    assert [(o["name"], o["text"]) for o in output.outputs] == [
        ("stdout", "ab\n"),
        ("stderr", "warning"),
        ("stdout", "c"),
    ]
    assert output.text == "ab\nwarningc"


@pytest.mark.parametrize(
    ("texts", "shown"),
    [
        (("1%\r2%\r3%\n", "done"), "3%\ndone"),
        (("start\n1%", "\r2%", "\r3%"), "start\n3%"),
        (("a\r\nb\r\n",), "a\nb\n"),
        (("whole\n", "\rnext"), "whole\nnext"),
    ],
)
def test_overwritten_lines_count_once(texts: tuple[str, ...], shown: str) -> None:
    output = stream(CellOutput(1), *texts)
    assert output.text == shown and output.outputs[0]["text"] == shown


def test_a_long_bar_leaves_room_for_what_follows() -> None:
    output = stream(CellOutput(1), "losses\n", *(f"\r{n:050d}" for n in range(1000)), "\ntest_acc: 0.85\n")
    assert output.text.endswith("test_acc: 0.85\n") and output.text.startswith("losses\n")


def test_text_beyond_the_cap_is_cut_once() -> None:
    output = stream(CellOutput(1), "x" * 900, "y" * 900, "z" * 900)
    assert output.text.startswith("x" * 900 + "y" * 124) and output.text.count("cut") == 1 and len(output.text) < 1200


def test_one_huge_line_takes_no_time() -> None:
    started = time.process_time()
    stream(CellOutput(64), "x" * 5_000_000, "\r" * 1_000_000)
    assert time.process_time() - started < 5  # squared, it would be hours


def test_only_texts_and_pictures_are_kept() -> None:
    output = CellOutput(1)
    for data in (
        {"text/html": "<b>", "application/javascript": "alert(1)"},
        {"text/html": "<b>", "text/plain": "bold"},
        {"image/png": PNG, "image/svg+xml": "<svg>", "text/plain": "<Figure>"},
        {"image/png": base64.b64encode(b"GIF89a").decode(), "text/plain": 5},
        {"image/png": "not base64!"},
        [],
    ):
        output.take("display_data", {"data": data})
    kept = [entry["data"] for entry in output.outputs]
    assert kept == [{"text/plain": "bold"}, {"image/png": PNG, "text/plain": "<Figure>"}]


def test_a_display_may_be_replaced() -> None:
    output = CellOutput(1)
    handle = {"display_id": "h"}
    output.take("display_data", {"data": {"text/plain": "1"}, "transient": handle})
    output.take("update_display_data", {"data": {"text/plain": "2"}, "transient": handle})
    output.take("update_display_data", {"data": {"text/plain": "3"}, "transient": {"display_id": "other"}})
    assert [entry["data"]["text/plain"] for entry in output.outputs] == ["2"]


def test_what_was_cleared_stays_in_the_text() -> None:
    output = stream(CellOutput(1), "epoch: 1\n")
    output.take("clear_output", {"wait": True})
    stream(output, "epoch: 2\n")
    assert output.text == "epoch: 1\nepoch: 2\n" and output.outputs[0]["text"] == "epoch: 2\n"


def test_the_number_of_outputs_is_bounded() -> None:
    output = CellOutput(1000)
    for _ in range(MOST_OUTPUTS + 50):
        output.take("display_data", {"data": {"text/plain": "x"}})
    assert len(output.outputs) == MOST_OUTPUTS and output.remarks == {"cut"}


def test_what_is_left_out_is_told() -> None:
    output = CellOutput(1)
    output.take("display_data", {"data": {"image/png": PNG + "A" * 2000}})
    assert output.outputs == [] and output.remarks == {"cut"}
    output.take("display_data", {"data": {EVENT: json.dumps({"event": "x" * EVENT_CHARS})}})
    assert output.events == [] and output.remarks == {"cut", "events"} <= SENTENCES.keys()


def test_errors_are_one_line() -> None:
    output = CellOutput(1)
    output.take("error", {"ename": "\x1b[31mValueError\x1b[0m", "evalue": "no", "traceback": ["line", 5]})
    assert output.error == "ValueError: no" and output.outputs[0]["traceback"] == ["line"]
    output.take("error", {"ename": "TypeError", "evalue": "a second one"})
    assert output.error == "ValueError: no" and len(output.outputs) == 2  # the cause; what follows is only shown
    output = CellOutput(1)
    output.take("error", {"ename": 5, "evalue": None})
    assert output.error == ""


def test_epoch_lines() -> None:
    output = stream(CellOutput(1), "Length 5\nep", "och: 2\n", "loss: 0.5\n")
    assert output.epoch_line == "epoch: 2"


@pytest.mark.parametrize(
    "event", ["5", '"x"', "[]", "{", "", "[" * 5000, '{"a": [[[[[[[[[1]]]]]]]]]}', {"not": "text"}, None]
)
def test_events_of_another_form_are_dropped(event: object) -> None:
    output = CellOutput(1)
    output.take("display_data", {"data": {EVENT: event}})
    assert output.events == [] and output.outputs == []


def test_events_and_remarks() -> None:
    output = CellOutput(1)
    for event in ({"epoch": 1, "loss": float("inf")}, {"remark": "no gpu"}, {"remark": 5}):
        output.take("display_data", {"data": {EVENT: json.dumps(event)}})
    assert output.events == [{"epoch": 1, "loss": float("inf")}, {"remark": 5}] and output.remarks == {"no gpu"}


@pytest.mark.parametrize("markdown", [(), ("one",), ("one", "two", "three", "four")])
def test_text_cells_fill_the_gaps(markdown: tuple[str, ...]) -> None:
    cells = arrange([(2, "a"), (3, "b"), (6, "c")], markdown)
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    nbformat.validate(nbformat.from_dict(book))
    assert [c["source"] for c in cells if c["cell_type"] == "markdown"] == list(markdown)
    assert [c["source"] for c in cells if c["cell_type"] == "code"] == ["a", "b", "c"]
    assert not markdown or cells[0]["source"] == "one"


def test_lists_in_events_count_for_what_they_take() -> None:
    """Events go to the judge, where an empty list takes thirty times its letters."""
    output, text = CellOutput(1), json.dumps({"a": [[]] * 20_000})
    for _ in range(100):
        output.take("display_data", {"data": {EVENT: text}})
    assert 1 < len(output.events) < 10
    assert output.used[1] >= 8_000_000


def test_what_is_used_is_told() -> None:
    output = stream(CellOutput(4, event_chars=100), "x" * 1500)
    output.take("display_data", {"data": {EVENT: '{"n": 1}'}})
    output.take("display_data", {"data": {EVENT: json.dumps({"n": "x" * 100})}})
    assert output.used == (2, 68) and len(output.events) == 1
    assert stream(output, "y" * 9000).used[0] == 4


def test_text_that_the_book_has_no_room_for_gives_no_room_back() -> None:
    output = stream(CellOutput(2), "x")
    for number in range(MOST_OUTPUTS):
        stream(output, "a\n", name=("stderr", "stdout")[number % 2])
    for _ in range(50):
        stream(output, "\r" + "y" * 200, name="stderr")
        stream(output, "z")
    assert len(output.text) < 3000


def test_many_progress_bars_take_linear_time() -> None:
    output = stream(CellOutput(1000), "x" * 500_000 + "\n")
    for number in range(2_000):
        stream(output, f"\r{number}% done")
    assert output.text.endswith("1999% done") and len(output.text) == 500_011


def test_a_book_of_many_cells_is_not_written_after_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("autograder.notebook.book.time.monotonic", lambda: now[0])
    book = Book(tmp_path / "executed.ipynb", [(1, "x")], [])
    written: list[float] = []

    def replace(*_: object) -> None:
        written.append(now[0])
        now[0] += 1.0  # so long it takes

    monkeypatch.setattr("autograder.notebook.book.os.replace", replace)
    for _ in range(100):
        book.save_if_due()
        now[0] += 0.5
    assert 2 <= len(written) <= 4
