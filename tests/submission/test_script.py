"""Python scripts as hand-ins."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.errors import SubmissionError
from autograder.records import Cell

from .handins import SMALL, book, dump, read, sources

PERCENT = """\
# ---
# jupyter:
#   jupytext: {}
# ---

# %% [markdown]
# # Lab
# text

# %%
import os

# %% a title
def f():
    return '''
# %%timeit is no mark in the middle of a line'''

# %% [md]
\"\"\"
quoted
\"\"\"
"""


def test_percent_script(tmp_path: Path) -> None:
    submission = read(tmp_path, "LabRNN.py", PERCENT.encode())
    assert submission.markdown == ("# Lab\ntext", "quoted")
    assert submission.cells[0] == Cell(2, "import os")
    assert submission.remarks == ("The hand-in is the script LabRNN.py; the assignment asks for LabRNN.ipynb.",)


def test_plain_script_is_one_cell(tmp_path: Path) -> None:
    submission = read(tmp_path, "hw.py", b"\xef\xbb\xbfx = 1\r\ny = 2\r\n")
    assert submission.cells == (Cell(1, "x = 1\ny = 2\n"),)


def test_nbconvert_script(tmp_path: Path) -> None:
    text = "#!/usr/bin/env python\n# coding: utf-8\n\n# # Lab\n\n# In[1]:\n\n\nx = 1\n\n\n# In[ ]:\n\ny = 2\n"
    assert sources(read(tmp_path, "hw.py", text.encode())) == ["x = 1", "y = 2"]


def test_code_before_the_first_mark_is_a_cell(tmp_path: Path) -> None:
    assert sources(read(tmp_path, "hw.py", b"import os\n# %%\nx = 1\n")) == ["import os", "x = 1"]


def test_too_many_cells(tmp_path: Path) -> None:
    with pytest.raises(SubmissionError, match="too many cells"):
        read(tmp_path, "hw.py", b"# %%\nx\n" * 101, SMALL)


def test_a_script_called_notebook_is_read(tmp_path: Path) -> None:
    submission = read(tmp_path, "LabRNN.ipynb", b"import os\nx = 1\n")
    assert submission.cells == (Cell(1, "import os\nx = 1\n"),)
    assert submission.remarks == ("LabRNN.ipynb is really a Python script and was read as one.",)


@pytest.mark.parametrize("name", ["LabRNN.py", "LabRNN.txt", "LabRNN", "LabRNN.zip", "LabRNN.ipynb.json"])
def test_a_notebook_called_otherwise_is_read(tmp_path: Path, name: str) -> None:
    submission = read(tmp_path, name, dump(book("x = 1")))
    assert sources(submission) == ["x = 1"]
    assert f"{name} is really a notebook and was read as one." in submission.remarks


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("hw.txt", b"my homework", "neither a notebook nor a Python script"),
        ("hw.zip", b"\1\2\3", "cut short or is no zip"),
        ("hw.zip", b"", "empty"),
        ("hw.py", b"", "empty"),
        ("hw.py", b"# %%\n\n# %% [markdown]\n# text\n", "no code"),
        ("hw.py", b"<html>", "web page"),
    ],
)
def test_refused(tmp_path: Path, name: str, data: bytes, sentence: str) -> None:
    with pytest.raises(SubmissionError, match=sentence):
        read(tmp_path, name, data)
