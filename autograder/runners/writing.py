"""What of a finished report is written, and what is told of it; whether published points would fall."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograder.bounded import Stages
from autograder.errors import StageOverrun
from autograder.evidence import ReportFindings
from autograder.marks import proposed_marks
from autograder.records import Report
from autograder.reports import warm_up, without_texts, write_all, write_text
from autograder.reports.words import total_text
from autograder.run import Run

TOTAL = "the total"


def floor_of(scores: Mapping[str, float], total: float | None) -> dict[str, float]:
    """The points that were published, by item, and their total."""
    return {**scores, **({TOTAL: total} if total is not None else {})}


def fallen_items(report: Report, floor: Mapping[str, float]) -> tuple[str, ...]:
    """The items, and perhaps the total, that have fewer points than were published, or none any more. Where the grader
    failed it has said nothing about the points, and says so loudly itself."""
    if not floor or report.exit_code == 3:
        return ()
    now = {entry.item.id: entry.score for entry in report.score.items} | {TOTAL: report.score.total}
    return tuple(name for name, least in floor.items() if (now.get(name) or 0.0) < least)


def write(run: Run, report: Report, folder: Path) -> Report:
    """Write all files; the report as it was written: where its texts are too much, without them.

    Raises:
        OSError: the folder can't be written.
    """

    def work() -> None:
        write_all(report, folder)
        write_proposals(run, report, folder)

    try:
        Stages().run("write", work)
        return report
    except StageOverrun:
        report = without_texts(report)
        work()
        return report


def write_many(run: Run, reports: Mapping[Path, Report]) -> None:
    """Write all files of several submissions, by folder: in one fork, and where one of them takes it down, in one each.

    Raises:
        OSError: a folder can't be written.
    """
    warm_up()

    def work() -> None:
        for folder, report in reports.items():
            write_all(report, folder)
            write_proposals(run, report, folder)

    try:
        Stages().run("write", work)
    except StageOverrun:
        for folder, report in reports.items():
            write(run, report, folder)


def row_of(report: Report) -> dict[str, Any]:
    """The fields of Result that the worker knows."""
    score = report.score
    return {
        "exit_code": report.exit_code,
        "total": score.total,
        "told": total_text(score),
        "problem": report.problem or report.failure,
        "maximum": None if report.failure else score.maximum,
        "pending": None if report.failure or report.problem else sum(part.pending for part in score.parts),
        "scores": {entry.item.id: entry.score for entry in score.items if entry.score is not None},
    }


def write_proposals(run: Run, report: Report, folder: Path) -> None:
    """For staff: marks.proposed.toml, a marks file to confirm or change, where the report was read or checks suggest
    something for an item that people mark.

    Raises:
        OSError: the file can't be written.
    """
    path = folder / "marks.proposed.toml"
    suggested = [entry for entry in report.score.items if entry.proposed is not None]
    if report.findings is None and not suggested:
        path.unlink(missing_ok=True)
        return
    findings = report.findings or ReportFindings("")
    write_text(path, proposed_marks(report.submission, findings, run.rubric, suggested))
