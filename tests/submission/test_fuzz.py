"""Whatever the bytes, only SubmissionError comes out, and nothing of the hand-in runs or lands on the disk."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from autograder.errors import SubmissionError
from autograder.records import Submission
from fixtures.labrnn.reading import read_submission

from .handins import PDF, SMALL, book, dump, zipped

WHOLE = dump(book("def tokenize(): pass", ["x = 1\n", "y"], metadata={"kernelspec": {"language": "python"}}))
ZIP = zipped({"a/LabRNN.ipynb": WHOLE, "a/report.pdf": PDF, "b.zip": zipped({"hw.ipynb": WHOLE})})
SUFFIXES = st.sampled_from([".ipynb", ".py", ".zip", ".txt", ""])
FUZZ = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
CELLS = st.lists(
    JSON
    | st.fixed_dictionaries(
        {}, optional={"cell_type": st.sampled_from(["code", "markdown", "x"]) | JSON, "source": JSON, "input": JSON}
    ),
    max_size=4,
)
BOOKS = st.fixed_dictionaries(
    {},
    optional={
        "nbformat": st.sampled_from([1, 2, 3, 4, 5]) | JSON,
        "cells": CELLS | JSON,
        "worksheets": st.lists(st.fixed_dictionaries({"cells": CELLS}) | JSON, max_size=2) | JSON,
        "metadata": st.fixed_dictionaries({}, optional={"kernelspec": JSON, "language_info": JSON}) | JSON,
    },
)
NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20)


def attempt(name: str, data: bytes) -> None:
    """Reads in a folder of its own and looks at all that comes out."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        try:
            _check(read_submission(path, limits=SMALL))
        except SubmissionError as error:
            assert str(error).isprintable() and str(error).endswith(".")
        assert path.read_bytes() == data and list(Path(folder).iterdir()) == [path]


def _check(submission: Submission) -> None:
    assert submission.name and submission.cells
    for text in (*(cell.source for cell in submission.cells), *submission.markdown):
        assert type(text) is str and text.encode() is not None
    for remark in submission.remarks:
        assert remark.isprintable() and remark.endswith(".")
    numbers = [cell.number for cell in submission.cells]
    assert numbers == sorted(set(numbers)) and numbers[0] >= 1


@st.composite
def mutated(draw: st.DrawFn, whole: bytes) -> bytes:
    """The bytes with a few changed, cut out, doubled, or put in."""
    data = whole
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        end = min(len(data), at + draw(st.integers(0, 8)))
        data = data[:at] + draw(st.binary(max_size=6) | st.just(data[at:end] * 2)) + data[end:]
    return data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data


@FUZZ
@given(st.binary(max_size=400), SUFFIXES)
@example(b"\xff\xfe", ".ipynb")
@example(b"\0", ".py")
def test_random_bytes(data: bytes, suffix: str) -> None:
    attempt("hand-in" + suffix, data)


@FUZZ
@given(BOOKS)
def test_random_notebooks(notebook: dict[str, Any]) -> None:
    attempt("LabRNN.ipynb", json.dumps(notebook).encode())


@FUZZ
@given(mutated(WHOLE), SUFFIXES)
def test_mutated_notebooks(data: bytes, suffix: str) -> None:
    attempt("hand-in" + suffix, data)


@FUZZ
@given(mutated(ZIP), SUFFIXES)
def test_mutated_zips(data: bytes, suffix: str) -> None:
    attempt("hand-in" + suffix, data)


@FUZZ
@given(st.dictionaries(NAMES, st.sampled_from([WHOLE, ZIP, PDF, b""]), max_size=4))
def test_zips_with_any_names(files: dict[str, bytes]) -> None:
    attempt("a.zip", zipped(files))
