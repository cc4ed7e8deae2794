"""What of a hand-in is more than anybody hands in honestly: left out, or refused with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.errors import SubmissionError
from autograder.submission import ReadLimits
from fixtures.labrnn.reading import read_submission

from .handins import book, dump, fill, zipped

LIMITS = ReadLimits()


def write(folder: Path, text: bytes, name: str = "LabRNN.ipynb") -> Path:
    (folder / name).write_bytes(text)
    return folder / name


def with_texts(*texts: str) -> bytes:
    whole = book("x = 1")
    return dump({**whole, "cells": [*whole["cells"], *({"cell_type": "markdown", "source": text} for text in texts)]})


def test_code_of_more_than_a_megabyte(tmp_path: Path) -> None:
    cells = ["x" * 200_000] * 5
    assert len(read_submission(write(tmp_path, dump(book(*cells)))).cells) == 5
    with pytest.raises(
        SubmissionError, match=r"too much code \(1,000,001 .* at most 1,000,000 .* move data out of the"
    ):
        read_submission(write(tmp_path, dump(book(*cells, "x"))))


def test_code_of_companions_counts_too(tmp_path: Path) -> None:
    fill(tmp_path / "a", {"models.py": b"import gru\n" + b"x" * 600_000, "gru.py": b"y" * 600_000})
    with pytest.raises(SubmissionError, match="too much code"):
        read_submission(tmp_path / "a", expected="models.py")


def test_a_chain_of_imports(tmp_path: Path) -> None:
    files = {f"m{n}.py": f"import m{n + 1}\n".encode() for n in range(2_000)}
    fill(tmp_path / "a", files)
    with pytest.raises(SubmissionError, match="imports more than 50 files"):
        read_submission(tmp_path / "a", expected="m0.py")


def test_text_cells_are_cut(tmp_path: Path) -> None:
    long = ["t" * 1_200_000] * 12
    found = read_submission(write(tmp_path, with_texts(*long))).markdown
    assert len(found) == 12 and len(found[0]) == LIMITS.text_chars and found[-1] == ""
    assert sum(map(len, found)) == LIMITS.texts_chars


def test_headings_are_cut(tmp_path: Path) -> None:
    found = read_submission(write(tmp_path, with_texts(*["# a\n" * 50] * 200)))
    assert len(found.headings) == LIMITS.headings


def test_a_long_path_in_a_zip(tmp_path: Path) -> None:
    path = write(tmp_path, zipped({"LabRNN.ipynb": dump(book("x")), "a/" * 600 + "b": b""}), "a.zip")
    with pytest.raises(SubmissionError, match=r"a\.zip holds a file with a path of 1,201 characters"):
        read_submission(path)
