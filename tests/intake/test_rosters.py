"""The roster: usual columns, and a sentence with file and line for every wrong row."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.errors import ConfigError
from autograder.grades import Person
from autograder.intake import load_roster
from fixtures.downloads import write_roster


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "roster.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("id,name,email,section\n7,Jane Smith,j@x.org,A\n", Person("7", "Jane Smith", "j@x.org", "A")),
        ("Student ID;Last Name;First Name\r\n7;Smith;Jane\r\n", Person("7", "Jane Smith")),
        ("SID\tName\n7\tSmith, Jane\n", Person("7", "Jane Smith")),
        ("EID,Full Name\njs7,Jane Smith\n", Person("js7", "Jane Smith", login="js7")),
        ("E-mail address,Name\nj@x.org,Jane\n", Person("j@x.org", "Jane", "j@x.org")),
        ("\ufeffID,Login\n\n7,js\n,\n", Person("7", login="js")),
        ('id,name\n7,"Smith, Jane ""J"""\n', Person("7", 'Jane "J" Smith')),
        ("name,id\nOlivia ’,007\n", Person("007", "Olivia ’")),
    ],
)
def test_usual_columns(tmp_path: Path, text: str, person: Person) -> None:
    assert load_roster(write(tmp_path, text)).people == (person,)


def test_canvas_gradebook_as_a_roster(tmp_path: Path) -> None:
    text = (
        "Student,ID,SIS User ID,SIS Login ID,Section,Lab (12)\n"
        "    Points Possible,,,,,10\n"
        '"Smith, Jane",501,E77,js,A,\n'
    )
    roster = load_roster(write(tmp_path, text))
    assert roster.people == (Person("501", "Jane Smith", "", "A", "js"),)
    assert roster.others == {"501": ("E77",)} and roster.identified["e77"] == list(roster.people)


def test_utf_16_of_spreadsheets(tmp_path: Path) -> None:
    assert load_roster(write(tmp_path, "id\tname\n7\tZoë\n".encode("utf-16"))).people[0].name == "Zoë"


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("name,section\nJane,A\n", 1, "no column tells people apart"),
        ("", 1, "no column tells people apart"),
        ("id,id\n1,2\n", 1, "twice"),
        ("id,name\n7,Jane\n7,Bob\n", 3, "the id '7' stands already in line 2"),
        ("id,name\nab,Jane\n\nAB,Bob\n", 4, "the id 'AB' stands already in line 2"),
        ("id,email\n7,a@b\n8,A@B\n", 3, "the email"),
        ("id,login\n7,a\n8,a\n", 3, "the login"),
        ("id,name\n7\n", 2, "1 cells, but the first line has 2"),
        ("id,name\n7,Smith,Jane\n", 2, "3 cells"),
        ("id,name\n,Jane\n", 2, "the id is missing"),
        ("id,email\n7,nobody\n", 2, "no e-mail address"),
        ("id,name\n7,a\x07b\n", 2, "can't be printed"),
        ("id,name\n7,a\u202eb\n", 2, "can't be printed"),
        ('id,name\n7,"Jane\n', 2, "no row of a CSV file"),
        ('id,name\n7,"two\nlines"\n8,x,y\n', 2, "can't be printed"),
        (b"id,name\n7,\xff\n", 2, "not UTF-8"),
        ("id,name\n" + "7" * 2000 + ",x\n", 2, "too many"),
        ("id,name\n7," + "x" * 200_000 + "\n", 2, "no row of a CSV file"),
        ("login,email,name\n,,Jane\n", 2, "nothing tells who this is"),
    ],
)
def test_wrong_rows(tmp_path: Path, text: str | bytes, line: int, what: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_roster(path)
    assert str(caught.value).startswith(f"{path}, line {line}: ") and what in str(caught.value)


def test_nobody_no_file_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="nobody in this roster"):
        load_roster(write(tmp_path, "id,name\n"))
    with pytest.raises(ConfigError, match="missing.csv can't be read"):
        load_roster(tmp_path / "missing.csv")
    with pytest.raises(ConfigError, match="can't be read"):
        load_roster(tmp_path)
    monkeypatch.setattr("autograder.intake.roster._LARGEST", 10)
    with pytest.raises(ConfigError, match="too large"):
        load_roster(write(tmp_path, "id,name\n1,Jane\n"))


names = st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn")), min_size=1, max_size=250)


@given(names)
def test_any_name_comes_back(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    path = tmp_path_factory.mktemp("roster") / "r.csv"
    spaced = " ".join(name.split()).replace(",", "")
    (person,) = load_roster(write_roster([Person("7", spaced)], path)).people
    assert person.id == "7" and person.name.split() == spaced.split()
