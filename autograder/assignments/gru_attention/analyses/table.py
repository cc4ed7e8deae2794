"""The table of runs, read from CSV or from the first fitting table of a Markdown text."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import SubmissionError

LARGEST_FILE = 1 << 20  # bytes
Cells = list[str]

NAMES = {  # column -> words of which its heading has one
    "number": {"exp", "experiment", "number", "no", "nr", "run", "setting", "#"},
    "architecture": {"architecture", "arch", "model"},
    "optimizer": {"optimizer", "optimiser", "opt", "optim"},
    "best": {"best"},
    "train": {"train", "training"},
    "valid": {"valid", "validation", "val"},
}
REQUIRED = ("number", "architecture", "optimizer", "train", "valid")
ARCHITECTURES = {"transf": "Transformer", "gru": "GRU", "rnn": "RNN"}
OPTIMIZERS = {"sgd": "SGD", "adam": "Adam"}


@dataclass(frozen=True)
class Row:
    """One run. Perplexities: during the last epoch's training, after it, and the best of any epoch.

    A perplexity that overflowed is inf; one that could not be read is None. `bold`: something in the row is.
    """

    number: int | None
    architecture: str
    optimizer: str
    train: float | None
    valid: float | None
    best: float | None
    bold: bool = False


@dataclass(frozen=True)
class Table:
    """The rows in their order. `presented`: it is meant for readers (Markdown), not for programs (CSV)."""

    rows: tuple[Row, ...]
    presented: bool
    has_best: bool

    def run(self, number: int) -> Row | None:
        """The first row of that number."""
        return next((row for row in self.rows if row.number == number), None)


def read_table(path: Path) -> Table:
    """Raises:
    SubmissionError: the file can't be read, or holds no table with the columns that are needed.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise SubmissionError(f"The table {path.name} can't be read: {error.strerror}.") from error
    if len(data) > LARGEST_FILE:
        raise SubmissionError(f"The table {path.name} is larger than {LARGEST_FILE >> 20} MB.")
    try:
        return parse_table(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SubmissionError(f"The table {path.name} is not a text in UTF-8.") from error


def parse_table(text: str) -> Table:
    """Raises:
    SubmissionError: there is no table with the columns that are needed.
    """
    for lines, presented in ((_csv(text), False), *((part, True) for part in _markdown(text))):
        places = _places(lines[0]) if lines else {}
        if all(name in places for name in REQUIRED):
            rows = tuple(_row(cells, places) for cells in lines[1:] if any(cell.strip() for cell in cells))
            return Table(rows, presented, "best" in places)
    raise SubmissionError(f"There is no table with columns for {', '.join(REQUIRED)}.")


def _csv(text: str) -> list[Cells]:
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    try:
        return list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error:
        return []


def _markdown(text: str) -> list[list[Cells]]:
    """All pipe tables of a text, their headings first."""
    tables: list[list[Cells]] = [[]]
    for line in text.splitlines():
        if "|" not in line:
            tables.append([])
        elif not re.fullmatch(r"[\s|:-]+", line):  # not the rule below the heading
            tables[-1].append([cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")])
    return [table for table in tables if table]


def _places(heading: Cells) -> dict[str, int]:
    """The place of each column that is there; a column counts once, logarithms never."""
    places: dict[str, int] = {}
    for place, cell in enumerate(heading):
        words = set(re.findall(r"[a-z]+|#", cell.lower()))
        name = next((name for name, known in NAMES.items() if words & known), "")
        if name and not words & {"ln", "log"}:
            places.setdefault(name, place)
    return places


def _row(cells: Cells, places: dict[str, int]) -> Row:
    def cell(name: str) -> str:
        place = places.get(name, len(cells))
        return cells[place] if place < len(cells) else ""

    number = re.search(r"\d+", cell("number"))
    return Row(
        number=int(number[0][:9]) if number else None,
        architecture=_known(cell("architecture"), ARCHITECTURES),
        optimizer=_known(cell("optimizer"), OPTIMIZERS),
        train=_perplexity(cell("train")),
        valid=_perplexity(cell("valid")),
        best=_perplexity(cell("best" if "best" in places else "valid")),
        bold=any("**" in text or "__" in text for text in cells),
    )


def _known(text: str, names: dict[str, str]) -> str:
    """The name that the text holds, else the bare text."""
    return next((name for part, name in names.items() if part in text.lower()), text.strip("*_ "))


def _perplexity(text: str) -> float | None:
    """`**1,234.5**` as a number; "nan" and "inf" are inf."""
    try:
        value = float(re.sub(r"[*_`,\s]", "", text))
    except ValueError:
        return None
    return math.inf if math.isnan(value) else value


def lowest(rows: Sequence[Row]) -> Row | None:
    """The row with the best validation perplexity."""
    return min((row for row in rows if row.best is not None), key=lambda row: row.best or 0.0, default=None)
