"""Every platform's download, made up and taken in: each hand-in comes back with its owner, files, time and version."""

from __future__ import annotations

import zipfile
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from autograder.grades import Platform
from fixtures.downloads import Made, git_files, make_download, zip_of
from fixtures.labrnn.reading import read_submission

from .classes import CLASS, PDF, TIME, book, by_owner, contents, hand_ins, roster, taken

KINDS: list[tuple[Platform, bool]] = [
    ("folder", False),
    ("canvas", False),
    ("gradescope", False),
    ("sakai", False),
    ("sakai", True),
    ("moodle", False),
    ("moodle", True),
    ("github", False),
]
TIMED = ("gradescope", "sakai", "github")


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize(("platform", "flat"), KINDS)
def test_everybody_comes_back(tmp_path: Path, platform: Platform, flat: bool, zipped: bool) -> None:
    source = make_download(platform, CLASS, hand_ins(), tmp_path / "in", zipped=zipped, flat=flat)
    intake = taken(source, tmp_path, roster=roster(tmp_path))
    assert intake.platform == platform and intake.title and intake.waiting == ()
    assert not (tmp_path / "unmatched.toml").exists()
    found = by_owner(intake)
    assert set(found) == {own.id for own in CLASS} and len(intake.hand_ins) == len(CLASS)
    for own in CLASS:
        hand_in = found[own.id]
        assert hand_in.owners == (own,) and hand_in.name == own.id and not hand_in.refused and hand_in.older == ()
        assert contents(hand_in.path) == {"LabRNN.ipynb": book(own.id), "report.pdf": PDF + own.id.encode()}
        assert hand_in.time == (TIME.replace(microsecond=0) if platform in TIMED else None)
        assert hand_in.late == (False if platform == "canvas" else None)
        submission = read_submission(hand_in.path)
        assert submission.notebook == "LabRNN.ipynb" and submission.has_report and submission.breaches == ()


@pytest.mark.parametrize(("platform", "flat"), KINDS)
def test_without_a_roster_names_are_the_platforms(tmp_path: Path, platform: Platform, flat: bool) -> None:
    intake = taken(make_download(platform, CLASS, hand_ins(), tmp_path / "in", flat=flat), tmp_path)
    assert len({own.name for own in intake.hand_ins}) == len(CLASS) and intake.waiting == ()
    for hand_in in intake.hand_ins:
        assert len(hand_in.owners) == (0 if platform == "folder" else 1)
        assert all(own.id and (own.name or own.login) for own in hand_in.owners)
    keys = {own.key for own in intake.hand_ins}
    expected = {
        "folder": {own.id for own in CLASS},
        "gradescope": {f"submission_{place}" for place in range(len(CLASS))},
        "moodle": {str(1000 + place) for place in range(len(CLASS))},
    }
    assert keys == expected.get(platform, keys) and len(keys) == len(CLASS)
    if platform == "canvas":
        assert "smithjane_1000_70000" in keys


@pytest.mark.parametrize("platform", ["canvas", "sakai", "moodle", "gradescope", "github", "folder"])
def test_zips_in_zips_and_one_folder_too_high(tmp_path: Path, platform: Platform) -> None:
    source = make_download(platform, CLASS, hand_ins(), tmp_path / "in")
    nested = {f"downloads/{source.name}": source.read_bytes()}
    (tmp_path / "outer.zip").write_bytes(zip_of({"a/inner.zip": zip_of(nested)}))
    intake = taken(tmp_path / "outer.zip", tmp_path, roster=roster(tmp_path))
    assert intake.platform == platform and set(by_owner(intake)) == {own.id for own in CLASS}
    inside = taken(tmp_path / "in", tmp_path, roster=roster(tmp_path))  # the folder that holds the zip
    assert [own.name for own in inside.hand_ins] == [own.name for own in intake.hand_ins]


