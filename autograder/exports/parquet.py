"""The table of `csv_table` as a Parquet file: texts as they are but for what is unprintable, numbers as numbers.

DuckDB writes it. pyarrow would, too, but where it is installed pandas keeps texts in another way, in notebooks as well.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from autograder.errors import ConfigError
from autograder.exports.csv_table import HEAD, TEXTS, item_columns, record
from autograder.exports.options import Options
from autograder.grades import Class
from autograder.reports.harmless import clean

NAME = "parquet"
FILE = "grades.parquet"
SETTINGS = {"threads": 1, "autoinstall_known_extensions": False, "autoload_known_extensions": False}


def files(graded: Class, options: Options) -> dict[str, bytes]:
    """Return the Parquet file.

    Raises:
        ConfigError: an item's id is the title of another column; capitals make no difference there.
    """
    columns = (*HEAD, *item_columns(graded))
    titles = [name.casefold() for name in columns]
    if twice := [name for name, title in zip(columns, titles, strict=True) if titles.count(title) > 1]:
        raise ConfigError(f"The columns {' and '.join(map(repr, twice))} of a Parquet file differ in capitals alone.")
    rows = [_values(record(graded, grade), columns) for grade in graded.grades]
    return {FILE: _written(columns, rows)}


def _values(row: Mapping[str, str | float | None], columns: tuple[str, ...]) -> list[str | float | None]:
    return [clean(str(row[name])) if name in TEXTS else row[name] for name in columns]


def _written(columns: tuple[str, ...], rows: list[list[str | float | None]]) -> bytes:
    """Return the table as the bytes of a file."""
    import duckdb  # half a second, which no other format needs

    kinds = ", ".join(f"{_quoted(name)} {'VARCHAR' if name in TEXTS else 'DOUBLE'}" for name in columns)
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(config=SETTINGS) as database:
        path = Path(folder, FILE)
        database.execute(f"CREATE TABLE grades ({kinds})")
        if rows:
            database.executemany(f"INSERT INTO grades VALUES ({', '.join('?' * len(columns))})", rows)
        database.table("grades").write_parquet(str(path))
        return path.read_bytes()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
