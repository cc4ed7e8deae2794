"""What the tests of the reference share: synthetic reviews, and stop words that need no download."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import nltk.corpus
import numpy as np
import pytest

from reference.labrnn import module

STOP_WORDS = ["a", "and", "in", "is", "it", "not", "of", "the", "to", "was", "don't"]
Reviews = tuple[list[str], list[str]]


def synthetic_reviews(n: int, seed: int = 0) -> Reviews:
    """Return n unique reviews of a small language, half positive and half negative.

    Lengths are lognormal (median 15 words, 1 in 20 has 60); fillers follow Zipf's law; a quarter of the words carry
    sentiment and agree with the label 9 times in 10.
    """
    draw = np.random.default_rng(seed)
    zipf = 1 / np.arange(1, 101)
    x, y = [], []
    for number in draw.permutation(n):
        positive = bool(number % 2)
        length = 60 if draw.random() < 0.05 else int(np.clip(draw.lognormal(np.log(15), 0.5), 6, 50))
        words = [f"filler{k}" for k in draw.choice(100, length, p=zipf / zipf.sum())]
        for place in draw.choice(length, max(3, length // 4), replace=False):
            agrees = draw.random() < 0.9
            words[place] = f"{'good' if positive == agrees else 'bad'}{draw.integers(10)}"
        x.append(" ".join(["the", *words, f"id{number}"]))
        y.append("positive" if positive else "negative")
    return x, y


def write_csv(path: Path, x: list[str], y: list[str]) -> Path:
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["review", "sentiment"])
        rows.writerows(zip(x, y, strict=True))
    return path


class StopWords:
    """Stands for `nltk.corpus.stopwords`, which needs a download."""

    def words(self, language: str) -> list[str]:
        assert language == "english"
        return list(STOP_WORDS)


@pytest.fixture(scope="module", autouse=True)
def stop_words() -> Iterator[list[str]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nltk.corpus, "stopwords", StopWords())
        yield STOP_WORDS


@pytest.fixture
def hparams() -> module.HyperParams:
    """Small settings that train in a second, with a stop-word list of their own."""
    settings = module.HyperParams()
    settings.STOP_WORDS = set(STOP_WORDS)
    settings.BATCH_SIZE, settings.EMBEDDING_DIM, settings.HIDDEN_DIM, settings.N_EPOCHS = 32, 4, 8, 3
    settings.OPTIM, settings.LR = "adam", 0.01
    return settings


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Reviews]:
    """Work in a fresh folder that holds `IMDBDataset.csv` with n synthetic reviews; call it with n."""
    monkeypatch.chdir(tmp_path)

    def prepare(n: int = 300, seed: int = 0) -> Reviews:
        x, y = synthetic_reviews(n, seed)
        write_csv(tmp_path / "IMDBDataset.csv", x, y)
        return x, y

    return prepare


@pytest.fixture
def real_csv() -> str:
    """Path of the real data, from IMDB_CSV; skips the test without it."""
    path = os.environ.get("IMDB_CSV")
    if not path:
        pytest.skip("IMDB_CSV is not set: the real 50,000 reviews are NOT tested")
    return path
