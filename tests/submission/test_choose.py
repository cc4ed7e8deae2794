"""Which notebook of several is graded."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.errors import SubmissionError
from fixtures.labrnn.reading import read_submission

from .handins import book, dump, fill

MINE = dump(book("def tokenize(vocab, example): pass"))
OTHER = dump(book("print('another course')"))


def chosen(folder: Path, files: dict[str, bytes]) -> str:
    return read_submission(fill(folder / "hand-in", files)).notebook


@pytest.mark.parametrize(
    "name", ["LabRNN.ipynb", "labrnn.IPYNB", "LabRNN (1).ipynb", "LabRNN-Copy1.ipynb", "wei_123_456_LabRNN-1.ipynb"]
)
def test_the_expected_name_wins(tmp_path: Path, name: str) -> None:
    assert chosen(tmp_path, {name: OTHER, "a.ipynb": MINE, "b.ipynb": MINE}) == name


def test_the_exact_name_wins_over_near_ones(tmp_path: Path) -> None:
    files = dict.fromkeys(["labrnn.ipynb", "LabRNN (1).ipynb", "old/LabRNN.ipynb"], MINE)
    assert chosen(tmp_path, {**files, "LabRNN.ipynb": OTHER}) == "LabRNN.ipynb"


def test_the_only_one_needs_no_name(tmp_path: Path) -> None:
    submission = read_submission(fill(tmp_path / "x", {"hw3.ipynb": OTHER}))
    assert submission.remarks[0] == "The notebook is called hw3.ipynb; the assignment asks for LabRNN.ipynb."


@pytest.mark.parametrize("name", ["LabRNN.ipynb", "LabRNN (2).ipynb", "LabRNN-1.ipynb", "wei_LabRNN.ipynb"])
def test_names_given_by_platforms_are_no_remark(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(MINE)
    assert read_submission(tmp_path / name).remarks == ()


@pytest.mark.parametrize("name", ["labrnn.ipynb", "MyLabRNN2x.ipynb"])
def test_other_spellings_are(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(MINE)
    assert "is called" in read_submission(tmp_path / name).remarks[0]


def test_the_one_that_defines_the_names(tmp_path: Path) -> None:
    assert chosen(tmp_path, {"a.ipynb": OTHER, "b.ipynb": MINE, "c.ipynb": b"{broken"}) == "b.ipynb"


def test_a_hostile_name_costs_no_time(tmp_path: Path) -> None:
    files = {f"LabRNN{'1' * 100}{'-copy 1' * 15}!{number}.ipynb": MINE for number in range(2)}
    assert chosen(tmp_path, files) == min(files)


def test_copies_count_once(tmp_path: Path) -> None:
    assert chosen(tmp_path, {"a.ipynb": MINE, "b.ipynb": MINE}) == "a.ipynb"


def test_names_can_be_given(tmp_path: Path) -> None:
    folder = fill(tmp_path / "x", {"a.ipynb": MINE, "b.ipynb": dump(book("class Net: pass"))})
    assert read_submission(folder, expected="hw.ipynb", names=("Net",)).notebook == "b.ipynb"


def test_otherwise_all_are_named(tmp_path: Path) -> None:
    second = dump(book("def tokenize(): ...", "x"))
    with pytest.raises(
        SubmissionError, match=r"several notebooks \(a.ipynb, b.ipynb\).*hand in only one, called LabRNN.ipynb"
    ):
        chosen(tmp_path / "1", {"a.ipynb": MINE, "b.ipynb": second, "c.ipynb": OTHER})
    with pytest.raises(SubmissionError, match="and 16 more"):
        chosen(tmp_path / "2", {f"{number}.ipynb": MINE for number in range(21)})


def test_a_notebook_wins_over_scripts_and_they_over_renamed_ones(tmp_path: Path) -> None:
    assert chosen(tmp_path / "1", {"a.ipynb": OTHER, "LabRNN.py": b"def tokenize(): pass"}) == "a.ipynb"
    assert chosen(tmp_path / "2", {"a.py": b"x = 1", "LabRNN.txt": MINE}) == "a.py"
    assert chosen(tmp_path / "3", {"LabRNN.ipynb.txt": MINE, "data.json": b"[]"}) == "LabRNN.ipynb.txt"
