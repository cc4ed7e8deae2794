"""The zip of pages, laid out as each platform's upload wants it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import export_readers as read
import pytest
from export_readers import MakeClass

from autograder.errors import ConfigError
from autograder.exports import feedback, without_page
from autograder.grades import Class, Person, Platform

WITH_PAGE = ("u01", "u02", "u03", "u04", "u06", "u07", "u08")


def pages(graded: Class, platform: Platform, tmp_path: Path) -> dict[str, str]:
    path = feedback(graded, platform, tmp_path / "out")
    first = path.read_bytes()
    assert feedback(graded, platform, tmp_path / "again").read_bytes() == first
    assert [own.name for own in (tmp_path / "out").iterdir()] == ["feedback.zip"]
    return {name: data.decode("utf-8") for name, data in read.unzip(first).items()}


def page(own: str) -> str:
    return f"<p>the page of {'u03' if own == 'u04' else own}</p>"


@pytest.mark.parametrize("platform", ["folder", "gradescope", "github"])
def test_a_folder_for_each_student(make: MakeClass, tmp_path: Path, platform: Platform) -> None:
    assert pages(make(platform), platform, tmp_path) == {f"{own}/report.html": page(own) for own in WITH_PAGE}


def test_moodles_own_folders(make: MakeClass, tmp_path: Path) -> None:
    assert pages(make("moodle"), "moodle", tmp_path) == {
        f"Full Name {n}_90{n}_assignsubmission_file_/report.html": page(f"u0{n}") for n in (1, 2, 3, 6, 7, 8)
    }


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("d/Ann_1_assignsubmission_file_LabRNN.ipynb", "Ann_1_assignsubmission_file_report.html"),
        ("d/Ann_1_assignsubmission_file/x/LabRNN.ipynb", "Ann_1_assignsubmission_file/report.html"),
        ("bundles/17", "Ann Archer_1_assignsubmission_file_/report.html"),
    ],
)
def test_moodles_other_downloads(make: MakeClass, tmp_path: Path, path: str, name: str) -> None:
    """Flat, of 4.1 on, and several files that were put into one folder."""
    graded = make("moodle")
    first = graded.grades[0]
    assert first.hand_in is not None
    grade = replace(first, hand_in=replace(first.hand_in, path=Path(path), key="1"))
    assert list(pages(replace(graded, grades=(grade,)), "moodle", tmp_path)) == [name]


def test_canvas_names_unchanged(make: MakeClass, tmp_path: Path) -> None:
    graded = make("canvas")
    found = pages(graded, "canvas", tmp_path)
    names = {grade.hand_in.path.name: grade.person.id for grade in graded.grades if grade.hand_in}
    assert {name.removesuffix(".html"): text for name, text in found.items()} == {
        name: page(own) for name, own in names.items()
    }
    assert all(name.endswith(".html") and "/" not in name for name in found)


def test_canvas_bundles_keep_the_numbers(make: MakeClass, tmp_path: Path) -> None:
    graded = make("canvas")
    first = graded.grades[0]
    assert first.hand_in is not None
    grade = replace(first, hand_in=replace(first.hand_in, path=Path("/out/bundles/one")))
    assert list(pages(replace(graded, grades=(grade,)), "canvas", tmp_path)) == ["fullname1_LATE_101_501_one.html"]


def test_sakais_folders(make: MakeClass, tmp_path: Path) -> None:
    """A group has no folder in the download: each member gets the one that Sakai would make."""
    inner = "Lab 1_ RNNs/{}/Feedback Attachment(s)/report.html"
    assert pages(make("sakai"), "sakai", tmp_path) == {
        inner.format(f"Name, Full(eid{n})"): page(f"u0{n}") for n in (1, 2, 6, 7, 8)
    } | {inner.format("Öztürk, Cem(cem)"): page("u03"), inner.format("O'Hara, Dua(dua)"): page("u04")}


def test_who_has_no_page(finished: Class) -> None:
    assert without_page(finished) == ["Eve (u05)"]


def test_a_page_that_is_gone(finished: Class, tmp_path: Path) -> None:
    graded = replace(finished, grades=(replace(finished.grades[0], folder=tmp_path / "nowhere"),))
    with pytest.raises(ConfigError, match=r"Ann Archer \(u01\): the page .*nowhere/report.html can't be read: No such"):
        feedback(graded, "folder", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("platform", "what"), [("moodle", "no participant id"), ("canvas", "no file name of Canvas")])
def test_the_platform_must_know_whose_it_is(finished: Class, tmp_path: Path, platform: Platform, what: str) -> None:
    with pytest.raises(ConfigError, match=what):
        feedback(finished, platform, tmp_path)


def test_nobody_gets_anothers_page(make: MakeClass, tmp_path: Path) -> None:
    graded = make()
    for second in ("A_b", "a_b"):  # of one group, even
        twins = tuple(replace(graded.grades[n], person=Person(own)) for n, own in ((2, "a/b"), (3, second)))
        with pytest.raises(ConfigError, match=f"The pages of a/b and {second} would both be"):
            feedback(replace(graded, grades=twins), "folder", tmp_path)
    graded = make("moodle")
    grades = list(graded.grades)
    assert grades[0].hand_in is not None and grades[1].hand_in is not None
    hand_in = replace(grades[1].hand_in, key="901", path=grades[0].hand_in.path)
    grades[1] = replace(grades[1], hand_in=hand_in, folder=grades[0].folder)  # and pages alike
    with pytest.raises(ConfigError, match="would both be"):
        feedback(replace(graded, grades=tuple(grades)), "moodle", tmp_path)


@pytest.mark.parametrize("own", ["../x", "/etc/passwd", "..", "a\\..\\b", "C:x", "x\x00y", "\ud800", "n" * 5000])
def test_no_page_leaves_the_zip(finished: Class, tmp_path: Path, own: str) -> None:
    graded = replace(finished, grades=(replace(finished.grades[0], person=Person(own)),))
    (name,) = pages(graded, "folder", tmp_path)
    assert name.count("/") == 1 and len(name) < 150 and ":" not in name


def test_a_name_that_is_no_unicode(make: MakeClass, tmp_path: Path) -> None:
    graded = make("canvas")
    first = graded.grades[0]
    assert first.hand_in is not None
    hand_in = replace(first.hand_in, path=Path("fullname1_LATE_101_501_x\udcff.ipynb"))
    graded = replace(graded, grades=(replace(first, hand_in=hand_in),))
    assert list(pages(graded, "canvas", tmp_path)) == ["fullname1_LATE_101_501_x?.ipynb.html"]
