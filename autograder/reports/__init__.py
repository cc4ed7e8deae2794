"""One file per format. `write_all` writes the files; `terminal.show` prints."""

from __future__ import annotations

from pathlib import Path

from autograder.records import Report
from autograder.reports import accuracy_json, evidence_json, html, junit, markdown, results_json

__all__ = ["warm_up", "write_all"]


def warm_up() -> None:
    """Compile the page's template now, so that forked workers share it."""
    html.template()


def write_all(report: Report, folder: Path) -> None:
    """Write every format into `folder`, results.json first: it is the one that platforms wait for.

    `evidence.json` and `accuracy.json` stand there when there is something to say in them, and only then: files of an
    earlier run with more steps go.

    Raises:
        OSError: the folder can't be made or written.
    """
    for form in (results_json, html, markdown, junit, evidence_json, accuracy_json):
        form.write(report, folder)
