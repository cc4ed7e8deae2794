"""The table of the 15 runs: reading it, what is remarked on it, and the command."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.assignments.gru_attention.analyses.__main__ import main
from autograder.assignments.gru_attention.analyses.findings import RELATIONS, SETTINGS, compare, remarks
from autograder.assignments.gru_attention.analyses.table import Row, Table, parse_table, read_table
from autograder.errors import SubmissionError

PUBLISHED = Path(__file__).parents[2] / "fixtures" / "gru_attention" / "ptb_results.csv"


@pytest.fixture
def published() -> Table:
    return read_table(PUBLISHED)


def changed(table: Table, number: int, **fields: object) -> Table:
    return replace(table, rows=tuple(replace(row, **fields) if row.number == number else row for row in table.rows))


def markdown(rows: list[Row], bold: tuple[int, ...] = (2, 8, 15)) -> str:
    """The table as a report has it, with a sentence before and after it."""
    lines = [
        "Our results:",
        "",
        "| Exp. # | Model | Optimizer, rate | Train PPL | Val. PPL | Best val. PPL |",
        "|--|:-:|--|--|--|--:|",
    ]
    for row in rows:
        mark = "**" if row.number in bold else ""
        figures = " | ".join(f"{mark}{value:,.2f}{mark}" for value in (row.train, row.valid, row.best))
        lines.append(f"| {row.number}* | {row.architecture} | {row.optimizer.upper()} 0.1 | {figures} |")
    return "\n".join([*lines, "", "That was the table."])


def presented(table: Table) -> list[Row]:
    return sorted(table.rows, key=lambda row: (row.architecture, row.optimizer, row.number))


# ---- the published one -----------------------------------------------------------------------------------------------
def test_the_published_table_is_read_as_it_stands(published):
    with PUBLISHED.open() as file:
        rows = list(csv.DictReader(file))
    assert [row.number for row in published.rows] == [int(row["exp"]) for row in rows] == list(range(1, 16))
    for ours, theirs in zip(published.rows, rows, strict=True):
        assert ours.architecture == theirs["architecture"] and ours.optimizer.upper() == theirs["optimizer"]
        assert (ours.train, ours.valid, ours.best) == tuple(
            float(theirs[name]) for name in ("train_ppl", "valid_ppl", "best_valid_ppl")
        )
        assert (ours.best == ours.valid) == (theirs["best_is_last_epoch"] == "True")
        for name, value in (("train", ours.train), ("valid", ours.valid), ("best_valid", ours.best)):
            assert math.log(value) == pytest.approx(float(theirs[f"ln_{name}_ppl"]), abs=1e-4)


def test_the_published_table_is_flawless(published):
    assert remarks(published) == []
    assert compare(published, published, tolerance=0) == []


def test_the_published_table_as_markdown_is_flawless_too(published):
    table = parse_table(markdown(presented(published)))
    assert table.presented and len(table.rows) == 15
    assert remarks(table) == []
    assert compare(table, published, tolerance=1e-3) == []


# ---- reading ---------------------------------------------------------------------------------------------------------
HEADING = "Number;Architecture;Optimiser;Training;Validation"


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("3;Vanilla RNN;SGD;1e3;**17 635.5**", Row(3, "RNN", "SGD", 1000, 17635.5, 17635.5, True)),
        ("exp 12*;transformer;adam (1e-4);45.1;inf", Row(12, "Transformer", "Adam", 45.1, math.inf, math.inf)),
        (";LSTM;RMSprop;n/a;nan", Row(None, "LSTM", "RMSprop", None, math.inf, math.inf)),
        ("7;GRU", Row(7, "GRU", "", None, None, None)),
    ],
)
def test_rows(line, row):
    table = parse_table(f"{HEADING}\n{line}\n\n")
    assert table == Table((row,), presented=False, has_best=False)


def test_the_first_fitting_table_of_a_text_is_read():
    text = (
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n"
        + "| "
        + HEADING.replace(";", " | ")
        + " |\n|-|-|-|-|-|\n|1|RNN|SGD|2|3|\n"
    )
    assert parse_table(text).rows == (Row(1, "RNN", "SGD", 2, 3, 3),)


@pytest.mark.parametrize("text", ["", "\n\n", "no table", "exp,model\n1,RNN\n", '"', "| |\n", "\0,\0\n", "|" * 50])
def test_texts_without_the_table(text):
    with pytest.raises(SubmissionError, match="no table"):
        parse_table(text)


@pytest.mark.parametrize(
    ("data", "why"), [(None, "can't be read"), (b"\xff\xfe\xfa", "UTF-8"), (b"a,b\n" * 300_000, "larger than 1 MB")]
)
def test_files_that_can_not_be_read(tmp_path, data, why):
    path = tmp_path / "table.csv"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(SubmissionError, match=why):
        read_table(path)


# ---- remarks ---------------------------------------------------------------------------------------------------------
def test_rows_that_are_missing_repeated_or_unknown(published):
    rows = [row for row in published.rows if row.number != 5]
    rows += [rows[7], replace(rows[0], number=16), replace(rows[0], number=None)]
    assert remarks(replace(published, rows=tuple(rows))) == [
        "Experiment 5 is missing.",
        "Experiment 9 stands there 2 times.",
        "1 row has no experiment's number.",
        "There is no experiment 16 in the assignment.",
    ]


@pytest.mark.parametrize(
    ("number", "fields", "fragment"),
    [
        (1, {"best": 233.5}, "The best validation perplexity of experiment 1, 233.50, is above that of its last epoch"),
        (1, {"architecture": "LSTM"}, "Experiment 1 is said to use LSTM; the assignment asks for RNN."),
        (7, {"optimizer": ""}, "Experiment 7 is said to use nothing; the assignment asks for SGD."),
        (5, {"train": None}, "The training perplexity of experiment 5 is missing or no number."),
        (5, {"train": 0.5}, "The training perplexity of experiment 5 is 0.5, and none can be below 1."),
        (3, {"valid": 500.0, "best": 400.0}, "Experiment 3 (RNN, SGD with rate 10) should diverge"),
        (7, {"valid": math.inf}, "Experiment 7 (GRU, SGD with rate 10) should not diverge"),
        (4, {"valid": 155.905292756422}, "Experiment 4 (RNN, Adam with rate 0.001) should overfit"),
        (10, {"train": 300.0}, "Experiment 10 (the widest GRU) should overfit"),
        (14, {"best": 216.998519579195}, "Experiment 14 (the wider Transformer) should overfit"),
        (15, {"train": 300.0}, "Experiment 15 (the wider and deeper Transformer) should overfit"),
        (2, {"valid": 240.0, "best": 240.0}, "The smaller batch should help the RNN"),
        (8, {"best": 107.0, "valid": 120.0}, None),
        (6, {"best": 100.0}, "The smaller batch should help the GRU"),
        (9, {"train": 150.0}, "Experiment 9 drops four fifths"),
        (3, {"valid": math.inf, "train": math.inf}, None),
    ],
)
def test_one_change_one_remark(published, number, fields, fragment):
    found = remarks(changed(published, number, **fields))
    assert len(found) == (fragment is not None)
    assert all(fragment in sentence for sentence in found)


def test_remarks_are_sentences(published):
    rows = tuple(replace(row, train=1.5, valid=2.0, best=9.0) for row in published.rows)
    found = remarks(replace(published, rows=rows))
    assert len(found) > 15
    for sentence in [*found, *(relation.sentence for relation in RELATIONS)]:
        assert sentence[0].isupper() and sentence.endswith(".") and "  " not in sentence


def test_settings_are_those_of_the_published_table(published):
    assert {row.number: (row.architecture, row.optimizer) for row in published.rows} == SETTINGS


def test_a_table_without_the_best_epochs(published):
    text = markdown(presented(published)).replace("Best val. PPL", "Notes")
    assert remarks(parse_table(text))[0].startswith("There is no column for the best validation perplexity")


def test_order_and_bold_type_of_a_table_for_readers(published):
    rows = presented(published)
    assert remarks(parse_table(markdown(rows[::-1]))) == []
    assert remarks(parse_table(markdown(sorted(rows, key=lambda row: row.number)))) == [
        "The rows are not sorted by optimizer."
    ]
    mixed = [rows[-1], *rows[:-1]]
    assert remarks(parse_table(markdown(mixed))) == ["The rows are not sorted by architecture."]
    for bold in [(2, 8), (2, 8, 15, 12), (2, 8, 12)]:
        assert remarks(parse_table(markdown(rows, bold))) == [
            "The best run of the Transformer, and it alone, should be in bold."
        ]


def test_comparison(published):
    rerun = changed(changed(published, 1, best=233.0 * 1.2), 3, best=math.inf)
    assert compare(rerun, published, 0.25) == []
    assert compare(rerun, published) == ["Experiment 1 has a best perplexity of 279.60; 233.27 was expected."]
    assert len(compare(changed(published, 3, best=300.0), published)) == 1
    assert compare(Table((), False, True), published) == []


# ---- the command -----------------------------------------------------------------------------------------------------
def test_command(tmp_path, capsys, published):
    assert main(["table", str(PUBLISHED), "--expected", str(PUBLISHED)]) == 0
    assert capsys.readouterr().out == "15 runs, nothing to remark.\n"
    path = tmp_path / "table.md"
    path.write_text(markdown(presented(changed(published, 1, best=300.0))))
    assert main(["table", str(path), "--expected", str(PUBLISHED), "--tolerance", "0.05"]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert main(["table", str(tmp_path / "none.csv")]) == 2
    assert "can't be read" in capsys.readouterr().err
