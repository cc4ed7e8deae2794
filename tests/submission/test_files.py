"""What lies on a disk: links, pipes, devices, folders, missing and unreadable files. Nothing blocks."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autograder.errors import SubmissionError
from fixtures.labrnn.reading import read_submission

from .handins import PDF, SMALL, book, dump, fill

WHOLE = dump(book("x = 1"))


def test_a_folder(tmp_path: Path) -> None:
    folder = fill(
        tmp_path / "Zoë Müller v1.2", {"a/LabRNN.ipynb": WHOLE, "a/r.pdf": PDF, ".git/x.py": b"", "a/._b.ipynb": b""}
    )
    submission = read_submission(folder)
    assert submission.name == "Zoë Müller v1.2" and submission.notebook == "a/LabRNN.ipynb"
    assert submission.has_report and submission.remarks == ()


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(SubmissionError, match="holds no notebook; hand in LabRNN.ipynb and the report"):
        read_submission(tmp_path)


def test_the_current_folder_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(fill(tmp_path / "hw", {"LabRNN.ipynb": WHOLE}))
    assert read_submission(Path(".")).name == "hw"


@pytest.mark.parametrize("path", ["missing.ipynb", "a\0b", "x" * 300, "missing/x.ipynb"])
def test_nothing_there(tmp_path: Path, path: str) -> None:
    with pytest.raises(SubmissionError, match="can't be opened"):
        read_submission(tmp_path / path)


def test_links(tmp_path: Path) -> None:
    folder = fill(tmp_path / "x", {"real.ipynb": WHOLE})
    (folder / "LabRNN.ipynb").symlink_to("real.ipynb")
    assert read_submission(folder / "LabRNN.ipynb").name == "LabRNN"
    (folder / "out.ipynb").symlink_to("/etc/passwd")
    (folder / "here").symlink_to(".")
    for name in ("out.ipynb", "here"):
        with pytest.raises(SubmissionError, match="leads elsewhere"):
            read_submission(folder / name)
    (folder / "loop").symlink_to("loop")
    (folder / "broken").symlink_to("nothing")
    for name in ("loop", "broken"):
        with pytest.raises(SubmissionError, match="can't be opened"):
            read_submission(folder / name)


def test_links_and_pipes_in_a_folder_are_not_read(tmp_path: Path) -> None:
    folder = fill(tmp_path / "x", {"LabRNN.ipynb": WHOLE, "report.pdf": PDF})
    (folder / "secret.ipynb").symlink_to("/etc/passwd")
    (folder / "all").symlink_to("/")
    os.mkfifo(folder / "pipe.ipynb")
    assert read_submission(folder).remarks == (
        "all is a link and was not read.",
        "pipe.ipynb is not an ordinary file and was not read.",
        "secret.ipynb is a link and was not read.",
    )


def test_pipes_and_devices_do_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "LabRNN.ipynb")
    for path in (tmp_path / "LabRNN.ipynb", Path("/dev/zero"), Path("/dev/stdin")):
        with pytest.raises(SubmissionError):
            read_submission(path)


def test_an_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    fill(tmp_path, {"LabRNN.ipynb": WHOLE})
    monkeypatch.setattr(os, "open", refuse)  # root may read everything
    with pytest.raises(SubmissionError, match=r"LabRNN.ipynb can't be read \(Permission denied\)"):
        read_submission(tmp_path / "LabRNN.ipynb")
    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(SubmissionError, match="The folder .* can't be read"):
        read_submission(tmp_path)


def test_limits_of_a_folder(tmp_path: Path) -> None:
    many = fill(tmp_path / "many", {f"{number // 10}/{number}.txt": b"" for number in range(50)})
    with pytest.raises(SubmissionError, match="too many files"):
        read_submission(many, limits=SMALL)
    deep = fill(tmp_path / "deep", {"a/" * 12 + "LabRNN.ipynb": WHOLE})
    with pytest.raises(SubmissionError, match="nested too deep"):
        read_submission(deep)


def test_names_that_are_no_text(tmp_path: Path) -> None:
    name = os.fsdecode(b"lab\xff\n\x1b[31m.ipynb")
    fill(tmp_path / "x", {name: WHOLE})
    for submission in (read_submission(tmp_path / "x"), read_submission(tmp_path / "x" / name)):
        printed = submission.name + submission.notebook + "".join(submission.remarks)
        assert printed.isprintable() and printed.encode()
