"""The class as one table, for people and their programs: a row per student, a column per item.

Columns: `id, name, email, section, login, submission` (the name of its results), `status, handed_in` (ISO 8601),
`total, maximum` (without what the student is excused from), `raw` (before deductions), `pending` (ids of items),
`comment`, then the score of each item under its id. What has no value is empty. In the CSV file all texts are defused:
no platform matches them.
"""

from __future__ import annotations

from collections.abc import Mapping

from autograder.errors import ConfigError
from autograder.exports.cells import number, shown, to_csv
from autograder.exports.options import Options
from autograder.exports.people import comment, is_number, own_maximum
from autograder.grades import Class, Grade

NAME = "csv"
TEXTS = (
    "id", "name", "email", "section", "login", "submission", "status", "handed_in", "pending", "comment",
)  # fmt: skip
NUMBERS = ("total", "maximum", "raw")
HEAD = (*TEXTS[:8], *NUMBERS, *TEXTS[8:])


def files(graded: Class, options: Options) -> dict[str, bytes]:
    """Return the CSV file.

    Raises:
        ConfigError: an item's id is the title of another column.
    """
    items = item_columns(graded)
    rows = [[_cell(name, value) for name, value in record(graded, grade).items()] for grade in graded.grades]
    return {"grades.csv": to_csv([[*HEAD, *map(shown, items)], *rows])}


def item_columns(graded: Class) -> list[str]:
    """Return the titles of the items' columns.

    Raises:
        ConfigError: an item's id is the title of another column.
    """
    items = [item.id for item in graded.items]
    if twice := [item for item in items if item in HEAD]:
        raise ConfigError(f"An item has the id {twice[0]!r}, which is the title of another column.")
    return items


def record(graded: Class, grade: Grade) -> Mapping[str, str | float | None]:
    """Return a student's row, by title of the column."""
    person, hand_in = grade.person, grade.hand_in
    scores = {own.item.id: own.score for own in grade.items}
    row: dict[str, str | float | None] = {
        "id": person.id,
        "name": person.name,
        "email": person.email,
        "section": person.section,
        "login": person.login,
        "submission": hand_in.name if hand_in else "",
        "status": grade.status,
        "handed_in": hand_in.time.isoformat() if hand_in and hand_in.time else "",
        "total": grade.total,
        "maximum": own_maximum(graded, grade),
        "raw": grade.raw,
        "pending": ", ".join(grade.pending),
        "comment": comment(grade),
    }
    row |= {item: scores.get(item) for item in item_columns(graded)}
    return {name: value if isinstance(value, str) or is_number(value) else None for name, value in row.items()}


def _cell(name: str, value: str | float | None) -> str:
    if isinstance(value, str):
        return shown(value)
    return number(value) if value is None or name in NUMBERS else repr(float(value))  # an item keeps its own steps
