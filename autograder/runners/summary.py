"""summary.csv: a whole run as one table, for spreadsheets and course systems.

One row per submission: its name, its exit code, the total under the rubric's rules and its maximum, the points without
the bonus, the bonus points, the points that wait for a person or another step, then the score of each item in the
rubric's order. What has no score, or none yet, is empty; excused items count nowhere. Texts that a spreadsheet would
take for a formula are defused by apostrophes, also where it takes `;` or a tab for the end of a cell.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

from autograder.reports import write_text
from autograder.rubric import Rubric
from autograder.runners.local import Result

HEAD = ("name", "exit_code", "total", "maximum", "points", "bonus", "pending")
# What may start a formula, at the start of a text or of what another locale takes for a cell of its own. Spreadsheets
# drop spaces and quotes before it, and read full-width signs as the plain ones.
_FORMULA = re.compile(r"""(^|[;,|\t\r\n])(?=[\s"'\u200b\ufeff]{0,100}[=+\-@\uff1d\uff0b\uff0d\uff20])|(?=^[\t\r])""")
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(?:[.,][0-9]{1,30})?")


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


def defused(text: str) -> str:
    """The text with an apostrophe before all that a spreadsheet would take for a formula; numbers stay numbers."""
    if _NUMBER.fullmatch(text):
        return text
    return _FORMULA.sub(lambda match: f"{match[0]}'", text)
