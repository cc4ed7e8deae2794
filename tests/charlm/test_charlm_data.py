"""What the two parts are given, and what they are judged on."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from autograder.assignments.charlm import data
from autograder.errors import ConfigError
from autograder.kit.characters import language
from autograder.kit.characters.windows import in_order
from autograder.preflight import Options, describe

REAL = os.environ.get("CHARLM_DATA", "")


def written(folder: Path, length: int = 60_000) -> str:
    """Files as the real ones, of the made-up language; the text."""
    rng = np.random.default_rng(0)
    text = language.text(language.syllables(rng), length, rng)
    (folder / data.TEXT).write_text(text)
    (folder / data.DEV_FILE).write_text(language.text(language.syllables(rng), 500, rng))
    windows = in_order(text, 300, rng)
    for name, vowel in (("consonant", 0), ("vowel", 1)):
        lines = [context for context, label in windows if label == vowel]
        (folder / data.EXAMPLES[name]).write_text("".join(f"{line}\n" for line in lines))
    return text


def test_nothing_hidden_is_given(tmp_path: Path) -> None:
    text = written(tmp_path)
    found = data.real(tmp_path, np.random.default_rng(1))
    kept = len(found.text)
    assert found.text == text[:kept] and found.hidden == text[-len(found.hidden) :] and kept == 54_000
    assert kept + len(found.dev_text) <= len(text) - len(found.hidden)
    assert len(found.train.vowel) == len(found.train.consonant) == 300
    hidden = {found.hidden[n : n + 20] for n in range(len(found.hidden) - 20)}
    given = set(found.train.vowel + found.train.consonant)
    assert all(window in text[: kept + 20] for window in given) and len(given & hidden) < 3  # alike by chance


def test_what_is_asked(tmp_path: Path) -> None:
    for found in (data.made_up(np.random.default_rng(2)), data.real(tmp_path, RNG) if written(tmp_path) else None):
        assert found is not None
        windows, passages = found.windows(np.random.default_rng(3)), found.passages(np.random.default_rng(3))
        labels = [label for _, label in windows]
        assert len(windows) >= 2 * 1000 and sum(labels) * 2 == len(labels)
        assert len(passages) == 8 and len({*passages}) == 8 and {len(p) for p in passages} == {250}
        assert all(any(passage in whole for whole in (found.hidden, *found.beside)) for passage in passages)


RNG = np.random.default_rng(4)


def test_drawn_anew() -> None:
    one, other = (data.made_up(np.random.default_rng(seed)) for seed in (1, 2))
    assert one.text != other.text and one.floor == language.FLOOR > 3


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        (data.TEXT, None, "can't be read"),
        (data.TEXT, "ab" * 2000, "at least 50,000 are needed"),
        (data.TEXT, "aB" * 40_000, "'B'; only a-z and space"),
        (data.TEXT, "ä" * 40_000, "only a-z and space belong there"),
        ("train-vowel-examples.txt", None, "can't be read"),
        ("train-vowel-examples.txt", "", "is empty"),
        ("train-consonant-examples.txt", "abc\n", "line 1: 20 characters"),
    ],
)
def test_bad_data_is_named(tmp_path: Path, name: str, content: str | None, sentence: str) -> None:
    written(tmp_path)
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=sentence) as error:
        describe(Options("charlm", tmp_path / "out", data=tmp_path))
    assert name in str(error.value)


@pytest.mark.skipif(not REAL, reason="CHARLM_DATA names no folder with the real text: real data not tested")
def test_the_real_text() -> None:
    found = data.real(Path(REAL), RNG)
    assert len(found.train.vowel) == 5000 and len(found.windows(RNG)) >= 3000
