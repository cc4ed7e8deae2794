"""Notebooks of all versions and with all oddities that students' tools leave in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from autograder.errors import SubmissionError
from autograder.records import Cell
from autograder.submission import ReadLimits
from fixtures.labrnn.reading import read_submission

from .handins import SMALL, book, dump, read, sources

NAME = "LabRNN.ipynb"


def test_cells_are_numbered_over_all_kinds(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Lab\n", "text"]},
        {"cell_type": "code", "source": ["import os\n", "x = 1"]},
        {"cell_type": "raw", "source": "raw"},
        {"cell_type": "code", "source": "%matplotlib inline\n!ls"},
    ]
    submission = read(tmp_path, NAME, dump({**book(), "cells": cells}))
    assert submission.cells == (Cell(2, "import os\nx = 1"), Cell(4, "%matplotlib inline\n!ls"))
    assert submission.markdown == ("# Lab\ntext",)
    assert submission.name == "LabRNN" and submission.notebook == NAME and submission.source == tmp_path / NAME
    assert submission.remarks == () and not submission.has_report


def test_version_3_has_worksheets_and_input(tmp_path: Path) -> None:
    first = [{"cell_type": "heading", "level": 1, "source": "Lab"}, {"cell_type": "code", "input": ["a = 1\n", "b"]}]
    second = [{"cell_type": "code", "input": "c = 2", "language": "python", "outputs": []}]
    old = {"nbformat": 3, "metadata": {"name": ""}, "worksheets": [{"cells": first}, {"cells": second}]}
    submission = read(tmp_path, NAME, dump(old))
    assert submission.cells == (Cell(2, "a = 1\nb"), Cell(3, "c = 2"))
    assert submission.markdown == ("Lab",)


@pytest.mark.parametrize("version", [1, 2, 5, 99, -1, 4.5, "x", "4.7", [4], {}, True, False, 10**100])
def test_other_versions_are_refused(tmp_path: Path, version: Any) -> None:
    with pytest.raises(SubmissionError, match="versions 3 and 4 can be read"):
        read(tmp_path, NAME, dump(book("x", nbformat=version)))


@pytest.mark.parametrize("version", [4, 4.0, "4", 3])
def test_the_structure_decides(tmp_path: Path, version: Any) -> None:
    assert sources(read(tmp_path, NAME, dump(book("x", nbformat=version, nbformat_minor="odd", metadata=None)))) == [
        "x"
    ]


def test_a_missing_version_is_a_remark(tmp_path: Path) -> None:
    submission = read(tmp_path, NAME, dump({"cells": book("x = 1")["cells"]}))
    assert sources(submission) == ["x = 1"] and "does not say its notebook version" in submission.remarks[0]


@pytest.mark.parametrize(
    ("source", "text"),
    [(7, "7"), (1.5, "1.5"), (None, ""), ([], ""), (["a", 1, None, "b"], "a1b"), ("a\r\nb\rc", "a\nb\nc")],
)
def test_sources_that_are_no_strings(tmp_path: Path, source: Any, text: str) -> None:
    assert sources(read(tmp_path, NAME, dump(book("x", source)))) == ["x", text]


@pytest.mark.parametrize(
    "cell", [{"cell_type": "sql", "source": "s"}, 3, None, [], {}, {"cell_type": "code", "source": {}}]
)
def test_odd_cells_are_left_out_with_a_remark(tmp_path: Path, cell: Any) -> None:
    notebook = book("x", "y")
    notebook["cells"].insert(1, cell)
    submission = read(tmp_path, NAME, dump(notebook))
    assert submission.cells == (Cell(1, "x"), Cell(3, "y"))
    assert submission.remarks == (f"{NAME} has cells that are neither code nor text; they were left out (cell 2).",)


def test_another_language_is_a_remark(tmp_path: Path) -> None:
    kernel = {"kernelspec": {"name": "ir", "language": "R"}}
    assert "written in r" in read(tmp_path, NAME, dump(book("x <- 1", metadata=kernel))).remarks[0]
    colab = {"kernelspec": {"name": "python3", "display_name": "Python 3"}, "language_info": {"name": "python"}}
    assert read(tmp_path, NAME, dump(book("x", metadata=colab, colab={"provenance": []}))).remarks == ()


def test_json_that_only_python_reads(tmp_path: Path) -> None:
    data = b'{"nbformat": 4, "cells": [], "a": NaN, "b": -Infinity, "c": ' + b"9" * 100_000 + b', "d": "raw\ttab\0",'
    data += b'"cells": [{"cell_type": "code", "source": "x = 1", "outputs": [1e999]}]}'
    assert sources(read(tmp_path, NAME, data)) == ["x = 1"]  # of duplicate keys the last one counts, as in Jupyter


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    data = dump(book("x = 'é词😀'\ny")).decode().replace("\n", "\r\n").encode(encoding)
    submission = read(tmp_path, NAME, data)
    assert sources(submission) == ["x = 'é词😀'\ny"] and submission.remarks == ()


def test_latin_1_is_a_remark(tmp_path: Path) -> None:
    submission = read(tmp_path, NAME, dump(book("x = 'é'")).decode().encode("latin-1"))
    assert sources(submission) == ["x = 'é'"] and "not UTF-8" in submission.remarks[0]


def test_what_no_compiler_or_encoder_takes_is_cleaned(tmp_path: Path) -> None:
    notebook = {
        "nbformat": 4,
        "cells": [{"cell_type": "code", "source": "a\0b\ud800"}, {"cell_type": "markdown", "source": "\udfff"}],
    }
    submission = read(tmp_path, NAME, json.dumps(notebook).encode() + b"\0\0\0\n")
    assert sources(submission) == ["ab?"] and submission.markdown == ("?",)
    assert "NUL characters" in submission.remarks[0]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", r"empty \(0 bytes\)"),
        (b" \n\t\0\0", "nothing but blanks"),
        (b"\xef\xbb\xbf{", r"cut short \(line 1, column 2\)"),
        (b'{"cells": [1, 2', "cut short"),
        (b'{"cells": [tru', "cut short"),
        (b'{"cells": ["abc', "cut short"),
        (b'{"cells": ["ab\\u00', "cut short"),
        (b'{"cells": [],\n "a": 1,}', r"not valid JSON \(line 2, column [89]"),
        (b'{"cells": []} {}', "not valid JSON .*Extra data"),
        (b"hello there, this is my homework", "not valid JSON"),
        (b'<<<<<<< HEAD\n{"cells": []\n=======\n', r"merge conflict markers of git .*\(line 1, column 1\)"),
        (
            b'{"cells": [\n<<<<<<< HEAD\n1\n=======\n2\n>>>>>>> main\n]}',
            r"merge conflict markers.*\(line 2, column 1\)",
        ),
        (b"[1, 2]", "JSON but not a notebook"),
        (b"3", "JSON but not a notebook"),
        (b'{"a": 1}', "JSON but not a notebook"),
        (b'{"cells": []}', "no cells"),
        (b'{"nbformat": 4}', "no cells"),
        (b'{"cells": 5}', "no cells"),
        (b'{"worksheets": [3, {"cells": 4}]}', "no cells"),
        (b'{"cells": [{"cell_type": "markdown", "source": "x"}]}', "no code cells"),
        (b'{"cells": [{"cell_type": "code", "source": " \\n"}]}', "has no code in it"),
        (b"  <!DOCTYPE HTML><html>", "web page"),
        (b"%PDF-1.5", "a PDF"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"Rar!\x1a\x07", "RAR"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "Git LFS"),
        (b'{"nbformat": 4, "cells": ' + b"[" * 100_000, "nested too deep"),
        (b'{"nbformat": ' + b"[" * 900 + b"]" * 900 + b', "cells": []}', "version unknown|nested too deep"),
    ],
)
def test_refused_with_a_sentence(tmp_path: Path, data: bytes, sentence: str) -> None:
    with pytest.raises(SubmissionError, match=sentence) as caught:
        read(tmp_path, NAME, data)
    text = str(caught.value)
    assert NAME in text and text.endswith(".") and "\n" not in text and len(text) < 300


def test_5000_cells_and_50_mb_of_outputs_pass(tmp_path: Path) -> None:
    notebook = book(*(f"x{number} = 1" for number in range(5_000)))
    notebook["cells"][0]["outputs"] = [{"text": "y" * 50_000_000}]
    assert len(read(tmp_path, NAME, dump(notebook)).cells) == 5_000


@pytest.mark.parametrize(
    ("notebook", "sentence"),
    [
        (book(*["x"] * 101), "101 cells"),
        (book("x", "y" * 10_001), "too much code .* cell 2 alone"),
        (book("x", outputs="y" * 1_000_000), "too large"),
    ],
)
def test_limits(tmp_path: Path, notebook: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SubmissionError, match=sentence):
        read(tmp_path, NAME, dump(notebook), SMALL)


def test_limits_of_the_whole(tmp_path: Path) -> None:
    with pytest.raises(SubmissionError, match="too much code"):
        read(tmp_path, NAME, dump(book("x" * 60, "y" * 60)), ReadLimits(code_chars=100))
    with pytest.raises(SubmissionError, match="too much data"):  # 3 bytes on disk, 70 in memory
        read(tmp_path, NAME, b'{"cells": [' + b"[]," * 1_000 + b"1]}", ReadLimits(json_values=1_000))


def test_500_mb_are_refused(tmp_path: Path) -> None:
    path = tmp_path / NAME
    with path.open("wb") as stream:
        stream.truncate(500_000_000)  # sparse
    with pytest.raises(SubmissionError, match="too large to be read"):
        read_submission(path)
