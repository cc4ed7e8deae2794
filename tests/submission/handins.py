"""Small notebooks and zips for the tests of this room."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

from autograder.records import Submission
from autograder.submission import ReadLimits
from fixtures.labrnn.reading import read_submission

PDF = b"%PDF-1.4\n"
LARGE = ReadLimits()
SMALL = ReadLimits(
    file_bytes=1_000_000, total_bytes=2_000_000, files=50, cells=100, text_chars=10_000, code_chars=10_000
)


def book(*sources: Any, **extra: Any) -> dict[str, Any]:
    """A notebook of version 4 with these code cells."""
    cells = [{"cell_type": "code", "metadata": {}, "source": source, "outputs": []} for source in sources]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells, **extra}


def dump(notebook: Any) -> bytes:
    return json.dumps(notebook, indent=1, ensure_ascii=False).encode("utf-8", "surrogatepass")


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def fill(folder: Path, files: dict[str, bytes]) -> Path:
    """Writes files below a folder and gives the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def read(folder: Path, name: str, data: bytes, limits: ReadLimits = LARGE) -> Submission:
    """Writes one file and reads it as a hand-in."""
    fill(folder, {name: data})
    return read_submission(folder / name, limits=limits)


def sources(submission: Submission) -> list[str]:
    return [cell.source for cell in submission.cells]
