"""However a run ends, nothing of it stays: no process, no temporary folder, no trace on the terminal."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest

from autograder.leftovers import run_folder
from autograder.sandbox.processes import descendants
from autograder.system import linux

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "reference" / "labrnn" / "LabRNN.ipynb"
PATIENCE = 120.0

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux's processes")


@pytest.fixture(autouse=True)
def _adopting() -> Iterator[None]:
    """Orphans of the run become children of this process, so that none is overlooked."""
    linux.adopt_orphans()
    yield
    linux._prctl(linux._SUBREAPER, 0)


def hand_in(folder: Path, last_cell: str) -> Path:
    notebook = nbformat.read(REFERENCE, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(last_cell))
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / "one.ipynb")
    return folder / "one.ipynb"


def living() -> set[int]:
    """All descendants, after those that have ended were reaped."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    return set(descendants(os.getpid()))


def await_it(condition: Callable[[], object]) -> None:
    """Wait until it holds at two looks in a row: between its fork and its exec, any child looks like a worker."""
    end, held = time.monotonic() + PATIENCE, 0
    while held < 2:
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.05)
        held = held + 1 if condition() else 0


def with_terminal() -> None:
    """Make standard input the terminal of the new session, whose end is heeded even where these tests run by nohup."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def at_once(out: Path, tmp: Path) -> bool:
    """While the sandbox and the judge are being started."""
    return bool(list(tmp.glob("autograder-*")))


def in_a_function(out: Path, tmp: Path) -> bool:
    """While a forked worker judges: it has the main process's own command line."""
    lines = []
    for pid in descendants(os.getpid()):
        with contextlib.suppress(OSError):
            lines.append(Path(f"/proc/{pid}/cmdline").read_bytes())
    return sum(b"-m\0autograder\0grade" in line for line in lines) > 1


def in_a_notebook(out: Path, tmp: Path) -> bool:
    """While a notebook runs in its kernel."""
    return bool(list(out.glob("*/executed.ipynb")))


LOOPS = "def tokenize(vocab, example):\n    while True:\n        pass"
MOMENTS = {
    "start": (at_once, LOOPS, "functions"),
    "function": (in_a_function, LOOPS, "functions"),
    "notebook": (in_a_notebook, "while True: pass", "notebook"),
}


CASES = [(moment, ending) for moment in MOMENTS for ending in ("SIGTERM", "SIGKILL", "closed terminal")]
LONG = [("notebook", "SIGTERM"), ("notebook", "closed terminal"), ("function", "SIGTERM")]


@pytest.mark.parametrize(
    ("moment", "ending"), [pytest.param(*case, marks=[pytest.mark.slow] if case in LONG else []) for case in CASES]
)
def test_nothing_stays(tmp_path: Path, moment: str, ending: str) -> None:
    reached, cell, step = MOMENTS[moment]
    notebook, out, tmp = hand_in(tmp_path / "in", cell), tmp_path / "out", tmp_path / "tmp"
    tmp.mkdir()
    words = [sys.executable, "-m", "autograder", "grade", str(notebook), "--out", str(out), "--only", step]
    before = set(descendants(os.getpid()))
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        words,
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp)},
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=with_terminal,
    )
    os.close(theirs)
    try:
        await_it(lambda: reached(out, tmp))
        if ending == "closed terminal":
            os.close(ours)
        else:
            process.send_signal(signal.Signals[ending])
        _, told = process.communicate(timeout=PATIENCE)
        await_it(lambda: living() <= before)
        await_it(lambda: not list(tmp.iterdir()))
        assert b"Traceback" not in told
        assert not list(out.glob("*/*")), "no half of a result"
    finally:
        process.kill()
        process.communicate()
        for pid in set(descendants(os.getpid())) - before:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if ending != "closed terminal":
            os.close(ours)


def test_the_run_folder_goes_at_the_end_and_takes_temporary_files_with_it() -> None:
    import tempfile

    with run_folder() as folder:
        assert Path(tempfile.mkdtemp()).parent == folder
    assert not folder.exists() and Path(tempfile.gettempdir()) != folder
