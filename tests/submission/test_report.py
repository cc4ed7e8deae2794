"""The report PDF of a hand-in, and the rule of one notebook and one PDF."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.submission import ReadLimits
from fixtures.labrnn.reading import read_submission

from .handins import PDF, book, dump, fill, read, zipped

WHOLE = dump(book("def load_imdb(): pass"))
REPORT = PDF + b"the report"


@pytest.mark.parametrize("as_zip", [False, True])
def test_folders_and_zips_hand_over_the_report(tmp_path: Path, as_zip: bool) -> None:
    files = {"LabRNN.ipynb": WHOLE, "hw3 report.pdf": REPORT}
    if as_zip:
        submission = read(tmp_path, "a.zip", zipped(files))
    else:
        submission = read_submission(fill(tmp_path / "a", files))
    assert (submission.report, submission.report_name) == (REPORT, "hw3 report.pdf")
    assert submission.has_report and submission.breaches == () and submission.remarks == ()
    assert "the report" not in repr(submission)


def test_a_notebook_alone_says_nothing_about_the_hand_in(tmp_path: Path) -> None:
    fill(tmp_path, {"report.pdf": REPORT, "extra.ipynb": WHOLE, "utils.py": b"x = 1"})
    submission = read(tmp_path, "LabRNN.ipynb", WHOLE)
    assert not submission.has_report and submission.report == b"" and submission.breaches == ()


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (("hw3.pdf", "Report_final.pdf"), "Report_final.pdf"),
        (("LabRNN.pdf", "zz.pdf"), "zz.pdf"),
        (("LabRNN (1).pdf",), "LabRNN (1).pdf"),
        (("a/b.pdf", "c.pdf"), "c.pdf"),
        (("jane-LabRNN-report.pdf", "LabRNN.pdf"), "jane-LabRNN-report.pdf"),
    ],
)
def test_the_likeliest_of_several(tmp_path: Path, names: tuple[str, ...], chosen: str) -> None:
    files = {name: PDF + name.encode() for name in names}
    submission = read_submission(fill(tmp_path / "a", {"LabRNN.ipynb": WHOLE, **files}))
    assert submission.report_name == chosen and submission.report == PDF + chosen.encode()
    assert submission.breaches == ()
    several = [remark for remark in submission.remarks if "was taken for the report" in remark]
    assert len(several) == (len(names) > 1)


def test_what_breaks_the_rule(tmp_path: Path) -> None:
    files = {"LabRNN.ipynb": WHOLE, "other.ipynb": dump(book("x = 1")), "lib/utils.py": b"x = 1", "data.csv": b"a,b"}
    missing, extra = read_submission(fill(tmp_path / "a", files)).breaches
    assert missing == "The hand-in holds no PDF report."
    assert "lib/utils.py" in extra and "other.ipynb" in extra and "data.csv" not in extra
    script = read_submission(fill(tmp_path / "b", {"LabRNN.py": b"def load_imdb(): pass", "report.pdf": REPORT}))
    assert len(script.breaches) == 1 and "the script LabRNN.py" in script.breaches[0]


def test_a_report_that_is_too_large_is_no_missing_one(tmp_path: Path) -> None:
    limits = ReadLimits(report_bytes=1000)
    files = {"LabRNN.ipynb": WHOLE, "report.pdf": PDF + b"0" * 1000}
    for path in (fill(tmp_path / "a", files), tmp_path / "a.zip"):
        if path.suffix:
            path.write_bytes(zipped(files))
        submission = read_submission(path, limits=limits)
        assert submission.has_report and submission.report == b"" and submission.breaches == ()
        assert "too large" in submission.remarks[0]
