"""What one student can write: a name of their own, of a file, a path. It costs their own hand-in at most, and is never
taken for somebody else's."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from autograder.grades import Person

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
