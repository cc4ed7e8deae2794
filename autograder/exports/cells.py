"""The cells of CSV files: numbers, texts that are read by people, and ids that a platform compares letter by letter."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal

from autograder.errors import ConfigError
from autograder.exports.people import is_number
from autograder.reports.harmless import clean
from autograder.spreadsheet import defused

_CENT = Decimal("0.01")
_LONGEST = 80  # of what a message shows


def number(value: float | None) -> str:
    """Return the number at two decimals, rounded half up as written; an empty cell where there is none."""
    if value is None or not is_number(value):
        return ""
    return str(Decimal(str(value)).quantize(_CENT, ROUND_HALF_UP) + 0)  # + 0: no minus before a zero


def shown(text: str) -> str:
    """Return a text for people: on one line, nothing unprintable, and no formula."""
    return defused(" ".join(clean(text).split()))


def exact(text: str, who: str, what: str) -> str:
    """Return an id as it is: a platform compares it letter by letter.

    Raises:
        ConfigError: a spreadsheet would take it for a formula, or it holds what no id holds; it can't be changed, since
            the platform would not find it then.
    """
    if text != clean(text) or text != " ".join(text.split()):
        raise ConfigError(f"{who}: {what} {clean(text)[:_LONGEST]!r} holds line ends, odd spaces or unprintable signs.")
    if text != defused(text):
        raise ConfigError(
            f"{who}: {what} {text[:_LONGEST]!r} is a formula to a spreadsheet, and the platform would not find it "
            "if it were changed here; change it there."
        )
    return text


def to_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """Return the rows as a CSV file, UTF-8."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8")