def test_a_roster_beside_the_download_is_no_hand_in(tmp_path: Path) -> None:
    source = make_download("canvas", CLASS, hand_ins(), tmp_path / "in")
    intake = taken(source.parent, tmp_path, roster=roster(tmp_path / "in"))
    assert intake.platform == "canvas" and len(intake.hand_ins) == len(CLASS) and intake.waiting == ()


def test_two_sections_of_one_platform(tmp_path: Path) -> None:
    for place, people in enumerate((CLASS[:3], CLASS[3:])):
        source = make_download("sakai", people, hand_ins(people), tmp_path / str(place))
        source.rename(tmp_path / "0" / f"section{place}.zip")
    intake = taken(tmp_path / "0", tmp_path, roster=roster(tmp_path))
    assert set(by_owner(intake)) == {own.id for own in CLASS}
    assert any("section0.zip, section1.zip" in sentence for sentence in intake.remarks)


# ---- Canvas ----------------------------------------------------------------------------------------------------------
def versions(count: int) -> tuple[dict[str, bytes], ...]:
    return tuple({"LabRNN.ipynb": book(f"v{number}")} for number in range(count))


def test_the_newest_resubmission_counts_and_the_older_are_kept(tmp_path: Path) -> None:
    made = [Made((CLASS[0],), {"LabRNN.ipynb": book("newest")}, late=True, before=versions(12))]
    intake = taken(make_download("canvas", CLASS, made, tmp_path / "in"), tmp_path, roster=roster(tmp_path))
    (hand_in,) = intake.hand_ins
    assert contents(hand_in.path) == {"LabRNN.ipynb": book("newest")} and hand_in.late is True
    assert [own.read_bytes() for own in hand_in.older] == [book(f"v{number}") for number in range(11, -1, -1)]
    assert hand_in.key == "smithjane_LATE_1000_70000"


@pytest.mark.parametrize(
    ("names", "graded", "older"),
    [
        (["1_5_lab-1.ipynb"], {"lab-1.ipynb"}, 0),  # the student's own name
        (["1_5_part-1.ipynb", "1_5_part-2.ipynb"], {"part-1.ipynb", "part-2.ipynb"}, 0),
        (["1_5_LabRNN-1.ipynb", "1_5_LabRNN-2.ipynb"], {"LabRNN.ipynb"}, 1),  # nobody's own: as asked
        (["1_5_part.ipynb", "1_5_part-1.ipynb", "1_5_report-2.pdf"], {"part.ipynb", "report-2.pdf"}, 1),
        (["1_5_LabRNN.ipynb", "1_9_LabRNN.ipynb"], {"LabRNN.ipynb"}, 1),  # other numbers at each attempt
        (["1_5_a_2_3_b.ipynb"], {"a_2_3_b.ipynb"}, 0),
        (["1_5_lab-1.ipynb", "2_6_lab.ipynb"], {"lab-1.ipynb"}, 0),  # somebody else's is no version of it
        (["1_5_x.zip"], {"smithjane_1_5_x.zip"}, 0),
    ],
)
def test_versions_by_user_and_name(tmp_path: Path, names: list[str], graded: set[str], older: int) -> None:
    (tmp_path / "in").mkdir()
    for place, name in enumerate(names):
        (tmp_path / "in" / f"smithjane_{name}").write_bytes(book(str(place)))
    hand_in = by_owner(taken(tmp_path / "in", tmp_path))["1"]
    assert set(contents(hand_in.path)) == graded and len(hand_in.older) == older
    if names[-1] == "1_9_LabRNN.ipynb":
        assert contents(hand_in.path) == {"LabRNN.ipynb": book("1")}


# ---- the others ------------------------------------------------------------------------------------------------------
def test_a_group_at_gradescope(tmp_path: Path) -> None:
    made = [
        Made(tuple(CLASS[:3]), {"LabRNN.ipynb": book("g")}, TIME, before=({}, {})),
        *hand_ins(CLASS[3:]),
    ]
    intake = taken(make_download("gradescope", CLASS, made, tmp_path / "in"), tmp_path, roster=roster(tmp_path))
    group = next(own for own in intake.hand_ins if len(own.owners) > 1)
    assert group.owners == tuple(CLASS[:3]) and group.name == "S000+S001+S002"
    assert "submission_0: 2 earlier submissions are only noted at Gradescope." in intake.remarks


