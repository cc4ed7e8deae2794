"""The table of the 15 runs: reading it, what is remarked on it, and the command."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.assignments.gru_attention.analyses.__main__ import main
from autograder.assignments.gru_attention.analyses.findings import compare, remarks
from autograder.assignments.gru_attention.analyses.relations import RELATIONS
from autograder.assignments.gru_attention.exhibits.found import Run, RunTable
from autograder.assignments.gru_attention.exhibits.gather import read_table
from autograder.assignments.gru_attention.exhibits.words import SETTINGS
from autograder.errors import SubmissionError

PUBLISHED = Path(__file__).parents[2] / "fixtures" / "gru_attention" / "ptb_results.csv"


@pytest.fixture
def published() -> RunTable:
    return read_table(PUBLISHED)


@pytest.fixture
def read(tmp_path):
    """The table in a text, as if it stood in a file."""

    def reading(text: str, name: str = "table.md") -> RunTable:
        (tmp_path / name).write_text(text)
        return read_table(tmp_path / name)

    return reading


def changed(table: RunTable, number: int, **fields: object) -> RunTable:
    return replace(table, rows=tuple(replace(row, **fields) if row.number == number else row for row in table.rows))


def markdown(rows: list[Run], bold: tuple[int, ...] = (2, 8, 15)) -> str:
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


def presented(table: RunTable) -> list[Run]:
    return sorted(table.rows, key=lambda row: (row.architecture, row.optimizer, row.number))


# ---- the published one -----------------------------------------------------------------------------------------------
def test_the_published_table_is_read_as_it_stands(published):
    with PUBLISHED.open() as file:
        rows = list(csv.DictReader(file))
    assert [row.number for row in published.rows] == [int(row["exp"]) for row in rows] == list(range(1, 16))
    for ours, theirs in zip(published.rows, rows, strict=True):
        assert (ours.architecture.upper(), ours.optimizer.upper()) == (
            theirs["architecture"].upper(),
            theirs["optimizer"],
        )
        assert (ours.train, ours.valid, ours.best) == tuple(
            float(theirs[name]) for name in ("train_ppl", "valid_ppl", "best_valid_ppl")
        )
        assert (ours.best == ours.valid) == (theirs["best_is_last_epoch"] == "True")
        for name, value in (("train", ours.train), ("valid", ours.valid), ("best_valid", ours.best)):
            assert math.log(value) == pytest.approx(float(theirs[f"ln_{name}_ppl"]), abs=1e-4)


def test_the_published_table_is_flawless(published):
    assert remarks(published) == []
    assert compare(published, published, tolerance=0) == []


def test_the_published_table_as_markdown_is_flawless_too(published, read):
    table = read(markdown(presented(published)))
    assert table.presented and len(table.rows) == 15
    assert remarks(table) == []
    assert compare(table, published, tolerance=1e-3) == []


# ---- reading ---------------------------------------------------------------------------------------------------------
HEADING = "Number;Architecture;Optimiser;Training;Validation"


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("3;Vanilla RNN;SGD;1e3;**17 635.5**", (3, "RNN", "SGD", 1000, 17635.5, 17635.5, True)),
        ("3;Vanilla RNN;SGD;1.000,5;17.635,25", (3, "RNN", "SGD", 1000.5, 17635.25, 17635.25, False)),
        ("exp 12*;transformer;adam (1e-4);45.1;inf", (12, "Transformer", "Adam", 45.1, math.inf, math.inf, False)),
        (";LSTM;RMSprop;n/a;nan", (None, "LSTM", "RMSprop", None, math.inf, math.inf, False)),
        ("7;GRU", (7, "GRU", "", None, None, None, False)),
    ],
)
def test_rows(line, row, read):
    table = read(f"{HEADING}\n{line}\n\n", "table.csv")
    assert table == RunTable("table.csv", (Run(*row),), presented=False, has_best=False)


OTHER = "| a | b |\n|---|---|\n| 1 | 2 |\n\n"
PIPES = "| Number | Architecture | Optimiser | Train | Val |\n|-|-|-|-|-|\n|1|RNN|SGD|2|3|\n"
TABULAR = r"No. & Model & Opt & Train & \textbf{Valid} \\ \hline" + "\n" + r"1 & RNN & SGD & 2 & 3 \\ \hline"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.md", OTHER + PIPES),
        ("t.tex", TABULAR),
        ("t.json", '[{"experiment": 1, "model": "RNN", "opt": "SGD", "train": 2, "val": 3}]'),
        ("t.csv", "Versuch;Architektur;Optimierer;Training;Validierung\n1;RNN;SGD;2,0;3,00\n"),
        ("t.csv", "expérience,modèle,optimiseur,entraînement,validation\n1,RNN,SGD,2,3\n"),
        ("t.csv", "实验,模型,优化器,训练困惑度,最佳验证困惑度\n1,RNN,SGD,2,3\n"),
    ],
)
def test_the_table_is_read_in_other_forms(name, text, read):
    assert read(text, name).rows == (Run(1, "RNN", "SGD", 2, 3, 3),)


@pytest.mark.parametrize("text", ["", "\n\n", "no table", "exp,model\n1,RNN\n", '"', "| |\n", "\0,\0\n", "|" * 50])
def test_texts_without_the_table(text, read):
    with pytest.raises(SubmissionError, match="holds no table"):
        read(text)


@pytest.mark.parametrize(
    ("data", "why"), [(None, "can't be read"), (b"\xff\xfe\xfa", "UTF-8"), (b"a,b\n" * 600_000, "larger than 2 MB")]
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
    rows += [replace(rows[7], train=300.0), rows[0], replace(rows[0], number=16), replace(rows[0], number=None)]
    assert remarks(replace(published, rows=tuple(rows))) == [
        "Experiments missing: 5.",
        "Experiments there more than once: 9.",
        "Rows that are of no experiment: 1.",
        "The assignment has no experiment 16.",
    ]


@pytest.mark.parametrize(
    ("number", "fields", "fragment"),
    [
        (1, {"best": 233.5}, "Experiment 1: the best is 233.5, the last epoch's 233.275"),
        (1, {"architecture": "LSTM"}, "Experiment 1 is said to use LSTM, not RNN."),
        (7, {"optimizer": "Adam"}, "Experiment 7 is said to use Adam, not SGD."),
        (7, {"optimizer": ""}, None),
        (5, {"train": None}, "The training perplexity of experiment 5 is missing or no number."),
        (5, {"train": 0.5}, "The training perplexity of experiment 5 is 0.5, and none is below 1."),
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


def test_settings_are_those_of_the_published_table():
    with PUBLISHED.open() as file:
        for row in csv.DictReader(file):
            setting = SETTINGS[int(row["exp"])]
            assert (setting.architecture.upper(), setting.optimizer.upper()) == (
                row["architecture"].upper(), row["optimizer"],
            )  # fmt: skip
            figures = [float(row[n]) for n in ("initial_lr", "batch_size", "hidden_size", "num_layers", "dp_keep_prob")]
            assert [setting.rate, setting.batch, setting.hidden, setting.layers, setting.keep] == figures


def test_a_table_without_the_best_epochs(published, read):
    text = markdown(presented(published)).replace("Best val. PPL", "Notes")
    (only,) = remarks(read(text))  # nor is it said that nothing overfits, which can't be seen
    assert only.startswith("The best validation perplexity has no column")


def test_order_and_bold_type_of_a_table_for_readers(published, read):
    rows = presented(published)
    assert remarks(read(markdown(rows[::-1]))) == []
    assert remarks(read(markdown(sorted(rows, key=lambda row: row.number)))) == [
        "The rows are not sorted by optimizer."
    ]
    mixed = [rows[-1], *rows[:-1]]
    assert remarks(read(markdown(mixed))) == ["The rows are not sorted by architecture."]
    for bold in [(2, 8), (2, 8, 15, 12), (2, 8, 12)]:
        assert remarks(read(markdown(rows, bold))) == [
            "The best Transformer should be in bold, alone among its architecture."
        ]


def test_comparison(published):
    rerun = changed(changed(published, 1, best=233.0 * 1.2), 3, best=math.inf)
    assert compare(rerun, published, 0.25) == []
    assert compare(rerun, published) == ["Experiment 1 has a best perplexity of 279.60; 233.27 was expected."]
    assert len(compare(changed(published, 3, best=300.0), published)) == 1
    assert compare(RunTable("", (), False, True), published) == []


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
