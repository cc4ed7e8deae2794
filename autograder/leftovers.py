"""A folder for all temporary files of a run, which goes when the run has gone, however it ended."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

# Waits for the end of a pipe that the run holds open, then removes its folder. The shell: it is everywhere and small.
_JANITOR = """trap "" HUP INT QUIT TERM; read -r _; exec rm -rf -- "$1" """


@contextlib.contextmanager
def run_folder(within: str | None = None) -> Iterator[Path]:
    """Make the folder, and let `tempfile` make everything there until the end. `within`: where, else where `tempfile`
    makes folders.

    A process that waits for the end of this one, and of its forked workers, removes the folder even after SIGKILL.
    """
    folder, before = tempfile.mkdtemp(prefix="autograder-", dir=within), tempfile.tempdir
    os.chmod(folder, 0o711)  # students of separate users go through it to their own folder, and can't list it
    read_end, write_end = os.pipe()  # closed in what is executed, held open in what is forked
    janitor = subprocess.Popen(
        ["/bin/sh", "-c", _JANITOR, "sh", folder],
        stdin=read_end,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
    )
    os.close(read_end)
    tempfile.tempdir = folder
    try:
        yield Path(folder)
    finally:
        tempfile.tempdir = before
        shutil.rmtree(folder, ignore_errors=True)
        os.close(write_end)
        janitor.wait()
