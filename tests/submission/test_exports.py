"""What exporters and platforms make of a notebook's code, and how it is read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autograder.errors import SubmissionError
from autograder.records import Cell, Submission
from autograder.submission.exports import restored

from .handins import book, dump, read, sources


def call(name: str, line: str, body: str) -> str:
    return f"get_ipython().run_cell_magic({name!r}, {line!r}, {body!r})"


TOKENIZE = "def tokenize(vocab, example):\n    return [vocab[w] for w in example.split()]\n"


# ---- magics as calls -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["time", "capture", "timeit", "prun"])
def test_cells_under_python_s_magics_are_code_again(name: str, tmp_path: Path) -> None:
    text = (
        f"#!/usr/bin/env python\n# coding: utf-8\n\n# In[1]:\n\n\n{call(name, '', TOKENIZE)}\n\n\n# In[2]:\n\n\nx = 1\n"
    )
    assert sources(read(tmp_path, "LabRNN.py", text.encode())) == [TOKENIZE.rstrip("\n"), "x = 1"]


def test_calls_among_other_statements_and_over_several_lines() -> None:
    spread = f"get_ipython().run_cell_magic(\n    'time',\n    '',\n    {TOKENIZE!r},\n)"
    assert restored(f"import os\n{spread}\ny = 2") == [f"import os\n{TOKENIZE}y = 2"]
    assert restored(f"!pip install x\n{call('capture', 'out', 'z = 1')}") == ["!pip install x\nz = 1"]


def test_magics_that_are_no_python_stay_cells_of_their_own() -> None:
    assert restored(f"x = 1\n{call('bash', '', 'ls -l')}\ny = 2") == ["x = 1", "%%bash\nls -l", "y = 2"]
    assert restored(call("html", "--isolated", "<b>")) == ["%%html --isolated\n<b>"]


@pytest.mark.parametrize(
    "code", ["get_ipython().run_cell_magic('time')", "get_ipython().run_cell_magic(a, b, c)", "x = ("]
)
def test_what_is_no_such_call_stays(code: str) -> None:
    assert restored(code) == [code]


# ---- files that cells write ------------------------------------------------------------------------------------------
def test_a_file_that_a_cell_writes_and_another_imports_is_part_of_the_notebook(tmp_path: Path) -> None:
    written = f"%%writefile lab_utils.py\n{TOKENIZE}\nif __name__ == '__main__':\n    tokenize({{}}, 'a')\n\nLAST = 1"
    submission = read(tmp_path, "LabRNN.ipynb", dump(book("import os", written, "from lab_utils import tokenize")))
    assert sources(submission)[1].split("\n")[:2] == [
        "import sys; sys.modules['lab_utils'] = sys.modules[__name__]", "def tokenize(vocab, example):",
    ]  # fmt: skip
    assert "__main__" not in sources(submission)[1] and sources(submission)[1].endswith("\nLAST = 1")
    assert "lab_utils.py, which a cell writes, was read as a part of the notebook." in submission.remarks


@pytest.mark.parametrize(
    ("head", "use", "names"),
    [
        ("%%file tools.py", "import tools as t", ["tools"]),
        ("%%writefile -a tools.py", "from tools import *", ["tools"]),
        ("# a comment\n%%writefile ./src/tools.py", "from src.tools import tokenize", ["src", "src.tools"]),
        ("%%writefile /content/drive/MyDrive/tools.py", "import os, tools", ["tools"]),
        ("%%writefile src/__init__.py", "from src import tokenize", ["src"]),
    ],
)
def test_ways_to_write_and_to_import(head: str, use: str, names: list[str], tmp_path: Path) -> None:
    first = sources(read(tmp_path, "LabRNN.ipynb", dump(book(f"{head}\n{TOKENIZE}", use))))[0]
    assert all(f"sys.modules[{name!r}] = " in first for name in names)


def test_a_file_that_is_run_is_read_where_it_is_written(tmp_path: Path) -> None:
    found = sources(read(tmp_path, "LabRNN.ipynb", dump(book(f"%%writefile t.py\n{TOKENIZE}", "%run t.py\nx = 1"))))
    assert found == [f"\n{TOKENIZE}", "pass  # %run t.py\nx = 1"]


@pytest.mark.parametrize(
    "cells",
    [
        (f"%%writefile old.py\n{TOKENIZE}", "x = 1"),  # nobody imports it
        ("%%writefile requirements.txt\ntorch", "import torch"),
        (f"%%writefile torch.py\n{TOKENIZE}", "import torch"),
    ],
)
def test_other_files_stay_files(cells: tuple[str, ...], tmp_path: Path) -> None:
    assert sources(read(tmp_path, "LabRNN.ipynb", dump(book(*cells)))) == list(cells)


# ---- scripts of other programs ---------------------------------------------------------------------------------------
MARIMO = '''\
import marimo

__generated_with = "0.9.0"
app = marimo.App(width="medium")

with app.setup:
    import math


@app.cell
def _(mo):
    mo.md(
        r"""
        # Lab 1
        """
    )
    return


@app.cell(hide_code=True)
def _(torch):
    # below what it needs in the order of names, not of the file
    def forward(x):
        return torch.tanh(x)
    return (forward,)


@app.cell
def _():
    import marimo as mo
    import torch
    return mo, torch


@app.cell(disabled=True)
def _():
    wrong = 1
    return


@app.function
def tokenize(vocab, example):
    return []


@app.class_definition
class IMDB:
    pass


@app.cell
async def _():
    return


if __name__ == "__main__":
    app.run()
'''


def test_marimo(tmp_path: Path) -> None:
    submission = read(tmp_path, "LabRNN.py", MARIMO.encode())
    found = sources(submission)
    assert found[0] == "import math" and found[1] == "import marimo as mo\nimport torch"
    assert found[2] == "def forward(x):\n    return torch.tanh(x)"
    assert found[3].startswith("def tokenize") and found[4].startswith("class IMDB")
    assert "wrong" not in str(found) and "app.run" not in str(found)
    assert [title for _, title in submission.headings] == ["Lab 1"]


DATABRICKS = f"""\
# Databricks notebook source
# MAGIC %md
# MAGIC # Lab 1
# MAGIC Some words.

