"""summary.csv: a whole run as one table, for spreadsheets and course systems.

One row per submission: its name, its exit code, total, maximum and bonus points, then the score of each item in the
rubric's order. What has no score, or none yet, is empty. Texts that a spreadsheet would take for a formula start
with an apostrophe.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from autograder.reports.view import write_text
from autograder.rubric import Rubric
from autograder.runners.local import Result

_FORMULA = ("=", "+", "-", "@", "\t")


def write_summary(results: Sequence[Result], rubric: Rubric, path: Path) -> None:
    """Write it, sorted by name.

    Raises:
        OSError: the folder can't be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["name", "exit_code", "total", "maximum", "bonus", *(item.id for item in rubric.items)])
    for result in sorted(results, key=lambda result: result.job.name):
        writer.writerow(_row(result, rubric))
    write_text(path, text.getvalue())


def _row(result: Result, rubric: Rubric) -> list[object]:
    name = result.job.name
    bonus = [points for item in rubric.items if item.bonus and (points := result.scores.get(item.id)) is not None]
    return [
        f"'{name}" if name.startswith(_FORMULA) else name,
        result.exit_code,
        result.total,
        result.maximum,
        sum(bonus) if bonus else None,
        *(result.scores.get(item.id) for item in rubric.items),
    ]
