"""Exact matches are made silently; all else waits for a person, whose decisions are used. Nobody is guessed."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.errors import ConfigError
from autograder.grades import Person
from autograder.intake import Roster, Waiting
from autograder.intake.download import Claim
from autograder.intake.matching import Match, match
from autograder.intake.names import plain
from autograder.intake.unmatched import add_waiting, load_decisions
from fixtures.downloads import Made, make_download

from .classes import book, roster, taken

JANE, JON, ANN, ANN2 = (
    Person("0042", "Jane Smith", "jane@x.org", login="js42"),
    Person("0043", "Jon Smith", "jon@x.org", login="jons"),
    Person("0044", "Ann Lee", "ann@x.org", login="annlee"),
    Person("0045", "Ann Lee", "ann2@x.org", login="alee"),
)
PEOPLE = Roster((JANE, JON, ANN, ANN2, Person("0046", "Zoë Núñez")), Path("roster.csv"), {"0042": ("janehub",)})


def claimed(**fields: str) -> Match:
    return match(Claim("who", **fields), PEOPLE, {})


@pytest.mark.parametrize(
    "fields",
    [
        {"id": "0042", "name": "Somebody Else"},
        {"login": "JS42"},
        {"login": "janehub"},
        {"email": "Jane@X.org", "name": "J."},
        {"name": "jane  smith"},
        {"name": "Smith, Jane"},
        {"squeezed": "smithjane", "number": "99"},
        {"squeezed": "smithjane", "number": "0042"},
    ],
)
def test_exact(fields: dict[str, str]) -> None:
    assert claimed(**fields).people == (JANE,)


@pytest.mark.parametrize("name", ["Zoe\u0308 Nu\u0301n\u0303ez", "ZOË NÚÑEZ", "Zoë\u200f Núñez"])
def test_one_letter_written_in_several_ways_is_exact(name: str) -> None:
    assert claimed(name=name).people[0].id == "0046"


@pytest.mark.parametrize(
    ("fields", "candidates"),
    [
        ({"name": "Ann Lee"}, {"0044", "0045"}),  # two have the name
        ({"id": "42"}, {"0042"}),  # a spreadsheet ate the zeros
        ({"name": "Jane Smyth"}, {"0042"}),
        ({"name": "Zoe Nunez"}, {"0046"}),
        ({"name": "Jane Smith", "email": "other@x.org"}, {"0042"}),  # a second Jane Smith?
        ({"name": "Jane Smith", "id": "0099"}, {"0042"}),
        ({"name": "Smith"}, {"0042", "0043"}),
        ({"id": "0042", "email": "jon@x.org"}, {"0042", "0043"}),  # at odds with itself
        ({"squeezed": "somebody", "number": "0042"}, {"0042"}),  # Canvas's number is another's id
        ({"squeezed": "smithjon", "number": "0042"}, {"0042", "0043"}),
        ({"name": "Nobody Known"}, set()),
        ({"name": ""}, set()),
    ],
)
def test_doubtful(fields: dict[str, str], candidates: set[str]) -> None:
    found = claimed(**fields)
    assert found.people == () and found.sentence.endswith(".")
    assert candidates <= {own.person.id for own in found.candidates}
    assert bool(candidates) == bool(found.candidates) and all(own.reason for own in found.candidates)


def test_an_id_that_is_anothers_second_one_identifies_nobody() -> None:
    people = Roster((JANE, JON), Path("r"), {"0043": ("0042",)})
    assert match(Claim("who", id="0042"), people, {}).people == ()


@given(st.text(max_size=40), st.text(max_size=40))
def test_whoever_is_matched_has_exactly_that(name: str, login: str) -> None:
    for person in claimed(name=name, login=login).people:
        own = {plain(text) for text in (person.id, person.login, person.email, person.name, "janehub")}
        assert plain(login) in own or " ".join(sorted(plain(name).replace(",", " ").split())) in {
            " ".join(sorted(text.split())) for text in own
        }


def test_two_hand_ins_by_one_name_both_wait(tmp_path: Path) -> None:
    people = [Person("a", "Jane Smith"), Person("b", "Jane Smith")]  # only one of them is in the roster
    source = make_download(
        "moodle", people, [Made((own,), {"x.ipynb": book(own.id)}) for own in people], tmp_path / "i"
    )
    intake = taken(source, tmp_path, roster=roster(tmp_path, people[:1]))
    assert [own.owners for own in intake.hand_ins] == [(), ()]
    assert {own.who for own in intake.waiting} == {"moodle: Jane Smith, 1000", "moodle: Jane Smith, 1001"}
    assert {own.hand_in for own in intake.waiting} == {own.name for own in intake.hand_ins}


# ---- a person decides ------------------------------------------------------------------------------------------------
def test_a_decision_is_used_in_the_next_run(tmp_path: Path) -> None:
    people = [Person("a", "Jane Smith"), Person("b", "Bob Roe")]
    listed = roster(tmp_path, people)
    strangers = [Person("a", "Jane Smyth"), Person("b", "Bob Roe"), Person("c", "Tutor Test")]
    made = [Made((own,), {"x.ipynb": book(own.id)}) for own in strangers]
    source = make_download("moodle", strangers, made, tmp_path / "i")
    first = taken(source, tmp_path, roster=listed)
    path = tmp_path / "unmatched.toml"
    assert [own.who for own in first.waiting] == ["moodle: Jane Smyth, 1000", "moodle: Tutor Test, 1002"]
    text = path.read_text()
    assert "#   a: Jane Smith" in text and tomllib.loads(text)["unmatched"][0]["student"] == ""
    text = text.replace('student = ""', 'student = "a"  # I asked her', 1).replace('student = ""', "student = []", 1)
    path.write_text(text)
    second = taken(source, tmp_path, roster=listed)
    assert second.waiting == () and path.read_text() == text  # a person's file stays as they wrote it
    assert {own.name: tuple(one.id for one in own.owners) for own in second.hand_ins} == {
        "a": ("a",), "b": ("b",), "Tutor Test_1002": (),
    }  # fmt: skip


def test_new_ones_go_to_the_end_once(tmp_path: Path) -> None:
    path = tmp_path / "unmatched.toml"
    add_waiting(path, [Waiting("a", "x", "Why.")])
    before = path.read_text()
    add_waiting(path, [Waiting("a", "x", "Why."), Waiting("b", "y", "Why."), Waiting("b", "z", "Why.")])
    assert path.read_text().startswith(before)
    assert [own["who"] for own in tomllib.loads(path.read_text())["unmatched"]] == ["a", "b"]
    assert [own.name for own in tmp_path.iterdir()] == ["unmatched.toml"]


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ('[[unmatched]]\nwho = "a"\nstudent = "nobody"\n', "1", "no id"),
        ('\n[[unmatched]]\nwho = "a"\nstudent = ["0042", "9"]\n', "2", "no id"),
        ('[[unmatched]]\nwho = "a"\nstudent = 42\n', "1", "in quotes"),
        ('[[unmatched]]\nwho = "a"\n', "1", "`who` and `student`"),
        ('[[unmatched]]\nwho = "a"\nstudent = ""\nnote = 1\n', "1", "`who` and `student`"),
        (
            '[[unmatched]]\nwho = "a"\nstudent = "0042"\n[[unmatched]]\nwho = "a"\nstudent = "0043"\n',
            "4",
            "somebody else above",
        ),
        ("[[unmatched]\n", "1", ""),
        ("[other]\n", "", "only [[unmatched]]"),
        ("unmatched = 1\n", "", "only [[unmatched]]"),
    ],
)
def test_a_wrong_file_of_decisions(tmp_path: Path, text: str, line: str, what: str) -> None:
    path = tmp_path / "unmatched.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_decisions(path, PEOPLE)
    message = str(caught.value)
    assert message.startswith(str(path)) and f"line {line}" in message + "line " and what in message


def test_a_decision_beside_one_that_waits_counts_however_files_are_joined(tmp_path: Path) -> None:
    path = tmp_path / "unmatched.toml"
    waits, decided = '[[unmatched]]\nwho = "a"\nstudent = ""\n', '[[unmatched]]\nwho = "a"\nstudent = "0042"\n'
    for text in (waits + decided, decided + waits, decided + decided):
        path.write_text(text)
        assert load_decisions(path, PEOPLE) == {"a": (JANE,)}


@given(st.lists(st.text(max_size=60), max_size=5), st.text(max_size=60))
def test_whatever_people_are_called_the_file_can_be_read(
    tmp_path_factory: pytest.TempPathFactory, who: list[str], text: str
) -> None:
    path = tmp_path_factory.mktemp("u") / "unmatched.toml"
    add_waiting(path, [Waiting(own, text, text, ()) for own in who])
    assert load_decisions(path, PEOPLE) == {}
    if who:
        found = [own["who"] for own in tomllib.loads(path.read_text(encoding="utf-8"))["unmatched"]]
        assert found == list(dict.fromkeys(who))
    add_waiting(path, [Waiting(own, text, text, ()) for own in who])
    assert not who or len(tomllib.loads(path.read_text(encoding="utf-8"))["unmatched"]) == len(found)


def test_candidates_of_a_large_class_are_found_quickly() -> None:
    people = tuple(Person(str(n), f"Person{n:04} Family{n:04}") for n in range(300))
    large = Roster(people, Path("r"))
    found = match(Claim("who", name="Persom0007 Famly0007"), large, {})
    assert found.people == () and found.candidates[0].person.id == "7"
