"""Files of reviews as people have them."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.errors import ConfigError
from autograder.kit.text_classification.reviews_file import layout, rows, write_plain
from autograder.kit.text_classification.tokens import check_reviews, load

TEXTS = [f'A film, "number" {n}; naïve\tand <br /> long\nenough' for n in range(320)]
WANTED = [(text, "positive" if n % 2 else "negative") for n, text in enumerate(TEXTS)]


def table(
    separator: str = ",",
    header: tuple[str, ...] = ("review", "sentiment"),
    *,
    end: str = "\n",
    index: bool = False,
) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, lineterminator=end)
    writer.writerow(["", *header] if index else header)
    for n, row in enumerate(WANTED):
        writer.writerow([n, *row] if index else row)
    return text.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


PLAIN = table().encode()
READ: dict[str, bytes] = {
    "plain": PLAIN,
    "mark": b"\xef\xbb\xbf" + PLAIN,
    "mark_crlf": table(end="\r\n").encode("utf-8-sig"),
    "utf16": table().encode("utf-16"),
    "utf16_without_mark": table().encode("utf-16-le"),
    "utf32": table().encode("utf-32"),
    "latin1": table().encode("latin-1"),
    "crlf": table(end="\r\n").encode(),
    "semicolons": table(";").encode(),
    "tabs": table("\t").encode(),
    "bars": table("|").encode(),
    "upper_case": table(header=("Review", "SENTIMENT")).encode(),
    "spaced": table(header=(" review ", " sentiment")).encode(),
    "index": table(index=True).encode(),
    "other_order_and_sides": table().replace(",positive", ", Positive ").encode(),
    "gzip": gzip.compress(PLAIN),
    "bzip2": bz2.compress(PLAIN),
    "xz": lzma.compress(PLAIN),
    "zip": zipped({"IMDB Dataset.csv": PLAIN, "__MACOSX/._IMDB Dataset.csv": b"\0", "readme.md": b"x"}),
    "zip_in_a_folder": zipped({"data/": b"", "data/reviews.csv": table(";").encode("utf-8-sig")}),
    "excel": table(";", end="\r\n").encode("utf-16"),
}
REFUSED: dict[str, tuple[bytes, str]] = {
    "two_in_a_zip": (zipped({"train.csv": PLAIN, "test.csv": PLAIN}), "a zip with 2 CSV files; one is expected"),
    "none_in_a_zip": (zipped({"readme.md": b"x"}), "a zip with 0 CSV files"),
    "cut_zip": (zipped({"a.csv": PLAIN})[:-40], "can't be read: "),
    "cut_gzip": (gzip.compress(PLAIN)[:-20], "can't be read: "),
    "empty": (b"", "it has none"),
    "other_columns": (b"text,label\na,1\n", "it has `text`, `label`"),
    "other_sides": (PLAIN.replace(b",positive", b",5"), "sentiment is '5'"),
    "no_side": (b"review,sentiment\nonly a review\n", "line 2: sentiment is missing"),
    "few": (b"review,sentiment\na,positive\n", "holds 1 reviews; at least 300"),
    "zeros": (b"\0" * 1000, "can't be read|it has"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "are expected|can't be read"),
}


@pytest.mark.parametrize("name", READ)
def test_read_as_users_of_pandas_expect(name: str, tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.write_bytes(READ[name])
    assert list(rows(path)) == WANTED
    check_reviews(path)
    assert len(load(path, tmp_path / "cache").labels) == len(WANTED)


@pytest.mark.parametrize("name", READ)
def test_notebooks_get_a_plain_copy_where_the_file_is_odd(name: str, tmp_path: Path) -> None:
    path, copy = tmp_path / "reviews.csv", tmp_path / "copy.csv"
    path.write_bytes(READ[name])
    assert layout(path).plain == (name in ("plain", "crlf", "other_order_and_sides"))
    write_plain(path, copy)
    assert layout(copy).plain and list(rows(copy)) == WANTED


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("reader", [check_reviews, load], ids=["before", "for good"])
def test_what_can_not_be_read_is_a_sentence_to_staff(
    name: str, reader: Callable[[Path], object], tmp_path: Path
) -> None:
    data, sentence = REFUSED[name]
    path = tmp_path / "reviews.csv"
    path.write_bytes(data)
    with pytest.raises(ConfigError, match=sentence) as raised:
        reader(path)
    assert str(path) in str(raised.value) and "\n" not in str(raised.value)
