"""The table of `csv_table` as a Parquet file: texts as they are but for what is unprintable, numbers as numbers."""

from __future__ import annotations

import io

from autograder.errors import ConfigError
from autograder.exports.csv_table import HEAD, TEXTS, item_columns, record
from autograder.exports.options import Options
from autograder.grades import Class
from autograder.reports.harmless import clean

NAME = "parquet"


def files(graded: Class, options: Options) -> dict[str, bytes]:
    """Return the Parquet file.

    Raises:
        ConfigError: pyarrow is missing, or an item's id is the title of another column.
    """
    import pandas  # half a second, which no other format needs

    records = [record(graded, grade) for grade in graded.grades]
    columns = {
        name: [clean(str(row[name])) for row in records]
        if name in TEXTS
        else pandas.array([row[name] for row in records], dtype="Float64")
        for name in (*HEAD, *item_columns(graded))
    }
    data = io.BytesIO()
    try:
        pandas.DataFrame(columns).to_parquet(data, engine="pyarrow", index=False)
    except ImportError as error:
        raise ConfigError(
            "Parquet files are written with pyarrow, which is not installed: pip install pyarrow, but in another"
            " environment than one that grades: with it pandas keeps the texts of notebooks in another way."
        ) from error
    return {"grades.parquet": data.getvalue()}
