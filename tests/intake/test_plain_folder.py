"""A plain folder: names stay what they were, every entry has a row, and a PDF belongs to its notebook."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autograder.errors import ConfigError
from autograder.grades import Person
from autograder.submission import find_submissions, unique_names
from fixtures.labrnn.reading import read_submission

from .classes import PDF, book, contents, roster, taken


def fill(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def test_names_are_as_they_were(tmp_path: Path) -> None:
    files = dict.fromkeys(
        ["a.ipynb", "a.zip", "a/LabRNN.ipynb", "b.py", "v1.2/x.ipynb", "词.ipynb", "c.rar", "c.txt", "summary.csv.py"],
        b"x",
    )
    fill(tmp_path / "in", files)
    (tmp_path / "in" / "empty").mkdir()
    before = unique_names(find_submissions(tmp_path / "in")[0], ("summary.csv",))
    intake = taken(tmp_path / "in", tmp_path, taken=("summary.csv",))
    names = {own.path: own.name for own in intake.hand_ins}
    assert intake.platform == "folder" and before.items() <= names.items()
    assert {path.name for path in names.keys() - before.keys()} == {"c.txt"}
    assert len(set(names.values())) == len(names)


def test_every_entry_has_a_row(tmp_path: Path) -> None:
    odd = ["a.html", "b.pdf", "c.docx", "notes.txt", "data.csv"]
    fill(tmp_path / "in", dict.fromkeys([*odd, "x.ipynb", "y.ipynb", ".DS_Store", "__MACOSX/._x", "Thumbs.db"], b"x"))
    fill(tmp_path / "in", {"only_litter/.DS_Store": b"", "comments.txt": b"", "grades.csv": b"", "timestamp.txt": b"x"})
    (tmp_path / "in" / "empty").mkdir()
    intake = taken(tmp_path / "in", tmp_path)
    rows = {own.path.name: own.refused for own in intake.hand_ins}
    assert set(rows) == {*odd, "x.ipynb", "y.ipynb", "only_litter", "empty"}
    assert {name for name, sentence in rows.items() if not sentence} == {"x.ipynb", "y.ipynb"}
    assert all(name in sentence and "hand in LabRNN.ipynb" in sentence for name, sentence in rows.items() if sentence)
    assert any(".DS_Store" in sentence for sentence in intake.remarks)


@pytest.mark.parametrize(
    ("pdf", "owner"),
    [
        ("jane.pdf", "jane_LabRNN"),
        ("Jane_report.pdf", "jane_LabRNN"),
        ("jane_LabRNN.pdf", "jane_LabRNN"),
        ("jane_LabRNN report.pdf", "jane_LabRNN"),
        ("jane_b.pdf", "jane_b_LabRNN"),
        ("janet.pdf", ""),
        ("report.pdf", ""),
    ],
)
def test_a_pdf_belongs_to_the_notebook_after_which_it_is_called(tmp_path: Path, pdf: str, owner: str) -> None:
    source = fill(tmp_path / "in", {f"{own}.ipynb": book(own) for own in ("jane_LabRNN", "jane_b_LabRNN", "bob")})
    fill(source, {pdf: PDF})
    intake = taken(source, tmp_path)
    with_pdf = [own.name for own in intake.hand_ins if pdf in contents(own.path) and not own.refused]
    assert with_pdf == ([owner] if owner else [])
    assert len(intake.hand_ins) == (3 if owner else 4)
    if owner:
        found = next(own for own in intake.hand_ins if own.name == owner)
        assert read_submission(found.path).has_report and read_submission(found.path).name == owner


def test_one_notebook_and_its_report(tmp_path: Path) -> None:
    (hand_in,) = taken(fill(tmp_path / "in", {"LabRNN.ipynb": book("a"), "r.pdf": PDF}), tmp_path).hand_ins
    assert hand_in.name == "LabRNN" and set(contents(hand_in.path)) == {"LabRNN.ipynb", "r.pdf"}


def test_one_level_too_high_is_a_class_but_one_students_folder_is_not(tmp_path: Path) -> None:
    source = fill(tmp_path / "in", {f"lab1/{own}/LabRNN.ipynb": book(own) for own in ("jane", "bob")})
    assert [own.name for own in taken(source, tmp_path).hand_ins] == ["bob", "jane"]
    flat = fill(tmp_path / "flat", {f"a/b/{own}.ipynb": book(own) for own in ("jane", "bob")})
    assert [own.name for own in taken(flat, tmp_path).hand_ins] == ["bob", "jane"]
    alone = fill(tmp_path / "alone", {"jane/LabRNN.ipynb": book("j"), "jane/extra.ipynb": book("e")})
    assert [own.name for own in taken(alone, tmp_path).hand_ins] == ["jane"]


def test_owners_by_the_roster(tmp_path: Path) -> None:
    people = [Person("S1", "Jane Smith", "j@x.org", login="js"), Person("S2", "Bob Roe"), Person("S3", "Ann Lee")]
    files = {"S1_LabRNN.ipynb": book("1"), "Bob Roe/LabRNN.ipynb": book("2"), "S3 final.ipynb": book("3")}
    source = fill(tmp_path / "in", files)
    listed = roster(source, people)  # the roster itself is no hand-in
    intake = taken(source, tmp_path, roster=listed)
    found = {own.name: [one.id for one in own.owners] for own in intake.hand_ins}
    assert found == {"S1_LabRNN": ["S1"], "Bob Roe": ["S2"], "S3 final": []}
    assert [own.candidates[0].person.id for own in intake.waiting] == ["S3"]


def test_two_hand_ins_of_one_person(tmp_path: Path) -> None:
    listed = roster(tmp_path, [Person("S1", "Jane Smith"), Person("S2", "Bob Roe")])
    source = fill(tmp_path / "in", {"S1.ipynb": book("1"), "S1.docx": b"x", "S2.ipynb": book("2")})
    intake = taken(source, tmp_path, roster=listed)  # what is refused anyway stands beside it
    assert [(own.path.name, len(own.owners)) for own in intake.hand_ins] == [
        ("S1.ipynb", 1), ("S1.docx", 0), ("S2.ipynb", 1),
    ]  # fmt: skip
    assert any("S1.docx was left aside" in sentence for sentence in intake.remarks)
    fill(source, {"S1_LabRNN.ipynb": book("again")})
    with pytest.raises(ConfigError, match=r"S1.ipynb and S1_LabRNN.ipynb are both of Jane Smith \(S1\)"):
        taken(source, tmp_path, roster=listed)


def test_a_report_of_the_same_name_is_no_second_person_but_a_second_notebook_is(tmp_path: Path) -> None:
    listed = roster(tmp_path, [Person("S1", "Jane Smith")])
    source = fill(tmp_path / "in", {"Jane Smith.ipynb": book("1"), "Jane Smith.docx": b"x"})
    assert [len(own.owners) for own in taken(source, tmp_path, roster=listed).hand_ins] == [1, 0]
    fill(source, {"S1.ipynb": book("again")})
    intake = taken(source, tmp_path, roster=listed)
    assert {own.path.name: len(own.owners) for own in intake.hand_ins}["S1.ipynb"] == 1
    assert [own.who for own in intake.waiting] == ["folder: Jane Smith.docx", "folder: Jane Smith.ipynb"]


def test_a_link_in_the_folder_is_left_to_reading(tmp_path: Path) -> None:
    source = fill(tmp_path / "in", {"a.ipynb": book("a"), "a.pdf": PDF})
    (tmp_path / "secret.ipynb").write_bytes(book("secret"))
    os.symlink(tmp_path / "secret.ipynb", source / "b.ipynb")
    os.symlink(tmp_path / "secret.ipynb", source / "a_more.pdf")
    intake = taken(source, tmp_path)
    assert not any(b"secret" in data for own in intake.hand_ins if "scratch" in str(own.path)
                   for data in contents(own.path).values())  # fmt: skip
    assert any("a_more.pdf" in sentence for sentence in intake.remarks)
