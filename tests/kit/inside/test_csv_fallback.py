"""Missing CSV files: what is served in their place, and what is not."""

from __future__ import annotations

import builtins
import io
import os
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pandas as pd
import pytest

from autograder.assignments.labrnn.reviews import NAMED_LIKE
from autograder.inside.loader import Workspace
from autograder.kit.inside.csv_fallback import name_everywhere, second_chance, set_csv_fallback

CSV = "review,sentiment\ngood,positive\nbad,negative\n"


@pytest.fixture
def fallback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    path = tmp_path / "data.bin"
    path.write_text(CSV)
    set_csv_fallback(str(path), NAMED_LIKE)
    yield path
    set_csv_fallback(None)


# However a notebook looks for its CSV, it finds the fallback.
def test_csv_fallback(fallback: Path) -> None:
    drive = "/content/drive/MyDrive/IMDB Dataset.csv"
    assert list(pd.read_csv(drive).columns) == ["review", "sentiment"]
    assert len(pd.read_csv(Path("IMDBDataset.CSV"))) == 2
    assert len(pd.read_csv("./a.csv", encoding="utf-8", engine="python")) == 2
    with open(drive) as file:
        assert file.read() == CSV
    with io.open("x.csv", encoding="utf-8") as file:  # noqa: UP020
        assert file.readline() == "review,sentiment\n"
    with Path(drive).open("rb") as binary:
        assert binary.read(6) == b"review"
    assert Path(drive).read_text() == CSV
    assert os.path.exists(drive)
    assert os.path.isfile(drive)
    assert Path(drive).exists()
    assert os.path.getsize(drive) == len(CSV) == os.stat(drive).st_size


# Only missing files, only CSV, only reading.
def test_csv_fallback_limits(fallback: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text("a\n1\n")
    assert own.read_text() == "a\n1\n"
    for name in ("missing.txt", "csv", "missing.csv.zip"):
        assert not os.path.exists(name)
        with pytest.raises(FileNotFoundError):
            Path(name).read_text()
    with pytest.raises(FileNotFoundError):
        (tmp_path / "no" / "such.csv").open("w")
    new = tmp_path / "new.csv"
    new.write_text("b\n")
    assert new.read_text() == "b\n"
    assert fallback.read_text() == CSV


# Without a fallback the hooks are gone.
def test_csv_fallback_ends(fallback: Path) -> None:
    set_csv_fallback(None)
    assert not os.path.exists("missing.csv")
    assert builtins.open is io.open
    assert builtins.open.__module__ in ("io", "_io")
    with pytest.raises(ImportError):
        import google.colab  # noqa: F401


# Seen: load_imdb mounts Drive itself and reads a fixed path.
def test_load_imdb_from_drive(fallback: Path) -> None:
    workspace = Workspace("submission")
    workspace.load_cell(
        1,
        dedent("""
            import pandas as pd
            def load_imdb(base_csv='./IMDBDataset.csv'):
                from google.colab import drive
                drive.mount('/content/drive')
                return pd.read_csv('/content/drive/MyDrive/IMDB Dataset.csv')['review'].tolist()
            """),
    )
    assert workspace.namespace["load_imdb"]() == ["good", "bad"]


# A log, a cleaned copy or results are there once they were written, not before.
def test_files_of_the_notebook_itself(fallback: Path) -> None:
    for name in ("results.csv", "imdb_clean.csv", "train_log.csv", "runs/history.csv", "cache.csv", "other.csv"):
        assert not os.path.exists(name)
        with pytest.raises(FileNotFoundError):
            pd.read_csv(name)
    for name in (
        "IMDB_Dataset (1).csv",
        "movie_reviews.csv",
        "/kaggle/input/imdb-dataset-of-50k-movie-reviews/data.csv",
    ):
        assert os.path.exists(name)
    pd.DataFrame({"a": [1]}).to_csv("imdb_clean.csv")
    assert list(pd.read_csv("imdb_clean.csv")["a"]) == [1]


# Of what a call that failed had asked for, the next is served.
def test_insisting(fallback: Path) -> None:
    assert not second_chance()
    assert not os.path.exists("my_clean.csv")
    assert second_chance() and os.path.exists("my_clean.csv") and not second_chance()
    set_csv_fallback(None)
    assert not os.path.exists("my_clean.csv")


def test_names_that_are_no_pattern_s_are_not_there(tmp_path: Path) -> None:
    path = tmp_path / "data.bin"
    path.write_text(CSV)
    set_csv_fallback(str(path))
    try:
        assert not os.path.exists("IMDBDataset.csv") and len(pd.read_csv("text.csv")) == 2
    finally:
        set_csv_fallback(None)


def test_links_lead_to_the_file(fallback: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    name_everywhere(str(fallback), ("a.csv", "b c.csv"))
    for name in ("a.csv", "drive/MyDrive/b c.csv", "drive/My Drive/a.csv"):
        assert Path(name).is_symlink() and Path(name).read_text() == CSV
