"""Zips, honest and hostile."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest

from autograder.errors import SubmissionError
from autograder.submission import ReadLimits

from .handins import PDF, SMALL, book, dump, read, sources, zipped

WHOLE = dump(book("def tokenize(): pass"))
GOOD = {"LabRNN.ipynb": WHOLE, "report.pdf": PDF}


def test_flat(tmp_path: Path) -> None:
    submission = read(tmp_path, "Li Wei 作业.zip", zipped(GOOD))
    assert submission.name == "Li Wei 作业" and submission.notebook == "LabRNN.ipynb"
    assert submission.has_report and submission.remarks == ()


def test_litter_and_folders(tmp_path: Path) -> None:
    litter = dict.fromkeys(
        ("__MACOSX/a/._LabRNN.ipynb", "a/.DS_Store", "a/.ipynb_checkpoints/LabRNN.ipynb", "a/"), b"x"
    )
    submission = read(tmp_path, "a.zip", zipped({**litter, **{f"a/b c/{name}": data for name, data in GOOD.items()}}))
    assert submission.notebook == "a/b c/LabRNN.ipynb" and submission.remarks == ()


def test_no_report_and_extra_files(tmp_path: Path) -> None:
    submission = read(
        tmp_path, "a.zip", zipped({"LabRNN.ipynb": WHOLE, "utils.py": b"", "data.csv": b"", "model.pt": b""})
    )
    assert submission.remarks == (
        "No report PDF was handed in.",
        "The assignment allows no new notebooks or scripts; these were not read: utils.py.",
        "Beside notebook and report, files count only where a check reads them: data.csv, model.pt.",
    )


def test_a_report_that_is_no_pdf(tmp_path: Path) -> None:
    submission = read(tmp_path, "a.zip", zipped({"LabRNN.ipynb": WHOLE, "Report.PDF": b"PK"}))
    assert not submission.has_report and "Report.PDF is not a PDF" in submission.remarks[0]


@pytest.mark.parametrize("name", ["a\\LabRNN.ipynb", "a/作业.ipynb"])
def test_names_of_other_systems(tmp_path: Path, name: str) -> None:
    data = bytearray(zipped({name: WHOLE}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # macOS does not say that names are UTF-8
        at = data.find(mark) + offset + 1
        data[at] &= ~0x08
    assert read(tmp_path, "a.zip", bytes(data)).notebook == name.replace("\\", "/")


def test_one_nested_zip_is_opened(tmp_path: Path) -> None:
    submission = read(tmp_path, "a.zip", zipped({"x/b.zip": zipped(GOOD)}))
    assert submission.notebook == "x/b.zip/LabRNN.ipynb" and submission.has_report
    assert submission.remarks == ("x/b.zip is a zip inside the hand-in and was opened.",)


def test_a_nested_zip_next_to_the_notebook_is_not(tmp_path: Path) -> None:
    assert "reads them: b.zip" in read(tmp_path, "a.zip", zipped({**GOOD, "b.zip": b"junk"})).remarks[-1]


def test_deeper_nesting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SubmissionError, match="zips inside zips"):
        read(tmp_path, "a.zip", zipped({"b.zip": zipped({"c.zip": zipped(GOOD)})}))


def test_a_zip_called_notebook_is_opened_and_one_in_a_zip_is_not(tmp_path: Path) -> None:
    assert "really a zip" in read(tmp_path, "LabRNN.ipynb", zipped(GOOD)).remarks[0]
    with pytest.raises(SubmissionError, match="really a zip inside the hand-in"):
        read(tmp_path, "a.zip", zipped({"LabRNN.ipynb": zipped(GOOD)}))


@pytest.mark.parametrize(
    "name", ["../LabRNN.ipynb", "a/../../LabRNN.ipynb", "/LabRNN.ipynb", "C:/LabRNN.ipynb", "..\\x.py"]
)
def test_paths_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SubmissionError, match="leads out of the zip"):
        read(tmp_path, "a.zip", zipped({**GOOD, name: WHOLE}))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_devices_are_refused(tmp_path: Path, kind: int) -> None:
    entry = zipfile.ZipInfo("data")
    entry.external_attr = (kind | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(entry, "/etc/passwd")
        archive.writestr("LabRNN.ipynb", WHOLE)
    with pytest.raises(SubmissionError, match="a link or not an ordinary file"):
        read(tmp_path, "a.zip", (tmp_path / "a.zip").read_bytes())


def test_the_last_of_two_entries_counts(tmp_path: Path) -> None:
    data = zipped({"LabRNN.ipynX": dump(book("x = 1")), "LabRNN.ipynb": dump(book("x = 2"))})
    submission = read(tmp_path, "a.zip", data.replace(b".ipynX", b".ipynb"))
    assert sources(submission) == ["x = 2"] and "twice" in submission.remarks[0]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compressions_that_cannot_be_stopped_are_refused(tmp_path: Path, method: int) -> None:
    with pytest.raises(SubmissionError, match="unusual way"):
        read(tmp_path, "a.zip", zipped(GOOD, method))


def test_damage(tmp_path: Path) -> None:
    whole = zipped(GOOD, zipfile.ZIP_STORED)
    for data in (whole[:-10], whole[: len(whole) // 2], b"PK\x03\x04", b"PK\x05\x06" + b"\xff" * 18):
        with pytest.raises(SubmissionError, match="cut short or damaged"):
            read(tmp_path, "a.zip", data)
    with pytest.raises(SubmissionError, match="damaged inside its zip"):
        read(tmp_path, "a.zip", whole.replace(b"tokenize", b"tokenise"))
    with pytest.raises(SubmissionError, match="holds no notebook"):
        read(tmp_path, "a.zip", zipped({}))


@pytest.mark.parametrize("name", [b"\0\0\0\0", b"////", b"....", b"a/..", b"\xff\xfe\xfd/", b"\x1b[1m"])
def test_odd_names(tmp_path: Path, name: bytes) -> None:
    data = zipped({"LabRNN.ipynb": WHOLE, "odd!": b"x"}).replace(b"odd!", name)
    try:
        assert read(tmp_path, "a.zip", data).notebook == "LabRNN.ipynb"
    except SubmissionError as error:
        assert "leads out of the zip" in str(error)


def test_a_damaged_report_does_not_stop_the_grading(tmp_path: Path) -> None:
    data = zipped({"LabRNN.ipynb": WHOLE, "report.pdf": b"%PDF"}, zipfile.ZIP_STORED).replace(b"%PDF", b"%PDE")
    assert not read(tmp_path, "a.zip", data).has_report


def test_sizes_are_counted_not_believed(tmp_path: Path) -> None:
    bomb = zipped({"LabRNN.ipynb": b" " * 1_100_000})
    with pytest.raises(SubmissionError, match="too large"):
        read(tmp_path, "a.zip", bomb, SMALL)
    lying = bomb.replace((1_100_000).to_bytes(4, "little"), (5).to_bytes(4, "little"))
    with pytest.raises(SubmissionError):
        read(tmp_path, "a.zip", lying, SMALL)


def test_limits_over_all_files(tmp_path: Path) -> None:
    with pytest.raises(SubmissionError, match="too many files"):
        read(tmp_path, "a.zip", zipped({f"{number}.txt": b"" for number in range(51)}), SMALL)
    inner = zipped({f"{number}.txt": b"" for number in range(30)})
    with pytest.raises(SubmissionError, match="too many files"):
        read(tmp_path, "a.zip", zipped({"a.zip": inner, "b.zip": inner}), SMALL)
    many = {f"{number}.ipynb": dump(book("x = 1", outputs="y" * 400)) for number in range(20)}
    with pytest.raises(SubmissionError, match="several notebooks"):
        read(tmp_path, "a.zip", zipped(many), ReadLimits(file_bytes=5_000, total_bytes=6_000))


def test_a_large_file_that_nobody_asks_for_is_not_decompressed(tmp_path: Path) -> None:
    assert sources(read(tmp_path, "a.zip", zipped({**GOOD, "IMDBDataset.csv": b"x" * 5_000_000}), SMALL))
