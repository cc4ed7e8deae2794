"""A folder of hand-ins, and the names of their results."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.errors import ConfigError
from autograder.submission import find_submissions, several_hand_ins, unique_names

from .handins import fill


def test_find_submissions(tmp_path: Path) -> None:
    names = ["a.ipynb", "a.py", "b.ZIP", "c.rar", "d.ipynb.txt", "names.csv", "notes.txt", ".DS_Store", "._a.ipynb"]
    fill(tmp_path, {**dict.fromkeys(names, b""), "folder/x.ipynb": b"", "__MACOSX/y": b"", ".git/z": b""})
    (tmp_path / "empty").mkdir()
    found, skipped = find_submissions(tmp_path)
    assert [path.name for path in found] == ["a.ipynb", "a.py", "b.ZIP", "c.rar", "d.ipynb.txt", "empty", "folder"]
    assert {entry.path.name for entry in skipped} == {
        ".DS_Store",
        "._a.ipynb",
        ".git",
        "__MACOSX",
        "names.csv",
        "notes.txt",
    }
    assert all(entry.path.name in entry.sentence and entry.sentence.endswith(".") for entry in skipped)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be listed"):
        find_submissions(tmp_path / "missing")


def test_the_first_keeps_the_stem(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "v1.2").mkdir()
    names = ["a", "a.ipynb", "a.zip", "a.zip.ipynb", "v1.2", "词.ipynb", ".hidden.py", "x y.py"]
    given_out = unique_names([tmp_path / name for name in names])
    assert list(given_out.values()) == ["a", "a.ipynb", "a.zip-2", "a.zip", "v1.2", "词", "hidden", "x y"]


def test_same_names_from_two_folders_and_taken_names() -> None:
    paths = [Path("x/hw.ipynb"), Path("y/hw.ipynb"), Path("z/hw.ipynb"), Path("x/hw.ipynb"), Path("grades.csv.py")]
    assert list(unique_names(paths, taken=["grades.csv"]).values()) == ["hw", "hw.ipynb", "hw.ipynb-2", "grades.csv.py"]


def test_no_name_steers_a_terminal_or_deceives_its_reader() -> None:
    paths = [Path(name) for name in ("\x9b31m.py", "a\u202egpj.ipynb", "b\x1b[2J.py")]
    assert list(unique_names(paths).values()) == ["_31m", "a_gpj", "b_[2J"]


def test_names_that_windows_refuses_or_drops() -> None:
    """Results are copied to Windows, and lie on its shares."""
    told = {
        "CON.ipynb": "CON_", "nul": "nul_", "com1.zip": "com1_", "aux.tar.gz": "aux_.tar", "bacon.py": "bacon",
        "console.py": "console", 'a:b<c>"d|e?f*.py': "a_b_c__d_e_f_", "lab.": "lab", "lab . .py": "lab",
        "lpt9 .py": "lpt9_",
    }  # fmt: skip
    assert [unique_names([Path(name)])[Path(name)] for name in told] == list(told.values())


def test_names_that_differ_in_case_alone_are_one() -> None:
    """As macOS and Windows compare them; composed letters or not."""
    paths = [Path(name) for name in ("Jane.ipynb", "jane.ipynb", "jose\u0301.py", "JOS\u00c9.py", "SUMMARY.csv.py")]
    given_out = list(unique_names(paths, taken=["summary.csv"]).values())
    assert given_out == ["Jane", "jane.ipynb", "jose\u0301", "JOS\u00c9.py", "SUMMARY.csv.py"]


@given(st.lists(st.text(min_size=1, max_size=300).filter(lambda name: "/" not in name), max_size=20))
def test_names_are_unique_and_safe(names: list[str]) -> None:
    paths = [Path("folder") / name for name in names]
    given_out = unique_names(paths)
    assert given_out == unique_names(paths) and set(given_out) == set(paths)
    assert len({name.casefold() for name in given_out.values()}) == len(given_out)
    for name in given_out.values():
        assert name and "/" not in name and "\0" not in name and not name.startswith(".")
        assert len(name.encode()) <= 255 and not name.endswith((".", " ")) and not set(name) & set('<>:"|?*')
        assert name.partition(".")[0].upper() not in ("CON", "PRN", "AUX", "NUL", "COM1", "LPT1")


@pytest.mark.parametrize("name", [os.fsdecode(b"\xff.ipynb"), "...", "a\nb.py", "\\.py", "词" * 80 + ".ipynb"])
def test_every_name_can_be_a_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / unique_names([Path(name)])[Path(name)]).mkdir()


# ---- one hand-in or several ------------------------------------------------------------------------------------------
SOLUTION = b"def tokenize(vocab, example):\n    return []\n"


@pytest.mark.parametrize(
    ("files", "several"),
    [
        (["LabRNN.ipynb", "report.pdf", "old/LabRNN.ipynb", "old2/LabRNN.ipynb"], False),
        (["LabRNN (1).ipynb", "scratch.ipynb", "data.zip", "more.zip"], False),
        (["solution.ipynb", "report.pdf", "figures/a.png", "data/b.csv"], False),
        (["code/LabRNN.ipynb", "report/report.pdf", "notes.txt"], False),
        (["LabRNN.zip", "report.pdf"], False),
        (["report.pdf"], False),
        ([], False),
        (["jane.ipynb", "joe.ipynb"], True),
        (["jane_LabRNN.ipynb", "joe_LabRNN.ipynb", "marks.txt"], True),
        (["jane/LabRNN.ipynb", "jane/report.pdf", "joe/solution.ipynb"], True),
        (["jane.zip", "joe.zip", "jim/solution.py"], True),
    ],
)
def test_one_hand_in_or_several(tmp_path: Path, files: list[str], several: bool) -> None:
    fill(tmp_path, dict.fromkeys(files, SOLUTION))
    assert several_hand_ins(tmp_path, ["LabRNN.ipynb"], ["load_imdb", "tokenize"]) is several


def test_only_what_defines_the_names_is_a_hand_in(tmp_path: Path) -> None:
    fill(tmp_path, {"mine.ipynb": SOLUTION, "scratch.ipynb": b"{}", "data/try.py": b"", "more/try.py": b""})
    assert not several_hand_ins(tmp_path, ["LabRNN.ipynb"], ["tokenize"])
    assert not several_hand_ins(tmp_path / "mine.ipynb", ["LabRNN.ipynb"], ["tokenize"])
    assert not several_hand_ins(tmp_path / "nowhere", ["LabRNN.ipynb"], ["tokenize"])


def test_exported_notebooks_count_so_that_their_students_are_told(tmp_path: Path) -> None:
    texts = {
        "lab.html": "<!DOCTYPE html><html><head><title>Lab</title><script src='jupyter.js'></script>",
        "lab.md": "# Lab\n\n```python\nx = 1\n```\n",
        "lab.txt": "def tokenize(vocab, example):\n    return []\n",
        "readme.md": "# How to hand in\n\nUpload one file.\n",
        "notes.txt": "late: three\n",
        "index.html": "<html><body>Moodle</body></html>",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    found, skipped = find_submissions(tmp_path)
    assert [path.name for path in found] == ["lab.html", "lab.md", "lab.txt"]
    assert {entry.path.name for entry in skipped} == {"readme.md", "notes.txt", "index.html"}
