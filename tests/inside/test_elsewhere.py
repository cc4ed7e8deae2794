"""Paths of the machine that a notebook was written on."""

from __future__ import annotations

import glob
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import torch

from autograder.assignments.labrnn.reviews import NAMED_LIKE
from autograder.inside.elsewhere import elsewhere
from autograder.kit.inside.csv_fallback import set_csv_fallback

FOLDERS = (
    "/proc/no-such-drive/MyDrive/Deep Learning/lab 1",  # can't be made by anybody
    "../../../../../../../proc/no/home/anna",
    "D:\\labs\\rnn",
    "d:/labs",
    "~/Desktop/lab",
    "made/by/hand",
)


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    with elsewhere(str(tmp_path / "elsewhere")):
        yield tmp_path


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_is_written_anywhere_is_found_there(folder: str, scratch: Path) -> None:
    path = f"{folder}/best.pt"
    assert not os.path.exists(path)
    torch.save({"weight": torch.ones(2)}, path)
    assert os.path.exists(path) and os.path.getsize(path) > 0
    assert torch.load(path)["weight"].sum() == 2
    os.remove(path)
    assert not os.path.exists(path)


@pytest.mark.parametrize("folder", FOLDERS)
def test_other_libraries_write_there_too(folder: str) -> None:
    pd.DataFrame({"loss": [0.5]}).to_csv(f"{folder}/log.csv", index=False)
    assert pd.read_csv(f"{folder}/log.csv")["loss"].tolist() == [0.5]
    with open(f"{folder}/vocab.json", "w") as file:
        json.dump({"a": 1}, file)
    with open(f"{folder}/vocab.json") as file:
        assert json.load(file) == {"a": 1}
    os.replace(f"{folder}/vocab.json", f"{folder}/words.json")
    assert Path(f"{folder}/words.json").exists() and not Path(f"{folder}/vocab.json").exists()


@pytest.mark.parametrize("folder", FOLDERS)
def test_folders_can_be_made_and_listed(folder: str) -> None:
    os.makedirs(f"{folder}/runs", exist_ok=True)
    os.makedirs(f"{folder}/runs", exist_ok=True)
    Path(f"{folder}/runs/one.txt").write_text("1")
    assert os.path.isdir(f"{folder}/runs") and os.listdir(f"{folder}/runs") == ["one.txt"]
    assert [os.path.basename(p) for p in glob.glob(f"{folder}/runs/*.txt")] == ["one.txt"]


def test_a_notebook_goes_to_its_drive(scratch: Path) -> None:
    here = os.getcwd()
    os.chdir("/proc/no-such-drive/MyDrive")
    assert os.getcwd() == here
    os.makedirs("/proc/no/lab")
    os.chdir("/proc/no/lab")
    assert os.getcwd() == f"{scratch}/elsewhere/proc/no/lab"
    with pytest.raises(FileNotFoundError):
        os.chdir("no_such_folder")


def test_what_is_missing_stays_missing() -> None:
    for path in ("/proc/no-such-drive/x.pt", "D:\\x.pt", "x.pt"):
        with pytest.raises(FileNotFoundError):
            open(path)
    with pytest.raises(FileNotFoundError):
        os.listdir("/proc/no-such-drive/x")


def test_a_table_that_was_written_is_not_the_file_of_reviews(scratch: Path) -> None:
    reviews = scratch / "reviews.csv"
    reviews.write_text("review,sentiment\na,positive\n")
    set_csv_fallback(str(reviews), NAMED_LIKE)
    try:
        with elsewhere(str(scratch / "other")):
            for folder in FOLDERS:
                pd.DataFrame({"loss": [0.5]}).to_csv(f"{folder}/results_log.csv", index=False)
                assert pd.read_csv(f"{folder}/results_log.csv").columns.tolist() == ["loss"]
            assert pd.read_csv("/kaggle/input/imdb/IMDB Dataset.csv").columns.tolist() == ["review", "sentiment"]
    finally:
        set_csv_fallback(None)


def test_whole_models_are_read() -> None:
    torch.save(torch.nn.Linear(2, 1), "model.pt")
    assert isinstance(torch.load("model.pt"), torch.nn.Linear)


def test_the_hooks_go_away_again(tmp_path: Path) -> None:
    now = (open, os.stat, os.mkdir, torch.save, torch.load)
    with elsewhere(str(tmp_path)):
        assert open is not now[0]
    assert (open, os.stat, os.mkdir, torch.save, torch.load) == now
