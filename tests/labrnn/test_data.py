"""Words, reviews and answers: what the data checks are made of."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.stem import PorterStemmer

from autograder.assignments.labrnn import values
from autograder.assignments.labrnn.api import PAD, UNK, logits
from autograder.assignments.labrnn.containers import contain, csv_bytes
from autograder.assignments.labrnn.corpus import (
    POOL,
    STOP_WORDS,
    WORDS,
    mark_of,
    marked_rows,
    numbered_words,
    reviews_with,
    vocab_of,
)
from autograder.assignments.labrnn.edition import Edition, find_edition
from autograder.judge.expect import Mismatch
from autograder.student.offline import data_folder
from autograder.student.wire import Array, Opaque, Scalar, Series


# ---- words -----------------------------------------------------------------------------------------------------------
def stop_words() -> set[str]:
    (path,) = [p for p in data_folder().rglob("english") if p.parent.name == "stopwords"]
    return set(path.read_text(encoding="utf-8").split())


def test_words_that_no_choice_tells_apart() -> None:
    listed, stem = stop_words(), PorterStemmer().stem
    assert len(listed) > 100
    for word in (*POOL, *WORDS):
        assert word.isascii() and word.isalpha() and word.islower()
        assert stem(word) == word, word
    assert not listed & {*POOL, *WORDS}
    assert len(set(WORDS)) == len(WORDS) and len(set(POOL)) == len(POOL) == 40


def test_stop_words_are_stop_words() -> None:
    assert set(STOP_WORDS) <= stop_words()


def test_numbered_words() -> None:
    many = numbered_words(30_000)
    assert len(set(many)) == 30_000 and all(word.isalpha() and word.islower() for word in many)
    assert not set(many) & ({*WORDS} | stop_words())
    assert numbered_words(10) == many[:10]


def test_vocabularies() -> None:
    for shift in (0, 1, 39, 41):
        vocab = vocab_of(POOL, shift)
        assert (vocab[PAD], vocab[UNK]) == (0, 1) and sorted(vocab.values()) == list(range(42))
    assert vocab_of(POOL, 1) != vocab_of(POOL, 0)
    assert vocab_of([]) == {PAD: 0, UNK: 1}


@settings(max_examples=50)
@given(st.dictionaries(st.sampled_from(POOL), st.integers(1, 9), min_size=1), st.integers(0, 99))
def test_reviews_hold_every_word_as_often_as_asked(counts: dict[str, int], seed: int) -> None:
    reviews = reviews_with(counts, seed)
    words = " ".join(reviews).split()
    assert {word: words.count(word) for word in set(words)} == counts
    assert reviews == reviews_with(counts, seed) and all(reviews)


@pytest.mark.parametrize("count", [200, 233])
def test_rows_with_marks(count: int) -> None:
    rows = marked_rows(np.random.default_rng(0), count)
    marks = frozenset(numbered_words(count))
    found = [mark_of(review, marks) for review, _ in rows]
    assert len(rows) == count and set(found) == marks and None not in found
    positive = sum(label == "positive" for _, label in rows)
    assert positive in (count // 2, (count + 1) // 2) and {label for _, label in rows} == {"positive", "negative"}
    assert [label for _, label in rows[:10]] != ["positive", "negative"] * 5
    assert mark_of("no mark, here", marks) is None


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), min_size=1),
            st.sampled_from("ab"),
        ),
        max_size=4,
    )
)
def test_csv_files_come_back(rows: list[tuple[str, str]]) -> None:
    text = csv_bytes(rows).decode()
    assert [tuple(row) for row in csv.reader(io.StringIO(text, newline=""))] == [("review", "sentiment"), *rows]


def test_containers() -> None:
    assert contain(["a", "b"], "list") == ["a", "b"]
    array = contain(["a", "b"], "numpy.ndarray")
    assert (array.type_name, array.values, array.index) == ("numpy.ndarray", ["a", "b"], None)
    for size in range(1, 30):
        series = contain(["x"] * size, "pandas.Series")
        assert len(set(series.index)) == size or size % 7 == 0
        assert not set(series.index) & set(range(size))  # reading by label instead of position fails loudly


# ---- editions --------------------------------------------------------------------------------------------------------
def entry(*parameters: str, kind: str = "function") -> dict[str, Any]:
    return {"kind": kind, "cell": 1, "line": 1, "parameters": list(parameters)}


OLD_VOCAB, NEW_VOCAB = entry("x_train", "min_freq"), entry("x_train", "min_freq", "hparams")
OLD_MODEL, NEW_MODEL = entry("vocab_size", kind="class"), entry("vocab_size", "bidirectional", "**kwargs", kind="class")
OLD_FIELDS, NEW_FIELDS = ["SEED", "LR"], ["SEED", "LR", "OPTIM", "BIDIRECTIONAL"]
EDITIONS: dict[str, tuple[dict[str, Any], list[str], tuple[bool, bool, bool]]] = {
    "2023": ({"build_vocab": NEW_VOCAB, "LSTM": NEW_MODEL, "GRU": NEW_MODEL}, NEW_FIELDS, (True, True, True)),
    "2023 with the GRU never written": ({"build_vocab": NEW_VOCAB, "LSTM": NEW_MODEL}, NEW_FIELDS, (True, True, True)),
    "2023 without anything": ({}, [], (True, True, True)),
    "2023 with only HyperParams": ({}, NEW_FIELDS, (True, True, True)),
    "2023 with the LSTM lost": (
        {"build_vocab": NEW_VOCAB, "LSTM": {"kind": "lost", "cell": 3, "line": 1}},
        NEW_FIELDS,
        (True, True, True),
    ),
    "2023 where build_vocab takes *args": (
        {"build_vocab": entry("*args"), "LSTM": entry("*args", kind="class")},
        NEW_FIELDS,
        (True, True, True),
    ),
    "2021": ({"build_vocab": OLD_VOCAB, "LSTM": OLD_MODEL}, OLD_FIELDS, (False, False, False)),
    "2021 without HyperParams": ({"build_vocab": OLD_VOCAB, "LSTM": OLD_MODEL}, [], (False, False, False)),
    "2021 with a GRU of one's own": (
        {"build_vocab": OLD_VOCAB, "LSTM": OLD_MODEL, "GRU": OLD_MODEL},
        OLD_FIELDS,
        (False, False, True),
    ),
    "2025": ({"build_vocab": NEW_VOCAB, "LSTM": NEW_MODEL}, ["SEED", "LR", "BIDIRECTIONAL"], (True, True, False)),
    "a value called build_vocab": (
        {"build_vocab": entry(kind="value"), "LSTM": NEW_MODEL, "GRU": NEW_MODEL},
        NEW_FIELDS,
        (True, True, True),
    ),
}


@pytest.mark.parametrize(("inventory", "fields", "wanted"), EDITIONS.values(), ids=EDITIONS.keys())
def test_editions(inventory: dict[str, Any], fields: list[str], wanted: tuple[bool, bool, bool]) -> None:
    assert find_edition(inventory, fields) == Edition(*wanted)


def test_names_of_editions() -> None:
    assert Edition().name == "2023"
    assert Edition(hparams=False, gru=False).name == "an edition without hparams, GRU"


# ---- answers ---------------------------------------------------------------------------------------------------------
def test_integers() -> None:
    assert values.integer(3) == values.integer(Scalar("numpy.int64", 3)) == 3
    assert values.integer(Array("ndarray", np.array(3))) == 3
    for other in (
        True,
        3.0,
        "3",
        None,
        Scalar("MyInt", 3),
        Scalar("numpy.bool", True),
        Scalar("numpy.float64", 3.0),
        Array("tensor", np.array(3)),
        Array("ndarray", np.array([3])),
        Array("ndarray", np.array(3.0)),
        [3],
    ):
        assert values.integer(other) is None, other


def test_texts() -> None:
    assert values.text("x") == values.text(Scalar("numpy.str_", "x")) == "x"
    assert values.text(b"x") is values.text(1) is values.text(None) is values.text(Scalar("numpy.int64", 1)) is None


@pytest.mark.parametrize(
    "part",
    [
        ["a", "b"],
        ("a", "b"),
        Series("numpy.ndarray", ["a", "b"]),
        Series("pandas.Series", ["a", "b"], [9, 4]),
        ["a", Scalar("numpy.str_", "b")],
    ],
)
def test_columns(part: Any) -> None:
    assert values.column(part, "x_train") == ["a", "b"]
    assert values.parts([part] * 6) == (["a", "b"],) * 6


@pytest.mark.parametrize(
    "part", ["ab", [1], {"a": "b"}, None, Array("ndarray", np.array([1])), Opaque("DataFrame", "..."), [None], {"a"}]
)
def test_what_is_no_column(part: Any) -> None:
    with pytest.raises(Mismatch, match="x_train"):
        values.column(part, "x_train")
    with pytest.raises(Mismatch):
        values.parts((["a"],) * 5 + (part,))


@pytest.mark.parametrize("answer", [None, [["a"]] * 5, [["a"]] * 7, "abcdef", {1, 2, 3, 4, 5, 6}])
def test_what_is_no_split(answer: Any) -> None:
    with pytest.raises(Mismatch):
        values.parts(answer)


def test_vocabularies_of_students() -> None:
    plain = {"a": 0, "b": 1}
    assert values.vocabulary(plain) == plain
    assert values.vocabulary(Scalar("collections.OrderedDict", plain)) == plain
    assert values.vocabulary({"a": Scalar("numpy.int64", 0), Scalar("numpy.str_", "b"): 1}) == plain
    for bad in ([("a", 0)], {1: 2}, {"a": "0"}, {"a": True}, {"a": 0.0}, None, Scalar("MyList", [1])):
        with pytest.raises(Mismatch):
            values.vocabulary(bad)


def test_tokens() -> None:
    assert values.tokens([1, Scalar("numpy.int64", 2)]) == [1, 2]
    for bad in ((1, 2), [1.0], ["1"], [True], [[1]], Array("tensor", np.array([1])), None, Scalar("MyList", [1])):
        with pytest.raises(Mismatch):
            values.tokens(bad)


def test_logits() -> None:
    good = np.zeros((3, 2), np.float32)
    assert logits(Array("tensor", good), 3, 2) is good
    nan = good.copy()
    nan[0, 0] = np.nan
    for bad in (
        Array("tensor", good.astype(np.float64)),
        Array("tensor", good[:2]),
        Array("tensor", good[:, 0]),
        Array("tensor", nan),
        [good.tolist()],
        (Array("tensor", good), Array("tensor", good)),
        None,
        Array("tensor", good.astype(np.int64)),
    ):
        with pytest.raises(Mismatch):
            logits(bad, 3, 2)
