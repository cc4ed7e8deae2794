"""summary.csv: a whole run as one table, for spreadsheets and course systems.

One row per submission: its name, its exit code, the total under the rubric's rules and its maximum, the points without
the bonus, the bonus points, the points that wait for a person or another step, then the score of each item in the
rubric's order. What has no score, or none yet, is empty; excused items count nowhere. Texts that a spreadsheet would
take for a formula are defused by apostrophes, also where it takes `;` or a tab for the end of a cell.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from autograder.reports import write_text
from autograder.rubric import Rubric
from autograder.runners.local import Result
from autograder.spreadsheet import defused

HEAD = ("name", "exit_code", "total", "maximum", "points", "bonus", "pending")


def write_summary(results: Sequence[Result], rubric: Rubric, path: Path) -> None:
    """Write it, sorted by name.

    Raises:
        OSError: the folder can't be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*HEAD, *(item.id for item in rubric.items)])
    for result in sorted(results, key=lambda result: result.job.name):
        writer.writerow(_row(result, rubric))
    write_text(path, text.getvalue())


def _row(result: Result, rubric: Rubric) -> list[object]:
    scores = result.scores
    plain = [scores[item.id] for item in rubric.items if not item.bonus and item.id in scores]
    bonus = [scores[item.id] for item in rubric.items if item.bonus and item.id in scores]
    return [
        defused(result.job.name),
        result.exit_code,
        result.total,
        result.maximum,
        sum(plain) if plain else None,
        sum(bonus) if bonus else None,
        result.pending,
        *(scores.get(item.id) for item in rubric.items),
    ]
