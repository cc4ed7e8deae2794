"""The file of reviews as people have it: zipped, of another encoding, with other separators, with more columns.

What pandas' users would get by saying so is read without being told; what can't be read is a sentence.
"""

from __future__ import annotations

import bz2
import codecs
import contextlib
import csv
import gzip
import io
import json
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from autograder.errors import ConfigError

SIDES = {"negative": 0, "positive": 1}
COLUMNS = ("review", "sentiment")
_COMPRESSED: tuple[tuple[bytes, Callable[[Path], Any]], ...] = (
    (b"\x1f\x8b", lambda path: gzip.open(path)),
    (b"BZh", lambda path: bz2.open(path)),
    (b"\xfd7zXZ", lambda path: lzma.open(path)),
)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32"}
_SEPARATORS = ",;\t|"
_CHUNK = 1 << 20
_BROKEN = (csv.Error, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, NotImplementedError)


@dataclass(frozen=True)
class Layout:
    """How a file is written. `columns`: its header as it stands; `places`: where in it review and sentiment are."""

    encoding: str
    separator: str
    columns: tuple[str, ...]
    places: tuple[int, int]
    packed: bool

    @property
    def plain(self) -> bool:
        """Whether any program reads it as it is."""
        return not self.packed and (self.encoding, self.separator, self.columns) == ("utf-8", ",", COLUMNS)


def rows(path: Path) -> Iterator[tuple[str, str]]:
    """Each review with its sentiment, "positive" or "negative".

    Raises:
        ConfigError: a column is missing, a sentiment is neither, or the file can't be read.
    """
    found = layout(path)
    review, sentiment = found.places
    with _reading(path), _opened(path) as raw, io.TextIOWrapper(raw, found.encoding, newline="") as text:
        lines = csv.reader(text, delimiter=found.separator, skipinitialspace=True)
        next(lines)
        for row in lines:
            if not row:
                continue
            side = row[sentiment].strip().lower() if len(row) > sentiment else ""
            if side not in SIDES or len(row) <= review:
                said = repr(row[sentiment])[:40] if len(row) > sentiment else "missing"
                raise ConfigError(
                    f"{path}: line {lines.line_num}: sentiment is {said}; `positive` or `negative` is expected."
                )
            yield row[review], side


def layout(path: Path) -> Layout:
    """How the file is written, by its beginning, and its encoding by all of it.

    Raises:
        ConfigError: as `rows`.
    """
    with _reading(path):
        packed = _start(path).startswith((*_ZIP, *(magic for magic, _ in _COMPRESSED)))
        encoding = _encoding(path)
        with _opened(path) as raw, io.TextIOWrapper(raw, encoding, newline="") as text:
            head = next(iter(text.readline().splitlines()), "")
        for separator in _SEPARATORS:
            columns = tuple(next(csv.reader([head], delimiter=separator, skipinitialspace=True), []))
            names = [column.strip().lower() for column in columns]
            if set(COLUMNS) <= set(names):
                return Layout(encoding, separator, columns, (names.index("review"), names.index("sentiment")), packed)
    has = ", ".join(f"`{name}`" for name in next(csv.reader([head[:1000]]), [])) or "none"
    raise ConfigError(f"{path}: the columns `review` and `sentiment` are expected; it has {has:.80}.")


def write_plain(path: Path, target: Path) -> None:
    """The same reviews as UTF-8 with commas and two columns.

    Raises:
        ConfigError: as `rows`.
    """
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(rows(path))


def _encoding(path: Path) -> str:
    """By the mark at its start or its zeros; else UTF-8 if all of it is; else Latin-1, which everything is."""
    with _opened(path) as raw:
        start = raw.read(4)
        for mark, name in _MARKS.items():
            if start.startswith(mark):
                return name
        guess = json.detect_encoding(start)
        if guess != "utf-8":
            return guess
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            decoder.decode(start)
            while chunk := raw.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "latin-1"
    return "utf-8"


def _opened(path: Path) -> IO[bytes]:
    """The file's bytes, unpacked.

    Raises:
        ConfigError: a zip that does not hold one table.
    """
    start = _start(path)
    for magic, opening in _COMPRESSED:
        if start.startswith(magic):
            unpacked: IO[bytes] = opening(path)
            return unpacked
    if not start.startswith(_ZIP):
        return path.open("rb")
    archive = zipfile.ZipFile(path)
    names = [name for name in archive.namelist() if not name.endswith("/") and not _is_litter(name)]
    tables = [name for name in names if PurePosixPath(name).suffix.lower() in (".csv", ".tsv", ".txt")]
    if len(tables) != 1:
        raise ConfigError(
            f"{path} is a zip with {len(tables)} CSV files; one is expected: unpack it, or name the file."
        )
    return archive.open(tables[0])


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(5)


def _is_litter(name: str) -> bool:
    return name.startswith("__MACOSX/") or PurePosixPath(name).name.startswith(".")


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turn what libraries say of a broken file into a sentence.

    Raises:
        ConfigError: the file can't be read.
    """
    try:
        yield
    except (OSError, UnicodeDecodeError, *_BROKEN) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        raise ConfigError(f"The reviews {path} can't be read: {reason}.") from error
