"""Downloads that are broken, mixed or hostile: one sentence, nothing outside of the scratch folder, no guess."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.errors import ConfigError
from autograder.grades import Person, Platform
from autograder.intake import commits
from autograder.intake.unpack import ClassLimits, unpack
from fixtures.downloads import Made, make_download, zip_of

from .classes import ASKED, CLASS, PDF, TIME, book, by_owner, contents, hand_ins, roster, taken
from .test_plain_folder import fill


def zip_at(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "x.zip").write_bytes(zip_of(files))
    return folder / "x.zip"


def files_outside(folder: Path) -> set[str]:
    return {own.name for own in folder.iterdir()}


# ---- zips ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["../x.ipynb", "a/../../x.ipynb", "/etc/x", "C:\\x.ipynb", "..\\x", "a/b/../c"])
def test_a_path_that_leads_out(tmp_path: Path, name: str) -> None:
    path = zip_at(tmp_path / "in", {"good.ipynb": b"", name: b"x"})
    with pytest.raises(ConfigError, match="leads out of it"):
        taken(path, tmp_path)
    assert files_outside(tmp_path) == {"in", "scratch0"}
    assert not [own for own in (tmp_path / "scratch0").rglob("*") if own.name != "good.ipynb" and own.is_file()]


def test_a_link_costs_only_its_own_hand_in(tmp_path: Path) -> None:
    path = tmp_path / "canvas.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("leeann_1_2_LabRNN.ipynb")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("smithjane_2_3_LabRNN.ipynb", book("j"))
    found = by_owner(taken(path, tmp_path))
    assert "is a link" in found["1"].refused and not found["2"].refused
    assert not any(own.is_symlink() for own in tmp_path.rglob("*"))


def test_a_damaged_file_costs_only_its_own_hand_in(tmp_path: Path) -> None:
    path = make_download("canvas", CLASS, hand_ins(), tmp_path / "in")
    data = bytearray(path.read_bytes())
    name = b"smithjane_1000_70000_LabRNN.ipynb"
    at = data.find(name) + len(name)
    data[at : at + 20] = b"\xff" * 20
    path.write_bytes(bytes(data))
    found = by_owner(taken(path, tmp_path, roster=roster(tmp_path)))
    assert "LabRNN.ipynb is damaged" in found["S000"].refused
    assert [own for own in found.values() if own.refused] == [found["S000"]] and len(found) == len(CLASS)


def test_bombs(tmp_path: Path) -> None:
    path = zip_at(tmp_path, {f"a{n}_1{n}_2_x.ipynb": b"0" * 3_000_000 for n in range(3)})
    root = unpack(path, tmp_path / "one", ClassLimits(file_bytes=1_000_000))
    assert len(root.left_out) == 3 and all("too large" in sentence for sentence in root.left_out.values())
    assert sum(own.stat().st_size for own in root.folder.iterdir()) == 0
    with pytest.raises(ConfigError, match="holds more than 4 MB"):
        unpack(path, tmp_path / "all", ClassLimits(total_bytes=4_000_000))
    assert sum(own.stat().st_size for own in (tmp_path / "all").iterdir()) <= 4_000_001
    with pytest.raises(ConfigError, match="holds 3 files, more than 2"):
        unpack(path, tmp_path / "many", ClassLimits(files=2))
    with pytest.raises(ConfigError, match="too many files"):
        unpack(path, tmp_path / "list", ClassLimits(directory_bytes=50))
    deep = zip_at(tmp_path / "deep", {"a/" * 40 + "x": b""})
    with pytest.raises(ConfigError, match="40 folders|41 folders"):
        unpack(deep, tmp_path / "d")


def test_names_that_differ_only_to_some_file_systems(tmp_path: Path) -> None:
    names = ["A_1_2_x.ipynb", "a_1_2_x.ipynb", "caf\u00e9_3_4_x.ipynb", "cafe\u0301_3_4_x.ipynb"]
    root = unpack(zip_at(tmp_path, {name: name.encode() for name in names}), tmp_path / "out")
    assert len({own.path.name.casefold() for own in root.entries()}) == 4
    assert {own.name: own.path.read_bytes().decode() for own in root.entries()} == {name: name for name in names}


def test_a_file_and_a_folder_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="a file and a folder at once"):
        unpack(zip_at(tmp_path, {"a": b"", "a/b": b""}), tmp_path / "out")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"no zip at all", b"PK\x05\x06" + b"\xff" * 18])
def test_no_zip(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(data)
    with pytest.raises(ConfigError, match="x.zip"):
        taken(tmp_path / "x.zip", tmp_path)


def test_password(tmp_path: Path) -> None:
    path = zip_at(tmp_path, {"a_1_2_x.ipynb": b"x"})
    data = bytearray(path.read_bytes())
    data[data.find(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(data))
    with pytest.raises(ConfigError, match="password"):
        taken(path, tmp_path)


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    path = zip_at(tmp_path, {"a.ipynb": b""})
    (tmp_path / "scratch").write_bytes(b"")  # a file where the folder should be
    with pytest.raises(ConfigError, match="can't be unpacked"):
        unpack(path, tmp_path / "scratch" / "x")


def test_a_students_own_zips_are_not_unpacked(tmp_path: Path) -> None:
    inside = zip_of({"LabRNN.ipynb": book("a"), "report.pdf": PDF})
    source = fill(tmp_path / "in", {"jane.zip": inside, "bob.zip": zip_of({"jane_1_2_x.ipynb": b""})})
    intake = taken(source, tmp_path)
    assert [own.path for own in intake.hand_ins] == [source / "bob.zip", source / "jane.zip"]
    only = fill(tmp_path / "only", {"jane.zip": inside})
    assert [own.path for own in taken(only, tmp_path).hand_ins] == [only / "jane.zip"]


# ---- mixed platforms and what is missing -----------------------------------------------------------------------------
def test_two_platforms_mixed(tmp_path: Path) -> None:
    source = make_download("moodle", CLASS, hand_ins(), tmp_path / "in", zipped=False)
    fill(source, {"smithjane_1_2_LabRNN.ipynb": b""})
    with pytest.raises(ConfigError, match=r"Moodle \(.*\), Canvas \(smithjane_1_2_LabRNN.ipynb\)"):
        taken(source, tmp_path)
    intake = taken(source, tmp_path, platform="moodle")
    rows = {own.path.name: own.refused for own in intake.hand_ins}
    assert "not named as Moodle names" in rows["smithjane_1_2_LabRNN.ipynb"]
    both = tmp_path / "both"
    for platform in ("canvas", "sakai"):
        make_download(platform, CLASS, hand_ins(), both)
    with pytest.raises(ConfigError, match=r"Canvas \(canvas.zip\), Sakai \(sakai.zip\)"):
        taken(both, tmp_path)


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="There is no"):
        taken(tmp_path / "missing", tmp_path)
    (tmp_path / "x.ipynb").write_bytes(b"")
    with pytest.raises(ConfigError, match="is one file"):
        taken(tmp_path / "x.ipynb", tmp_path)
    (tmp_path / "in").mkdir()
    assert taken(tmp_path / "in", tmp_path).hand_ins == ()


def test_a_clash_of_names_is_an_error_that_names_both(tmp_path: Path) -> None:
    people = [Person("a/b", "Jane Smith"), Person("a_b", "Bob Roe")]
    source = make_download("moodle", people, [Made((own,), {"x.ipynb": book("x")}) for own in people], tmp_path / "in")
    with pytest.raises(ConfigError) as caught:
        taken(source, tmp_path, roster=roster(tmp_path, people))
    assert "Jane Smith_1000" in str(caught.value) and "Bob Roe_1001" in str(caught.value)


def test_no_results_are_called_like_a_file_of_the_class(tmp_path: Path) -> None:
    people = [Person("summary.csv", "Jane Smith")]
    source = make_download("moodle", people, [Made((people[0],), {"x.ipynb": book("x")})], tmp_path / "in")
    (hand_in,) = taken(source, tmp_path, roster=roster(tmp_path, people), taken=("summary.csv",)).hand_ins
    assert hand_in.name == "summary.csv_"


# ---- the platforms' own files ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "digits",
    [
        "",
        "yesterday",
        "x",
        "20261315120000",
        "2026011512",
        "２０２６０１１５１２００００",
        "1" * 900,
        "99991231235959",
        "00010101000000",
        "19700101000000",
    ],
)
def test_a_timestamp_that_is_none_costs_only_that_time(tmp_path: Path, digits: str) -> None:
    source = make_download("sakai", CLASS, hand_ins(), tmp_path / "in", zipped=False)
    path = source / "Lab RNN" / "Smith, Jane(login0)" / "timestamp.txt"
    path.write_text(digits, encoding="utf-8")
    intake = taken(source, tmp_path, zone=ZoneInfo("America/New_York"))
    times = {own.key: own.time for own in intake.hand_ins}
    assert times.pop("login0") is None and all(times.values()) and len(times) == len(CLASS) - 1
    assert not any(own.refused for own in intake.hand_ins)
    assert [sentence for sentence in intake.remarks if "login0" in sentence and "time" in sentence]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("- a\n", 1),
        ("a:\n  - b\n", 2),
        ("submission_1:\n  :submitters:\n  - :name: [x]\n", 3),
        ("submission_1:\n  :submitters:\n  - {}\n", 3),
        ("submission_1:\n  :submitters: Jane\n", 2),
        ("submission_1:\n  :created_at: soon\n", 2),
        ("submission_1:\n  :created_at: 2026-13-01 00:00:00 Z\n", 2),
        ("a: {}\na: {}\n", 2),
        ("a: 'b\n", 2),
        ("a: b: c\n", 1),
        ("a: &x [*x, *y]\n", 1),
        ("\ta: 1\n", 1),
        ("[" * 5000, 1),
        ("a: " * 100 + "\n" + "- " * 100_000, 1),
    ],
)
def test_metadata_that_gradescope_never_wrote(tmp_path: Path, text: str, line: int) -> None:
    source = fill(tmp_path / "in", {"submission_metadata.yml": text.encode(), "submission_1/LabRNN.ipynb": book("x")})
    with pytest.raises(ConfigError) as caught:
        taken(source, tmp_path)
    assert str(caught.value).startswith(f"{source}/submission_metadata.yml, line {line}: ")


@pytest.mark.parametrize("data", [b"", b"a: \xff\n", b"a: \x00\n", b"# " + b"x" * 20_000_001])
def test_metadata_that_is_no_text(tmp_path: Path, data: bytes) -> None:
    source = fill(tmp_path / "in", {"submission_metadata.yml": data})
    with pytest.raises(ConfigError, match=r"submission_metadata\.yml"):
        taken(source, tmp_path)


def test_tags_and_references_in_metadata_do_nothing(tmp_path: Path) -> None:
    text = """
