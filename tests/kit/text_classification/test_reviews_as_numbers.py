"""Reviews as numbers: reading, caching, drawing one training's share."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.assignments.labrnn.recipes import FAST, FAST_SMALL, FAST_SYNTHETIC, fast, margin, published
from autograder.errors import ConfigError
from autograder.kit.text_classification import tokens
from autograder.kit.text_classification.data import MAX_LENGTH, draw, shuffled, truncated
from autograder.kit.text_classification.made_up import vocabulary, write_csv
from autograder.kit.text_classification.tokens import check_reviews, load, recall, synthetic, tokenise
from autograder.kit.training.sequences import Sequences

SHARES = (7, 1, 2)
parts = st.lists(st.lists(st.integers(2, 9), min_size=1, max_size=6), min_size=1, max_size=8).map(
    lambda rows: Sequences(
        np.array([w for row in rows for w in row], np.int32), np.array([len(r) for r in rows]), np.arange(len(rows)) % 2
    )
)


def rows_of(part: Sequences) -> list[list[int]]:
    return [list(map(int, row)) for row in np.split(part.ids, np.cumsum(part.lengths)[:-1])]


# ---- reading ---------------------------------------------------------------------------------------------------------
def test_words_are_numbered_in_order_of_appearance() -> None:
    found = tokenise("x", [("The film, the <br /><br />film!", "positive"), ("It isn't", "negative"), ("", "negative")])
    assert found.words.tolist() == [0, 1, 0, 1, 2, 3]
    assert found.lengths.tolist() == [4, 2, 0] and found.labels.tolist() == [1, 0, 0]


def test_a_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, cache = tmp_path / "reviews.csv", tmp_path / "cache"
    write_csv(path, 400, 1)
    first = load(path, cache)
    monkeypatch.setattr(tokens, "tokenise", lambda *_: pytest.fail("the cache was not used"))
    again = load(path, cache)
    assert first.name == again.name == "reviews.csv"
    for name in ("words", "lengths", "labels"):
        assert np.array_equal(getattr(first, name), getattr(again, name))
        assert getattr(first, name).dtype == getattr(again, name).dtype


def test_another_content_is_read_anew(tmp_path: Path) -> None:
    path, cache = tmp_path / "reviews.csv", tmp_path / "cache"
    write_csv(path, 400, 1)
    first = load(path, cache)
    write_csv(path, 400, 2)
    assert not np.array_equal(first.labels, load(path, cache).labels)
    assert len(list(cache.iterdir())) == 2


@pytest.mark.parametrize("spoil", ["shared file", "shared folder", "cut", "garbage", "pickle", "lengths"])
def test_a_cache_that_is_not_ours_is_not_read(tmp_path: Path, spoil: str) -> None:
    cache = tmp_path / "cache"
    path = tmp_path / "reviews.csv"
    write_csv(path, 400, 1)
    expected = load(path, cache)
    (kept,) = cache.iterdir()
    assert recall(kept, "x") is not None
    if spoil == "shared file":
        kept.chmod(0o666)
    elif spoil == "shared folder":
        cache.chmod(0o777)
    elif spoil == "cut":
        kept.write_bytes(kept.read_bytes()[:-10])
    elif spoil == "garbage":
        kept.write_bytes(b"garbage")
    elif spoil == "lengths":
        with kept.open("wb") as file:
            for array in (expected.words, expected.lengths + 1, expected.labels):
                np.lib.format.write_array(file, array)
    else:
        with kept.open("wb") as file:
            np.lib.format.write_array(file, np.array([{}], object))
    assert recall(kept, "x") is None
    assert np.array_equal(load(path, cache).words, expected.words)


def test_a_link_in_the_cache_is_not_followed(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    path = tmp_path / "reviews.csv"
    write_csv(path, 400, 1)
    load(path, cache)
    (kept,) = cache.iterdir()
    os.rename(kept, tmp_path / "elsewhere")
    (tmp_path / "elsewhere").chmod(0o666)
    kept.symlink_to(tmp_path / "elsewhere")
    assert recall(kept, "x") is None


def test_no_place_for_a_cache_is_no_failure(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    write_csv(path, 400, 1)
    (tmp_path / "file").write_text("")
    assert len(load(path, tmp_path / "file" / "cache").lengths) == 400


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1,2\n", "the columns `review` and `sentiment` are expected; it has `a`, `b`"),
        ("review,sentiment\ngood,pos\n", "line 2: sentiment is 'pos'; `positive` or `negative` is expected"),
        ("review,sentiment\ngood,positive\n", "holds 1 reviews; at least 300"),
        ("review,sentiment\n" + "good,positive\n" * 900, "each sentiment"),
        ("", "columns"),
    ],
)
def test_files_that_are_no_reviews(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text(text)
    for read in (check_reviews, lambda path: load(path, tmp_path / "cache")):
        with pytest.raises(ConfigError, match=words):
            read(path)


def test_a_look_at_reviews_that_are_good(tmp_path: Path) -> None:
    write_csv(tmp_path / "reviews.csv", 300, 1)
    check_reviews(tmp_path / "reviews.csv")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for read in (check_reviews, lambda path: load(path, tmp_path)):
        with pytest.raises(ConfigError, match="can't be read: No such file"):
            read(tmp_path / "reviews.csv")


# ---- drawing ---------------------------------------------------------------------------------------------------------
def test_the_split_is_disjoint_complete_and_new_for_each_seed() -> None:
    own = ["".join(chr(ord("a") + int(digit)) for digit in str(1000 + i)) for i in range(1000)]
    read = tokenise("x", [(f"same {word} {word} {word}", "positive") for word in own])
    data = draw(read, SHARES, 1, 0, seed=3)
    assert data.vocab_size == 2 + 1 + 700 and len(data.train) == 700  # each training review knows its own word
    assert 90 <= len(data.valid) <= 100 and 180 <= len(data.test) <= 200  # thinning empties a few
    assert data.valid.lengths.max() == data.test.lengths.max() == 1  # and their own words are unknown
    other = draw(read, SHARES, 1, 0, seed=4)
    assert not np.array_equal(data.train.ids[:50], other.train.ids[:50])


def test_numbers_and_lengths_tell_nothing() -> None:
    read = synthetic(1000, 500, 2)
    one, two = (draw(read, SHARES, 5, 0, seed) for seed in (1, 2))
    assert one.vocab_size == two.vocab_size == 2 + len(vocabulary().all)
    for part in (one.train, one.valid, one.test):
        assert part.ids.min() >= 2 and part.ids.max() < one.vocab_size and part.ids.dtype == np.int32
        assert part.lengths.min() >= 1 and part.lengths.max() <= MAX_LENGTH and part.lengths.sum() == len(part.ids)
        assert 0.4 < part.targets.mean() < 0.6
    assert 0.01 < 1 - sum(len(p.ids) for p in (one.train, one.valid, one.test)) / len(read.words) < 0.03
    assert np.bincount(one.train.ids).argmax() != np.bincount(two.train.ids).argmax()


def test_the_same_seed_gives_the_same_data() -> None:
    read = synthetic(350, 150, 2)
    one, two = (draw(read, SHARES, 5, 0, seed=9) for _ in range(2))
    assert np.array_equal(one.test.ids, two.test.ids) and np.array_equal(one.test.targets, two.test.targets)


def test_frequent_and_rare_words_are_left_out() -> None:
    read = synthetic(1000, 500, 2)
    whole = draw(read, SHARES, 5, 0, seed=1).vocab_size
    assert draw(read, SHARES, 5, 4, seed=1).vocab_size == whole - 4
    assert draw(read, SHARES, 600, 0, seed=1).vocab_size < whole


def test_lessons_are_for_training_alone() -> None:
    read = synthetic(300, 700, 2)
    data = draw(read, (300, 200, 500), 1, 0, seed=1)
    assert (len(data.train), len(data.valid), len(data.test)) == (300, 200, 500)
    assert abs(int(data.train.lengths.sum()) - int(read.lengths[:300].sum())) < 0.05 * data.train.lengths.sum()


@given(parts, st.integers(0, 99))
def test_rows_shuffling_and_cutting(part: Sequences, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = rows_of(part)
    order = rng.permutation(len(part))
    assert rows_of(part.rows(order)) == [rows[k] for k in order]
    assert part.rows(order).targets.tolist() == [part.targets[k] for k in order]
    mixed = shuffled(part, rng)
    assert [sorted(row) for row in rows_of(mixed)] == [sorted(row) for row in rows]
    assert rows_of(truncated(part, 3)) == [row[:3] for row in rows]


# ---- recipes ---------------------------------------------------------------------------------------------------------
def test_the_recipe_goes_by_the_number_of_reviews() -> None:
    small = tokenise("mine.csv", [("good", "positive")] * 50)
    large = tokenise("mine.csv", [("good", "positive")] * 20_000)
    assert fast(small) == FAST_SMALL and fast(large) == FAST
    assert fast(synthetic(100, 200, 1)) == FAST_SYNTHETIC


def test_published_settings_are_taken_when_they_make_sense() -> None:
    read = tokenise("mine.csv", [("good", "positive")] * 20_000)
    settings = {"OPTIM": "rmsprop", "LR": 0.001, "N_LAYERS": 2, "HIDDEN_DIM": 305, "EMBEDDING_DIM": 32,
                "DROPOUT_RATE": 0.2, "BIDIRECTIONAL": True, "BATCH_SIZE": 64, "N_EPOCHS": 4}  # fmt: skip
    found = published(read, settings)
    assert (found.optimizer, found.rate, found.layers, found.hidden) == ("rmsprop", 0.001, 2, 305)
    assert (found.embedding, found.dropout, found.bidirectional, found.batch) == (32, 0.2, True, 64)
    assert (found.epochs, found.warmup, found.name) == (4, 200, "published")


def test_absurd_settings_become_the_defaults() -> None:
    read = tokenise("mine.csv", [("good", "positive")] * 20_000)
    nan = float("nan")
    settings = {"OPTIM": [], "LR": nan, "N_LAYERS": True, "HIDDEN_DIM": 10**9, "EMBEDDING_DIM": "9",
                "DROPOUT_RATE": 2, "BIDIRECTIONAL": 1, "BATCH_SIZE": 0, "N_EPOCHS": 500}  # fmt: skip
    assert published(read, settings) == published(read, {})
    assert published(read, {}).optimizer == "sgd"


def test_the_margin_is_that_of_the_measured_number() -> None:
    assert 0.828 < 0.84 - margin(0.84, 10_000) < 0.829
    assert 0.81 < 0.84 - margin(0.84, 2_000) < 0.82
