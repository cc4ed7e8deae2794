"""Reviews as files and in the containers that notebooks use for them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from autograder.student.wire import Series

CONTAINERS = ("list", "numpy.ndarray", "pandas.Series")
Row = tuple[str, str]


def contain(items: list[str], name: str) -> Any:
    """The strings as a list, a numpy object array, or a pandas Series whose index is not in order."""
    if name == "list":
        return items
    index = [(7 * i + 3) % max(len(items), 1) + len(items) for i in range(len(items))]
    return Series(name, items, index if name == "pandas.Series" else None)


def csv_bytes(rows: Sequence[Row]) -> bytes:
    """The rows as the CSV file that the assignment names: columns review and sentiment, quoted where needed."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["review", "sentiment"])
    writer.writerows(rows)
    return buffer.getvalue().encode()