bomb: &a {x: &b [1, 1], y: *b}
submission_1:
  :submitters:
  - :name: !!python/object/apply:os.system ["touch /tmp/never"]
    :sid: 7
"""
    source = fill(tmp_path / "in", {"submission_metadata.yml": text.encode()})
    with pytest.raises(ConfigError, match="line 5: one value is expected"):
        taken(source, tmp_path)
    text = text.replace('!!python/object/apply:os.system ["touch /tmp/never"]', "!ruby/object:Evil Jane")
    fill(source, {"submission_metadata.yml": text.encode(), "submission_1/LabRNN.ipynb": book("x")})
    found = by_owner(taken(source, tmp_path))
    assert found["7"].owners[0].name == "Jane"


def test_metadata_and_folders_that_differ(tmp_path: Path) -> None:
    source = make_download("gradescope", CLASS[:2], hand_ins(CLASS[:2]), tmp_path / "in", zipped=False)
    home = source / "assignment_77_export"
    shutil.rmtree(home / "submission_0")
    fill(home, {"submission_9/LabRNN.ipynb": book("?")})
    with open(home / "submission_metadata.yml", "a") as stream:
        stream.write("submission_5:\n  :submitters:\n  :created_at: 2026-01-15 10:00:00\n")
    fill(home, {"submission_5/LabRNN.ipynb": book("!")})
    intake = taken(source, tmp_path, roster=roster(tmp_path))
    rows = {own.key or own.name: own for own in intake.hand_ins}
    assert "no files of this submission" in rows["submission_0"].refused
    assert not rows["submission_1"].refused and "not named" in rows["submission_9"].refused
    assert rows["submission_5"].owners == () and rows["submission_5"].time == datetime(2026, 1, 15, 10, tzinfo=UTC)
    assert [own.who for own in intake.waiting] == ["gradescope: submission_5"]


# ---- clones ----------------------------------------------------------------------------------------------------------
@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_a_clone_that_git_made(tmp_path: Path) -> None:
    when = {"GIT_COMMITTER_DATE": "1768517970 +0100", "GIT_AUTHOR_DATE": "1768517000 +0000", "HOME": str(tmp_path)}
    when |= {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "PATH": os.environ["PATH"]}

    def git(*words: str, at: Path) -> None:
        subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@b", *words], cwd=at, env=when, check=True)

    origin = fill(tmp_path / "origin", {"LabRNN.ipynb": book("x")})
    git("init", "-q", "-b", "main", at=origin)
    git("add", ".", at=origin)
    git("commit", "-q", "-m", "work", at=origin)
    assert commits.last_commit(origin / ".git") == TIME
    git("clone", "-q", "--no-local", str(origin), "clone", at=tmp_path)
    assert list((tmp_path / "clone/.git/objects/pack").glob("*.pack"))
    assert commits.last_commit(tmp_path / "clone" / ".git") == TIME
    git("gc", "-q", at=tmp_path / "clone")
    git("checkout", "-q", "--detach", at=tmp_path / "clone")
    assert commits.last_commit(tmp_path / "clone" / ".git") == TIME


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"HEAD": b""},
        {"HEAD": b"ref: refs/heads/../../../secret"},
        {"HEAD": b"ref: ../../secret"},
        {"HEAD": b"\xff" * 40},
        {"HEAD": b"a" * 40},
        {"HEAD": b"a" * 40, f"objects/aa/{'a' * 38}": b"no zlib"},
        {"HEAD": b"a" * 40, "objects/pack/p.idx": b"\xfftOc\0\0\0\2"},
        {"HEAD": b"a" * 40, "objects/pack/p.idx": b"\xfftOc\0\0\0\2" + b"\xff" * 5000, "objects/pack/p.pack": b"x"},
    ],
)
def test_a_hostile_git_folder_has_no_time(tmp_path: Path, files: dict[str, bytes]) -> None:
    fill(tmp_path, {"secret": b"b" * 40})
    assert commits.last_commit(fill(tmp_path / "in" / ".git", files)) is None


@given(st.binary(max_size=300), st.binary(max_size=1500))
def test_any_bytes_in_git(tmp_path_factory: pytest.TempPathFactory, head: bytes, pack: bytes) -> None:
    files = {"HEAD": b"a" * 40, f"objects/aa/{'a' * 38}": head, "objects/pack/p.idx": b"\xfftOc\0\0\0\2" + pack}
    assert commits.last_commit(fill(tmp_path_factory.mktemp("g"), files)) is None


def test_links_in_git_are_not_followed(tmp_path: Path) -> None:
    git = fill(tmp_path / ".git", {"objects/x": b""})
    os.symlink("/etc/hostname", git / "HEAD")
    assert commits.last_commit(git) is None
    os.remove(git / "HEAD")
    os.mkfifo(git / "HEAD")
    assert commits.last_commit(git) is None


def test_a_clone_without_a_time_and_one_without_git(tmp_path: Path) -> None:
    files = {"hw-a/.git/HEAD": b"", "hw-b/.git/HEAD": b"", "hw-c/LabRNN.ipynb": book("c"), "README.md": b"x"}
    intake = taken(fill(tmp_path / "hw-submissions", files), tmp_path)
    rows = {own.name: own for own in intake.hand_ins}
    assert set(rows) == {"a", "b", "c", "README.md"} and all(own.time is None for own in rows.values())
    assert "empty" in rows["a"].refused and not rows["c"].refused and rows["README.md"].refused
    assert any(sentence.startswith("hw-a: the time of its last commit") for sentence in intake.remarks)


# ---- names from people -----------------------------------------------------------------------------------------------
NAMES = [
    "Miles O'Brien", "Zoë Núñez", "Zoe\u0308 Nu\u0301n\u0303ez", "词 " + "词" * 100, "a" * 230 + " b", ".. ..",
    "=1+1 x", "\u200fمحمد علي", "Robert'); DROP x", "a\u202eb c", "A_1_2 b", "x_LATE_1_2 y", "( ) (", "-rf x",
    "a\tb c", "🦊 fox",
]  # fmt: skip


@pytest.mark.parametrize("platform", ["canvas", "moodle", "sakai", "gradescope"])
@pytest.mark.parametrize("name", NAMES)
def test_every_name_comes_back(tmp_path: Path, platform: Platform, name: str) -> None:
    people = [Person("S1", name, "a@b", login="e1"), CLASS[0]]
    made = [Made((own,), {"LabRNN.ipynb": book(own.id)}, TIME) for own in people]
    source = make_download(platform, people, made, tmp_path / "in")
    intake = taken(source, tmp_path)
    owners = {contents(own.path)["LabRNN.ipynb"]: own.owners[0] for own in intake.hand_ins}
    assert set(owners) == {book("S1"), book(CLASS[0].id)}
    for own in intake.hand_ins:
        assert "/" not in own.name and not own.name.startswith(".") and len(own.name.encode()) <= 255
        (tmp_path / "out" / own.name).mkdir(parents=True)
    if platform in ("sakai", "gradescope"):
        assert owners[book("S1")].id == ("e1" if platform == "sakai" else "S1")


letters = st.text(st.characters(exclude_characters="/\0\\", exclude_categories=("Cs",)), min_size=1, max_size=120)


@given(letters, letters, letters)
def test_any_name_of_a_person_or_a_file(
    tmp_path_factory: pytest.TempPathFactory, first: str, last: str, file: str
) -> None:
    folder = tmp_path_factory.mktemp("n")
    people = [Person("S1", f"{first} {last}", "a@b", login="e1"), CLASS[0]]
    made = [Made((own,), {f"x{file}y.ipynb": book(own.id)}, TIME) for own in people]
    for platform in ("moodle", "gradescope"):
        source = make_download(platform, people, made, folder / platform)  # type: ignore[arg-type]
        intake = taken(source, folder, platform=platform)
        assert {next(iter(contents(own.path).values())) for own in intake.hand_ins} == {book("S1"), book(CLASS[0].id)}
        assert all(own.name and not own.refused for own in intake.hand_ins)


def test_what_is_asked_for_is_named_in_refusals(tmp_path: Path) -> None:
    source = make_download("canvas", CLASS, [Made((CLASS[0],), {"a.pdf": PDF, "b.docx": b"x"})], tmp_path / "in")
    (hand_in,) = taken(source, tmp_path).hand_ins
    assert hand_in.refused == f"The hand-in holds no notebook but a.pdf, b.docx; hand in {ASKED.notebook}."


def test_another_platforms_download_makes_no_class(tmp_path: Path) -> None:
    source = make_download("sakai", CLASS, hand_ins(), tmp_path / "in")
    with pytest.raises(ConfigError, match="named as Moodle names a hand-in; leave PLATFORM out"):
        taken(source, tmp_path, platform="moodle")
