"""Private folders of student processes, where the tier has no small file system for each."""

from __future__ import annotations

import os
import subprocess

from autograder.wire.limits import Limits

_BLOCK = 512  # the unit of st_blocks
_MB = 1 << 20


def excess(folder: str, limits: Limits) -> str:
    """How `folder` breaks the limits, one clause; empty when it keeps them. Never follows links."""
    files = blocks = 0
    waiting = [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    files += 1
                    blocks += entry.stat(follow_symlinks=False).st_blocks
                    if files > limits.scratch_files:
                        return f"it made more than {limits.scratch_files} files"
                    if blocks * _BLOCK > limits.scratch_mb * _MB:
                        return f"it wrote more than {limits.scratch_mb} MB"
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        except OSError:  # removed meanwhile
            continue
    return ""


def remove(folder: str) -> None:
    """Remove a folder whose owner is dead. `rm`, since shutil.rmtree recurses, and a student chose the depth."""
    subprocess.run(["rm", "-rf", "--", folder], check=False, stdin=subprocess.DEVNULL)
