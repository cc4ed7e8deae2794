"""The malformed hand-ins of fixtures/: each is graded or refused as its label says, and none does anything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from autograder.errors import SubmissionError
from fixtures.labrnn.reading import read_submission

ROOT = Path(__file__).resolve().parents[2]

# Ends the process at anything but reading. Run in a process of its own: audit hooks stay for good.
WATCH = """
import encodings.cp1251, encodings.cp1252, encodings.cp437, encodings.koi8_r, encodings.utf_16, encodings.utf_32, encodings.utf_8_sig, os, sys
from pathlib import Path
from autograder.errors import SubmissionError
from autograder.submission import find_submissions
from fixtures.labrnn.reading import read_submission

BAD = ("exec", "compile", "import", "subprocess.", "socket.", "ctypes.", "os.system", "os.exec", "os.fork", "os.posix_spawn",
       "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.link", "os.symlink", "os.chmod", "os.truncate", "os.kill")

def watch(event, arguments):
    if event == "compile" and arguments[1] == "<unknown>":
        return  # ast.parse: to a tree, not to code
    writes = event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if writes or event.startswith(BAD):
        sys.__stderr__.write(f"{event} {arguments}\\n")
        os._exit(9)

found, _ = find_submissions(Path(sys.argv[1]))
sys.addaudithook(watch)
for path in found:
    try:
        read_submission(path)
    except SubmissionError:
        pass
os._exit(0 if len(found) >= 35 else 8)
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, make_malformed: ModuleType) -> Path:
    folder = tmp_path_factory.mktemp("malformed")
    make_malformed.write(folder)
    return folder


def test_each_is_as_labelled(tmp_path: Path, make_malformed: ModuleType) -> None:
    wrong = []
    for name, expected in make_malformed.write(tmp_path).items():
        try:
            verdict, text = "graded", " ".join(read_submission(tmp_path / name).remarks)
        except SubmissionError as error:
            verdict, text = "refused", str(error)
        if verdict != expected.verdict or expected.fragment not in text:
            wrong.append((name, verdict, text))
    assert wrong == []


def test_graded_ones_hold_the_code_of_the_reference(written: Path, make_malformed: ModuleType) -> None:
    reference = {cell.source for cell in read_submission(make_malformed.REFERENCE).cells}
    for name in ("nbformat3.ipynb", "bom_crlf.ipynb", "utf16.ipynb", "zip_in_zip.zip", "folder with spaces"):
        assert {cell.source for cell in read_submission(written / name).cells} == reference


def test_reading_only_reads(written: Path) -> None:
    before = sorted((path, path.stat().st_mtime_ns) for path in written.rglob("*"))
    done = subprocess.run(
        [sys.executable, "-B", "-c", WATCH, str(written)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert before == sorted((path, path.stat().st_mtime_ns) for path in written.rglob("*"))