# COMMAND ----------

# DBTITLE 1,Imports
# MAGIC %pip install nltk

# COMMAND ----------

{TOKENIZE}
# COMMAND ----------

# MAGIC %sql
# MAGIC SELECT 1

# COMMAND ----------

# MAGIC %python
# MAGIC y = 2
"""


def test_databricks(tmp_path: Path) -> None:
    submission = read(tmp_path, "LabRNN.py", DATABRICKS.encode())
    assert submission.markdown == ("# Lab 1\nSome words.",)
    assert sources(submission) == ["%pip install nltk", TOKENIZE.strip("\n"), "%%sql\nSELECT 1", "y = 2"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("#%%\nx = 1\n#%% second\ny = 2\n", ["x = 1", "y = 2"]),  # Spyder, PyCharm
        ("# <codecell>\nx = 1\n# <markdowncell>\n# words\n# <codecell>\ny = 2\n", ["x = 1", "y = 2"]),
        ('# %% active="ipynb"\n# def f():\n#     return 1\n# %%\ny = 2\n', ["def f():\n    return 1", "y = 2"]),
        ('# %% tags=["active-ipynb"]\n# x = 1\n', ["x = 1"]),
    ],
)
def test_marks_of_other_programs(text: str, found: list[str], tmp_path: Path) -> None:
    assert sources(read(tmp_path, "LabRNN.py", text.encode())) == found


def test_a_script_knows_its_own_name(tmp_path: Path) -> None:
    text = "import os\nHERE = os.path.dirname(os.path.abspath(__file__))\n"
    submission = read(tmp_path, "my lab.py", text.encode())
    assert submission.cells == (Cell(0, "__file__ = 'my lab.py'"), Cell(1, text))
    assert len(read(tmp_path, "LabRNN.ipynb", dump(book(text))).cells) == 1  # a notebook has none


# ---- coding lines ----------------------------------------------------------------------------------------------------
WORDS = "WORD = 'слово'"


@pytest.mark.parametrize(
    "data",
    [
        f"# -*- coding: cp1251 -*-\n{WORDS}".encode("cp1251"),
        f"#!/usr/bin/env python\n# coding=koi8-r\n{WORDS}".encode("koi8-r"),
        f"\ufeff# coding: utf-8\n{WORDS}".encode(),
        f"# coding: utf-8\n{WORDS}".encode(),
        f"# coding: ascii\n{WORDS}".encode(),  # wrong, and read all the same
        WORDS.encode("utf-16"),
        WORDS.encode("utf-8-sig"),
        f"# coding: no-such-thing\n{WORDS}".encode(),
        f"x = 1\n\n# coding: cp1251\n{WORDS}".encode(),  # too late to count
    ],
)
def test_coding_lines_are_honoured(data: bytes, tmp_path: Path) -> None:
    assert WORDS in sources(read(tmp_path, "LabRNN.py", data))[0]


@pytest.mark.parametrize("name", ["unicode_escape", "idna", "punycode", "rot13", "zlib_codec", "undefined", "utf-7"])
def test_codecs_that_are_no_encodings_are_not_used(name: str, tmp_path: Path) -> None:
    assert sources(read(tmp_path, "LabRNN.py", f"# coding: {name}\nx = '+AGE-'".encode()))[0].endswith("x = '+AGE-'")


# ---- where code stands that nothing runs -----------------------------------------------------------------------------
def notebook(*cells: tuple[str, str]) -> bytes:
    made = [{"cell_type": kind, "metadata": {}, "source": text} for kind, text in cells]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made}).encode()


def elsewhere(tmp_path: Path, *cells: tuple[str, str]) -> Submission:
    return read(tmp_path, "LabRNN.ipynb", notebook(("code", "x = 1"), *cells))


def test_code_in_text_cells_raw_cells_and_comments_is_known(tmp_path: Path) -> None:
    hidden = "\n".join(f"# {line}" for line in TOKENIZE.splitlines())
    found = elsewhere(
        tmp_path,
        ("markdown", f"My code:\n```python\n{TOKENIZE}```"),
        ("markdown", "class IMDB(Dataset):\n    def __init__(self):\n        pass"),
        ("raw", "def build_vocab(x, n):\n  return {}"),
        ("code", f"y = 1\n{hidden.replace('tokenize', 'load_imdb')}"),
    ).elsewhere
    assert {name: found[name] for name in ("tokenize", "IMDB", "build_vocab", "load_imdb")} == {
        "tokenize": "text cell 2", "IMDB": "text cell 3", "build_vocab": "raw cell 4", "load_imdb": "cell 5 behind #",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "Write def tokenize(vocab, example): as told.",
        "def tokenize(vocab, example):\n\nTurn a text into numbers.",
        "class of models:\n  GRU",
    ],
)
def test_a_task_s_text_is_no_code(text: str, tmp_path: Path) -> None:
    assert elsewhere(tmp_path, ("markdown", text)).elsewhere == {}


def test_commented_out_attempts_do_not_replace_live_code(tmp_path: Path) -> None:
    hidden = "\n".join(f"# {line}" for line in TOKENIZE.splitlines())
    submission = elsewhere(tmp_path, ("code", TOKENIZE), ("code", hidden))
    assert sources(submission)[1:] == [TOKENIZE, hidden]


def test_cells_of_other_languages_are_left_out(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "code", "metadata": metadata, "source": text}
        for metadata, text in [
            ({"vscode": {"languageId": "r"}}, "x <- 1"),
            ({"kernel": "Julia"}, "y = 1"),
            ({"vscode": {"languageId": "python"}}, "z = 1"),
            ({"kernel": "Python 3"}, "u = 1"),
        ]
    ]
    data = json.dumps({"nbformat": 4, "metadata": {}, "cells": cells}).encode()
    submission = read(tmp_path, "LabRNN.ipynb", data)
    assert sources(submission) == ["z = 1", "u = 1"]
    assert {"Cell 1 is written in r; it was not run.", "Cell 2 is written in Julia; it was not run."} <= set(
        submission.remarks
    )


@pytest.mark.parametrize("suffix", [".html", ".htm", ".md", ".txt", ".qmd"])
def test_exports_are_refused_with_what_to_do(suffix: str, tmp_path: Path) -> None:
    page = f"# Lab\n\n```python\n{TOKENIZE}```\n" if "h" not in suffix else "<!DOCTYPE html>\n<html><head><title>LabRNN</title><script>jupyter</script>"  # fmt: skip  # noqa: E501
    with pytest.raises(SubmissionError, match="hand it in again|exported") as raised:
        read(tmp_path, f"LabRNN{suffix}", page.encode())
    assert ".ipynb" in str(raised.value)


def test_a_notebook_with_code_in_text_cells_alone_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(SubmissionError, match="code stands in text cell 1: make it a code cell"):
        read(tmp_path, "LabRNN.ipynb", notebook(("markdown", TOKENIZE)))


@pytest.mark.parametrize(
    "metadata",
    [
        {"colab": {"provenance": [], "gpuType": "T4"}, "accelerator": "GPU", "kernelspec": {"name": "python3"}},
        {"pycharm": {"stem_cell": {"cell_type": "raw"}}, "kernelspec": None, "language_info": {"name": "python"}},
        {"kaggle": {"dataSources": []}, "kernelspec": {"language": "python"}, "widgets": {"application/vnd": {}}},
        {"application/vnd.databricks.v1+notebook": {"language": "python"}},
        [],
    ],
)  # fmt: skip
def test_odd_metadata_does_not_matter(metadata: object, tmp_path: Path) -> None:
    cell = {
        "cell_type": "code",
        "metadata": {"id": 7, "cellView": "form", "pycharm": {"name": "#%%\n"}},
        "source": ["x = 1"],
    }
    data = json.dumps({"nbformat": 4, "metadata": metadata, "cells": [cell]}).encode()
    assert sources(read(tmp_path, "LabRNN.ipynb", data)) == ["x = 1"]
