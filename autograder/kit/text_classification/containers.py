"""Reviews as files and in the containers that notebooks use for them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.wire.frames import DTYPES, Array, Scalar, Series

PAD, UNK = "<pad>", "<unk>"
CONTAINERS = ("list", "numpy.ndarray", "pandas.Series")
WORDS = {"positive": "positive", "negative": "negative"}
Row = tuple[str, str]


@dataclass(frozen=True)
class Reading:
    """How a notebook's `IMDB` is handed its rows: the containers of x and y, and what stands for the two words."""

    x: str
    y: str
    labels: tuple[Any, Any] = ("positive", "negative")

    def parts(self, rows: Sequence[Row]) -> tuple[Any, Any]:
        """x and y of these rows."""
        names = dict(zip(WORDS, self.labels, strict=True))
        return contain([review for review, _ in rows], self.x), contain([names[word] for _, word in rows], self.y)


def contain(items: Sequence[Any], name: str) -> Any:
    """The strings or numbers as a list, a numpy array, a tensor, or a pandas Series whose index is not in order. What
    no array of numbers can hold is no tensor, but a list."""
    if name == "tuple":
        return tuple(items)
    if name in ("tensor", "numpy.ndarray") and items and {type(v) for v in items} <= {int, float, bool}:
        array = np.array(items)
        if array.dtype.name in DTYPES:
            return Array("tensor" if name == "tensor" else "ndarray", array)
    if name in CONTAINERS[1:]:
        index = [(7 * i + 3) % max(len(items), 1) + len(items) for i in range(len(items))]
        return Series(name, list(items), index if name == "pandas.Series" else None)
    return list(items)


def container_of(part: Any) -> str:
    """The container, of those that `contain` makes, that is most like a part of `load_imdb`'s answer."""
    if isinstance(part, Array):
        return "tensor" if part.kind == "tensor" else "numpy.ndarray"
    if isinstance(part, Series):
        return "pandas.Series" if part.index is not None else "numpy.ndarray"
    return "tuple" if type(part) is tuple else "list"


def handed_back(part: Any) -> Any:
    """A part of `load_imdb`'s answer as it came, rebuilt so that it can be handed back."""
    if isinstance(part, Series):
        index = part.index if part.index is not None and {type(label) for label in part.index} == {int} else None
        return Series("numpy.ndarray" if index is None else "pandas.Series", [_plain(v) for v in part.values], index)
    return [_plain(v) for v in part] if type(part) in (list, tuple) else part


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Scalar) else value


def csv_bytes(rows: Sequence[Row]) -> bytes:
    """The rows as the CSV file that the assignment names: columns review and sentiment, quoted where needed."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["review", "sentiment"])
    writer.writerows(rows)
    return buffer.getvalue().encode()
