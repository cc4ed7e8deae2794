"""Settings, loading, vocabulary, tokens, dataset and batches of the LabRNN reference."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from reference.labrnn.module import IMDB, HyperParams, build_vocab, collate, load_imdb, tokenize

WORDS = st.text("abcdefgh", min_size=1, max_size=3)
SPECIAL = {"<pad>": 0, "<unk>": 1}


def test_hyper_parameters_are_those_of_the_assignment(stop_words):
    expected = {
        "PAD_INDEX": 0,
        "UNK_INDEX": 1,
        "PAD_TOKEN": "<pad>",
        "UNK_TOKEN": "<unk>",
        "STOP_WORDS": set(stop_words),
        "MAX_LENGTH": 256,
        "BATCH_SIZE": 96,
        "EMBEDDING_DIM": 1,
        "HIDDEN_DIM": 100,
        "OUTPUT_DIM": 2,
        "N_LAYERS": 1,
        "DROPOUT_RATE": 0.0,
        "LR": 0.01,
        "N_EPOCHS": 5,
        "WD": 0,
        "OPTIM": "sgd",
        "BIDIRECTIONAL": False,
        "SEED": 5,
    }
    assert list(vars(HyperParams()).items()) == list(expected.items())


@pytest.mark.parametrize("n", [10, 100, 200, 1000, 50_000])
def test_split_is_exactly_7_1_2(tmp_path, n):
    path = tmp_path / "reviews.csv"
    pd.DataFrame({"review": [f"r{i}" for i in range(n)], "sentiment": ["positive", "negative"] * (n // 2)}).to_csv(path)
    split = load_imdb(str(path))
    assert [len(part) for part in split] == [n * share // 10 for share in (7, 1, 2)] * 2


@pytest.mark.parametrize("n", [11, 203, 999])
def test_split_of_any_size_is_within_two_rows(workplace, n):
    workplace(n)
    for part, share in zip(load_imdb()[:3], (0.7, 0.1, 0.2), strict=True):
        assert abs(len(part) - share * n) <= 2


def test_split_is_a_partition_and_labels_stay_with_their_reviews(workplace):
    x, y = workplace(400)
    parts = load_imdb()
    rows = [row for k in range(3) for row in zip(parts[k], parts[3 + k], strict=True)]
    assert sorted(rows) == sorted(zip(x, y, strict=True))
    for labels in parts[3:]:
        assert 0.3 < Counter(labels)["positive"] / len(labels) < 0.7


def test_split_is_the_same_twice_and_shuffled(workplace):
    x, _ = workplace(200)
    assert load_imdb() == load_imdb()
    assert load_imdb()[0] != x[:140]


def test_words_that_look_like_missing_values_stay_text(tmp_path):
    path = tmp_path / "reviews.csv"
    path.write_text("review,sentiment\n" + "null,positive\nNA,negative\n" * 5)
    assert {text for part in load_imdb(str(path))[:3] for text in part} == {"null", "NA"}


def test_load_imdb_names_what_is_wrong(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_imdb(str(tmp_path / "none.csv"))
    (tmp_path / "wrong.csv").write_text("text,sentiment\nfine,positive\n")
    with pytest.raises(KeyError, match="review"):
        load_imdb(str(tmp_path / "wrong.csv"))
    (tmp_path / "short.csv").write_text("review,sentiment\nfine,positive\n")
    with pytest.raises(ValueError):
        load_imdb(str(tmp_path / "short.csv"))


@pytest.mark.slow
def test_real_data_split(real_csv):
    split = load_imdb(real_csv)
    assert [len(part) for part in split] == [35_000, 5_000, 10_000] * 2
    assert set(split[3]) == {"positive", "negative"}
    assert 20_000 < len(build_vocab(split[0])) < 60_000


def test_default_path_has_no_space():
    assert load_imdb.__defaults__ == ("./IMDBDataset.csv",)


@given(st.lists(st.lists(WORDS, max_size=12), max_size=8), st.integers(1, 4), st.sets(WORDS, max_size=5))
def test_vocabulary_is_the_frequent_words(reviews, min_freq, stops):
    hparams = HyperParams()
    hparams.STOP_WORDS = stops
    vocab = build_vocab([" ".join(words) for words in reviews], min_freq, hparams)
    counts = Counter(word for words in reviews for word in words)
    kept = {word for word, count in counts.items() if count >= min_freq and word not in stops}
    assert set(vocab) == kept | set(SPECIAL)
    assert sorted(vocab.values()) == list(range(len(vocab)))
    assert {token: vocab[token] for token in SPECIAL} == SPECIAL


def test_vocabulary_defaults():
    vocab = build_vocab(["often often the", "often often the", "often the the the"] + ["rare"] * 4)
    assert set(vocab) == {"often", *SPECIAL}


def test_words_are_lower_case_without_punctuation():
    vocab = build_vocab(["Don't panic! PANIC, (panic) 'panic'<br />"], 1, HyperParams())
    assert set(vocab) == {"panic", "br", *SPECIAL}


@given(st.text(max_size=60))
def test_every_vocabulary_word_tokenises_to_itself(text):
    vocab = build_vocab([text], 1, HyperParams())
    for word, index in vocab.items():
        if word not in SPECIAL:
            assert tokenize(vocab, word) == [index]


@given(st.lists(WORDS, max_size=20), st.lists(WORDS, min_size=1, max_size=5, unique=True))
def test_tokens_are_indices_in_order(words, known):
    vocab = {**SPECIAL, **{word: index for index, word in enumerate(known, start=2)}}
    tokens = tokenize(vocab, " ".join(words))
    assert tokens == [vocab.get(word, 1) for word in words]
    assert type(tokens) is list
    assert all(type(token) is int for token in tokens)


def test_empty_text_has_no_tokens():
    assert tokenize(SPECIAL, "") == []


CONTAINERS = {
    "list": list,
    "array": lambda values: np.array(values, dtype=object),
    "shuffled series": lambda values: pd.Series(values, index=list(range(len(values)))[::-1]),
}


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS.keys())
@pytest.mark.parametrize(("max_length", "length"), [(2, 2), (3, 3), (4, 3), (256, 3)])
def test_dataset_elements(container, max_length, length):
    vocab = {**SPECIAL, "fine": 2, "film": 3}
    data = IMDB(container(["Fine film indeed", "film"]), container(["positive", "negative"]), vocab, max_length)
    assert len(data) == 2
    first = {"ids": [2, 3, 1][:length], "length": length, "label": 1}
    for _ in range(2):
        assert data[0] == first
    assert data[1] == {"ids": [3], "length": 1, "label": 0}
    assert type(data[0]["label"]) is int


def test_dataset_refuses_other_labels():
    with pytest.raises(KeyError, match="neutral"):
        IMDB(["film"], ["neutral"], SPECIAL)[0]


@given(st.lists(st.lists(st.integers(1, 99), min_size=1, max_size=9), min_size=1, max_size=5), st.integers(0, 7))
def test_collate_pads_on_the_right(rows, pad_index):
    batch = collate([{"ids": row, "length": len(row), "label": i % 2} for i, row in enumerate(rows)], pad_index)
    longest = max(map(len, rows))
    assert batch["ids"].tolist() == [row + [pad_index] * (longest - len(row)) for row in rows]
    assert batch["length"].tolist() == [len(row) for row in rows]
    assert batch["label"].tolist() == [i % 2 for i in range(len(rows))]
    assert [batch[key].dtype for key in ("ids", "length", "label")] == [torch.int64, torch.float32, torch.int64]
    assert set(batch) == {"ids", "length", "label"}
