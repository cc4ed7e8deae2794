"""What one student can write: a name of their own, of a file, a path. It costs their own hand-in at most, and is never
taken for somebody else's."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from autograder import cli
from autograder.errors import ConfigError, GraderError
from autograder.grades import Person, Platform
from fixtures.downloads import zip_of

from .classes import book, contents, roster, taken
from .test_plain_folder import fill

JANE, EVE = Person("1", "Jane Doe", login="jane"), Person("3", "Eve", login="zoe")


# ---- Moodle ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "name",
    [
        "Eve_55_assignsubmission_file_",
        "Eve_55_assignsubmission_file_ ",
        "Eve_55_assignsubmission_file",
        "Jane Doe_55_assignsubmission_file_",
        "Eve_55_assignsubmission_onlinetext_",
    ],
)
@pytest.mark.parametrize("end", ["_", ""])
def test_a_name_in_moodle_like_anothers_folder(tmp_path: Path, name: str, end: str) -> None:
    files = {
        f"Jane Doe_55_assignsubmission_file{end}/LabRNN.ipynb": book("jane"),
        f"{name}_99_assignsubmission_file{end}/LabRNN.ipynb": book("eve"),
    }
    intake = taken(fill(tmp_path / "in", files), tmp_path, roster=roster(tmp_path, [JANE, EVE]))
    owned = {contents(own.path)["LabRNN.ipynb"]: [one.id for one in own.owners] for own in intake.hand_ins}
    assert owned == {book("jane"): ["1"], book("eve"): []}
    assert [own.who for own in intake.waiting] == [f"moodle: {name}, 99"]


@pytest.mark.parametrize(
    "name",
    [
        "Jane Doe_55_assignsubmission_file__99_assignsubmission_file_LabRNN.ipynb",  # a profile's name
        "Jane Doe_55_assignsubmission_file_99_assignsubmission_file_LabRNN.ipynb",
        "Eve_99_assignsubmission_file_Jane Doe_55_assignsubmission_file_LabRNN.ipynb",  # a file's name
        "Eve_99_assignsubmission_file_55_assignsubmission_file_LabRNN.ipynb",
    ],
)
def test_a_flat_name_in_moodle_that_can_be_read_in_two_ways_waits(tmp_path: Path, name: str) -> None:
    files = {"Jane Doe_55_assignsubmission_file_LabRNN.ipynb": book("jane"), name: book("eve")}
    source = fill(tmp_path / "in", files)
    for rostered in (None, roster(tmp_path, [JANE, EVE])):
        intake = taken(source, tmp_path, roster=rostered)
        owned = {next(iter(contents(own.path).values())): len(own.owners) for own in intake.hand_ins}
        assert owned == {book("jane"): 1, book("eve"): 0}
        assert any("several people" in sentence for sentence in intake.remarks)
    assert [own.who for own in intake.waiting] == [f"moodle: {name}"]


def test_digits_of_other_scripts_are_no_number_in_moodle(tmp_path: Path) -> None:
    source = fill(
        tmp_path / "in", {"Eve_５５_assignsubmission_file__99_assignsubmission_file_/LabRNN.ipynb": book("e")}
    )
    (own,) = taken(source, tmp_path).hand_ins
    assert own.key == "99"


# ---- Sakai -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "file",
    [
        "Doe, Jane(jane)_timestamp.txt",
        "Doe, Jane(jane)_Submission attachment(s)_LabRNN.ipynb",
        "Doe, Jane(jane)_comments.txt",
        "(jane)_timestamp.txt",
        "timestamp.txt",
        "Doe, Jane(jane)",
    ],
)
@pytest.mark.parametrize("data", [b"20270101120000000", b"x"])
def test_a_file_in_sakais_flat_listing_called_like_anothers(tmp_path: Path, file: str, data: bytes) -> None:
    files = {
        "Doe, Jane(jane)_Submission attachment(s)_LabRNN.ipynb": book("jane"),
        "Doe, Jane(jane)_timestamp.txt": b"20260101120000000",
        "Evil, Zoe(zoe)_Submission attachment(s)_LabRNN.ipynb": book("zoe"),
        "Evil, Zoe(zoe)_timestamp.txt": b"20260102120000000",
        f"Evil, Zoe(zoe)_Submission attachment(s)_{file}": data,
    }
    found = {own.key: own for own in taken(fill(tmp_path / "in", files), tmp_path).hand_ins}
    assert set(found) == {"jane", "zoe"} and set(contents(found["jane"].path)) == {"LabRNN.ipynb"}
    assert found["jane"].time == datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert found["zoe"].time == datetime(2026, 1, 2, 12, tzinfo=UTC)
    assert set(contents(found["zoe"].path)) == {"LabRNN.ipynb", file}


def test_a_file_called_like_sakais_in_a_folder_is_no_time(tmp_path: Path) -> None:
    home = "Doe, Jane(jane)"
    files = {
        f"{home}/Submission attachment(s)/LabRNN.ipynb": book("jane"),
        f"{home}/Submission attachment(s)/timestamp.txt": b"20260101120000000",
        f"{home}/timestamp.txt": b"20270101120000000",
    }
    (own,) = taken(fill(tmp_path / "in", files), tmp_path).hand_ins
    assert own.time == datetime(2027, 1, 1, 12, tzinfo=UTC)


# ---- which platform --------------------------------------------------------------------------------------------------
CANVAS = [f"{own}_10{place}_90{place}_LabRNN.ipynb" for place, own in enumerate(("doejane", "smithomar", "leeann"))]
MOODLE = [f"{own}_10{place}_assignsubmission_file_LabRNN.ipynb" for place, own in enumerate(("Jane Doe", "Omar", "An"))]
PLAIN = ["jane.ipynb", "omar.ipynb", "ann.ipynb"]


@pytest.mark.parametrize(
    ("names", "odd", "platform"),
    [
        (CANVAS, "evileve_200_999_Eve_1_assignsubmission_file_LabRNN.ipynb", "canvas"),
        (CANVAS, "evileve_200_999_x(y)_timestamp.txt", "canvas"),
        (CANVAS, "evileve_200_999_submission_metadata.yml", "canvas"),
        (MOODLE, "Eve_200_assignsubmission_file_x(y)_timestamp.txt", "moodle"),
        (MOODLE, "Eve_200_assignsubmission_file_x_1_2_LabRNN.ipynb", "moodle"),
        (PLAIN, "Eve_1_assignsubmission_file_LabRNN.ipynb", "folder"),
        (PLAIN, "x(y)_timestamp.txt", "folder"),
        (PLAIN, "x_1_2_LabRNN.ipynb", "folder"),
        (PLAIN, "submission_metadata.yml", "folder"),
        (["jane.ipynb"], "Eve_1_assignsubmission_file_LabRNN.ipynb", "folder"),
    ],
)
def test_a_file_called_like_another_platforms(tmp_path: Path, names: list[str], odd: str, platform: Platform) -> None:
    source = fill(tmp_path / "in", {name: book(name) for name in (*names, odd)})
    for said in (None, platform):
        intake = taken(source, tmp_path, platform=said)
        assert intake.platform == platform
        graded = {next(iter(contents(own.path).values())) for own in intake.hand_ins if not own.refused}
        assert {book(name) for name in names} <= graded


# ---- ids that two have -----------------------------------------------------------------------------------------------
def metadata(*people: tuple[str, str, str]) -> bytes:
    """Gradescope's list: name, sid and address of each submission's only student."""
    return "".join(
        f"submission_{place}:\n  :submitters:\n  - :name: {name}\n    :sid: '{sid}'\n    :email: {email}\n"
        for place, (name, sid, email) in enumerate(people)
    ).encode()


def test_two_with_one_sid_both_wait(tmp_path: Path) -> None:
    people = (("Jane Doe", "1", "j@x.org"), ("Eve", "1", "e@x.org"), ("Omar", "2", "o@x.org"))
    files = {f"submission_{place}/LabRNN.ipynb": book(str(place)) for place in range(3)}
    source = fill(tmp_path / "in", {**files, "submission_metadata.yml": metadata(*people)})
    alone = taken(source, tmp_path)
    assert sorted([one.id for one in own.owners] for own in alone.hand_ins) == [[], [], ["2"]]
    assert len({own.name for own in alone.hand_ins}) == 3 and any("both claim 1" in own for own in alone.remarks)
    listed = roster(tmp_path, [Person("1", "Jane Doe"), Person("2", "Omar")])
    intake = taken(source, tmp_path, roster=listed)
    assert {own.key: [one.id for one in own.owners] for own in intake.hand_ins} == {
        "submission_0": [], "submission_1": [], "submission_2": ["2"],
    }  # fmt: skip
    assert [own.who for own in intake.waiting] == ["gradescope: 1, submission_0", "gradescope: 1, submission_1"]
    path = tmp_path / "unmatched.toml"
    decided = path.read_text().replace('student = ""', 'student = "1"', 1).replace('student = ""', "student = []", 1)
    path.write_text(decided)
    again = taken(source, tmp_path, roster=listed)
    assert again.waiting == () and {own.key: len(own.owners) for own in again.hand_ins}["submission_0"] == 1


def test_nobodys_label_makes_way_for_an_id_of_the_roster(tmp_path: Path) -> None:
    people = (("Eve", "s1", "e@x.org"), ("Jane Doe", "j1", "j@x.org"))
    files = {f"submission_{place}/LabRNN.ipynb": book(str(place)) for place in range(2)}
    source = fill(tmp_path / "in", {**files, "submission_metadata.yml": metadata(*people)})
    intake = taken(source, tmp_path, roster=roster(tmp_path, [Person("S1_", "Omar"), Person("j1", "Jane Doe")]))
    assert {own.key: own.name for own in intake.hand_ins} == {"submission_0": "s1", "submission_1": "j1"}
    clash = metadata(("Eve", "J1?", "e@x.org"), ("Jane Doe", "j1_", "j@x.org"))
    fill(source, {"submission_metadata.yml": clash})
    intake = taken(source, tmp_path, roster=roster(tmp_path, [Person("j1_", "Jane Doe")]))
    names = {own.key: own.name for own in intake.hand_ins}
    assert names["submission_1"] == "j1_" and names["submission_0"].casefold() != "j1_"


# ---- paths in a class's zip ------------------------------------------------------------------------------------------
PATHS = {
    "deep": ["a/" * 31 + "x"],
    "long": ["/".join(["n" * 200] * 25)],
    "long in bytes": ["/".join(["词" * 60] * 25)],
    "backslashes that lead out": ["x\\..\\y"],
    "dots that lead far out": ["../../../etc/x"],
    "backslash beside a file": ["a", "a\\b"],
    "a file beside a backslash": ["a\\b", "a"],
}


@pytest.mark.parametrize("paths", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize("home", ["assignment_1_export/submission_1", "Eve_1_assignsubmission_file_", "Eve, E(zoe)"])
def test_a_students_odd_path_costs_only_that_hand_in(tmp_path: Path, paths: list[str], home: str) -> None:
    other = home.replace("submission_1", "submission_0").replace("Eve_1", "Jane_0").replace("Eve, E(zoe)", "D, J(jane)")
    inner = "/Submission attachment(s)" if "zoe" in home else ""
    files = {f"{own}{inner}/LabRNN.ipynb": book(own) for own in (home, other)}
    if "export" in home:
        people = metadata(("Jane Doe", "0", "j@x.org"), ("Eve", "1", "e@x.org"))
        files["assignment_1_export/submission_metadata.yml"] = people
    files |= {f"{home}{inner}/{own}": b"x" for own in paths}
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "class.zip").write_bytes(zip_of(files))
    hand_ins = taken(tmp_path / "in" / "class.zip", tmp_path).hand_ins
    assert len(hand_ins) == 2 and sum(bool(own.refused) for own in hand_ins) == 1
    for own in hand_ins:
        if own.refused:
            assert own.refused.startswith("The hand-in holds") and own.refused.endswith("it was not read.")
            assert own.owners[0].id in ("1", "zoe")
        else:
            assert contents(own.path) == {"LabRNN.ipynb": book(other)}
    assert {own.name for own in tmp_path.iterdir()} == {"in", "scratch0"}


def test_an_odd_path_in_canvass_flat_zip(tmp_path: Path) -> None:
    files = {name: book(name) for name in CANVAS} | {"evileve_200_999_a\\..\\..\\x.ipynb": b"x"}
    (tmp_path / "class.zip").write_bytes(zip_of(files))
    hand_ins = taken(tmp_path / "class.zip", tmp_path).hand_ins
    assert sum(bool(own.refused) for own in hand_ins) == 1 and len(hand_ins) == 4


# ---- what is printed -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", [ConfigError, GraderError, OSError])
@pytest.mark.parametrize(
    "path", ["x\n::error::pwn", "\x1b]0;PWN\x07\x1b[2J", "a\r\n##[error]b", "::error::x", "a\u2028b"]
)
def test_an_error_about_a_path_is_harmless(
    kind: type[Exception], path: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*args: object, **words: object) -> None:
        raise OSError(2, "is missing", path) if kind is OSError else kind(f"{path} is missing.")

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    told = capsys.readouterr().err
    assert ended.value.code == 3 and "is missing" in told and "##[" not in told
    assert told.replace("\n", "").isprintable()
    assert not any(line.lstrip().startswith("::") for line in told.splitlines())
    assert kind is GraderError or told.count("\n") == 1
