"""One file per format. `write_all` writes the files; `terminal.show` prints."""

from __future__ import annotations

import os
import tempfile
from dataclasses import fields, replace
from pathlib import Path

from autograder.records import Report
from autograder.reports import accuracy_json, evidence_json, html, junit, markdown, results_json, templates
from autograder.reports.view import content_of

__all__ = ["warm_up", "without_texts", "write_all", "write_bytes", "write_text"]

_FORMATS = (results_json, html, markdown, junit, evidence_json, accuracy_json)
_TEXTS = ("cells", "remarks", "output", "execution", "evidence", "accuracy", "findings")
_TOO_MUCH = "The texts of this report were too much to be written: verdicts and points stand here without them."


def warm_up() -> None:
    """Compile the templates now, so that forked workers share them."""
    templates.page()
    templates.markdown()


def write_all(report: Report, folder: Path) -> None:
    """Write every format into `folder`, results.json first: it is the one that platforms wait for.

    `evidence.json` and `accuracy.json` stand there when there is something to say in them, and only then: files of an
    earlier run with more steps go.

    Raises:
        OSError: the folder can't be made or written.
    """
    content = content_of(report)
    for format in _FORMATS:
        if text := format.render(content):
            write_text(folder / format.NAME, text)
        else:
            (folder / format.NAME).unlink(missing_ok=True)


def without_texts(report: Report) -> Report:
    """Scores and verdicts without what the submission has a hand in: for one whose texts can't be written."""
    entries = tuple(
        replace(entry, outcomes=tuple(replace(o, message="", counterexample=None) for o in entry.outcomes))
        for entry in report.score.items
    )
    bare = Report(
        **{f.name: getattr(report, f.name) for f in fields(Report) if f.name not in _TEXTS},
        remarks=(_TOO_MUCH,),
    )
    return replace(bare, score=replace(report.score, items=entries))


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all: a reader never sees half of it.

    Raises:
        OSError: the folder can't be made or written.
    """
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, as `write_text`.

    Raises:
        OSError: the folder can't be made or written.
    """
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o644)  # mkstemp makes files private, but others collect these
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