def test_a_group_at_canvas_waits_for_a_person(tmp_path: Path) -> None:
    made = [Made(tuple(CLASS[:2]), {"LabRNN.ipynb": book("g")})]
    source = make_download("canvas", CLASS, made, tmp_path / "in")
    intake = taken(source, tmp_path, roster=roster(tmp_path))
    assert intake.hand_ins[0].owners == () and len(intake.waiting) == 1
    path = tmp_path / "unmatched.toml"
    path.write_text(path.read_text().replace('student = ""', 'student = ["S000", "S001"]'))
    again = taken(source, tmp_path, roster=roster(tmp_path))
    assert again.hand_ins[0].owners == tuple(CLASS[:2]) and again.waiting == ()


@pytest.mark.parametrize("flat", [False, True])
def test_text_typed_into_moodles_box(tmp_path: Path, flat: bool) -> None:
    made = [Made((CLASS[0],), {"LabRNN.ipynb": book("a")}, typed="Hi"), Made((CLASS[1],), {}, typed="Only this")]
    intake = taken(make_download("moodle", CLASS, made, tmp_path / "in", flat=flat), tmp_path, roster=roster(tmp_path))
    found = by_owner(intake)
    assert set(contents(found["S000"].path)) == {"LabRNN.ipynb"}
    assert "Only text was typed" in found["S001"].refused and any("text typed" in own for own in intake.remarks)


@pytest.mark.parametrize("flat", [False, True])
def test_sakais_own_files_are_nobodys(tmp_path: Path, flat: bool) -> None:
    made = [*hand_ins(CLASS[:1]), Made((CLASS[1],), {}, TIME, typed="In the box")]
    zone = ZoneInfo("America/New_York")
    source = make_download("sakai", CLASS, made, tmp_path / "in", flat=flat, zone=zone)
    intake = taken(source, tmp_path, roster=roster(tmp_path), zone=zone)
    found = by_owner(intake)
    assert set(contents(found["S000"].path)) == {"LabRNN.ipynb", "report.pdf"} and len(intake.hand_ins) == 2
    assert found["S000"].time == TIME and "No file was handed in" in found["S001"].refused
    later = taken(source, tmp_path, roster=roster(tmp_path))  # the same digits in UTC
    assert by_owner(later)["S000"].time == TIME - timedelta(hours=5)


@pytest.mark.parametrize("packed", [False, True])
def test_the_time_of_a_clones_last_commit(tmp_path: Path, packed: bool) -> None:
    for login in ("a", "b"):
        for name, data in {"LabRNN.ipynb": book(login), **{f".git/{n}": d for n, d in git_files(TIME, packed=packed).items()}}.items():  # noqa: E501  # fmt: skip
            path = tmp_path / "hw-submissions" / f"hw-{login}" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    intake = taken(tmp_path / "hw-submissions", tmp_path)
    assert {own.name: own.time for own in intake.hand_ins} == {"a": TIME, "b": TIME}
    assert intake.hand_ins[0].time is not None and intake.hand_ins[0].time.utcoffset() == timedelta(hours=1)
    assert set(contents(intake.hand_ins[0].path)) == {"LabRNN.ipynb"}


def test_the_same_download_gives_the_same(tmp_path: Path) -> None:
    source = make_download("canvas", CLASS, hand_ins(), tmp_path / "in")
    assert zipfile.ZipFile(source).testzip() is None
    first, second = (taken(source, tmp_path, roster=roster(tmp_path)) for _ in range(2))
    assert [(own.name, own.owners, own.key) for own in first.hand_ins] == [
        (own.name, own.owners, own.key) for own in second.hand_ins
    ]
