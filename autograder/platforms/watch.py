"""Watches over the grading of one hand-in, so that the platform's file stands whatever ends it.

This process does no work, keeps little memory, and asks the kernel to spare it before all others. Before anything can
go wrong it writes that there is no result; each stage's result then replaces that, whole or not at all.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

STOP_SECONDS = 15.0  # for a grading that is told to end
FINAL = 4  # exit code of a stage after which nothing is left to grade
OOM_SCORE = "500"  # of the grading: the kernel ends that before this process, which says so


class Stage(NamedTuple):
    """One process to run. `command`: for the seconds that are left; `file`: what it writes."""

    command: Callable[[float], list[str]]
    file: Path


def watch(stages: Sequence[Stage], target: Path, seconds: float, late: Callable[[str], str]) -> bool:
    """Run the stages one after the other until `seconds` are over; what each writes becomes `target`.

    `late`: makes of an earlier stage's text one that says that the next did not finish. Returns whether there is a
    result.
    """
    end, done = time.monotonic() + seconds, ""
    for stage in stages:
        left = end - time.monotonic()
        code = run(stage.command(left), left) if left > STOP_SECONDS else None
        if code in (0, FINAL) and stage.file.is_file():
            done = stage.file.read_text(encoding="utf-8")
            write_whole(target, done)
            if code == FINAL:
                break
            continue
        print("The grading did not finish in time." if code is None else f"The grading ended with {code}.", flush=True)
        if done:
            write_whole(target, late(done))
        break
    return bool(done)


def run(command: Sequence[str], seconds: float) -> int | None:
    """Run a command with all that it starts; its exit code, or None where it had to be ended."""
    process = subprocess.Popen(command, start_new_session=True, stdin=subprocess.DEVNULL)
    with contextlib.suppress(OSError):  # no Linux, or it has ended
        Path(f"/proc/{process.pid}/oom_score_adj").write_text(OOM_SCORE)
    try:
        return process.wait(max(0.1, seconds - STOP_SECONDS))
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return None


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all; only its owner may read it or write to its folder.

    Raises:
        OSError: the folder can't be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(temporary, path)


def shut(root: Path, open_paths: Sequence[Path]) -> None:
    """Take from other users everything under `root` but `open_paths`, and let them pass to these.

    Where the isolation hides no files (tier 3), this is what keeps checks, reference, secret and results from student
    code, which runs as another user. Only root can do it, and only where there is another user to be.

    Raises:
        OSError: the files are not ours to close.
    """
    if os.name != "posix" or os.geteuid() != 0:
        return
    allowed = {path.absolute() for path in open_paths}
    root = root.absolute()
    root.chmod(0o711)
    folders = [root]
    while folders:
        for entry in folders.pop().iterdir():
            if entry.is_symlink() or entry in allowed:
                continue
            if any(entry in path.parents for path in allowed):
                entry.chmod(0o711)
                folders.append(entry)
            else:
                entry.chmod(0o700)


def python(module: str, *words: str) -> list[str]:
    """Return the command that runs one of our modules, wherever it is started."""
    return [sys.executable, "-s", "-P", "-m", module, *words]
