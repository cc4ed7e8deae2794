"""Words, reviews and answers: what the data checks are made of."""

from __future__ import annotations

import contextlib
import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.stem import PorterStemmer

from autograder.assignments.labrnn.calling import arguments, reordered
from autograder.assignments.labrnn.edition import Edition, find_edition
from autograder.inside.offline import data_folder
from autograder.judge.expect import Mismatch
from autograder.kit.recogniser.classifier.model import logits
from autograder.kit.text_classification import values
from autograder.kit.text_classification.containers import (
    CONTAINERS,
    PAD,
    UNK,
    Reading,
    contain,
    container_of,
    csv_bytes,
    handed_back,
)
from autograder.kit.text_classification.corpus import (
    POOL,
    STOP_WORDS,
    WORDS,
    marked_file,
    numbered_words,
    plain_file,
    reviews_with,
    vocab_of,
)
from autograder.kit.text_classification.splits import handed_labels, read_split
from autograder.wire import frames
from autograder.wire.frames import Array, Opaque, Scalar, Series


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
def test_files_with_marks(count: int) -> None:
    file = marked_file(np.random.default_rng(0), count, template=["{}", '"{}", so'])
    assert [file.place_of(review) for review, _ in file.rows] == list(range(count))
    assert [file.place_of(review.upper()) for review, _ in file.rows] == list(range(count))
    for start in range(0, count - 10, 10):  # the same in every piece of the file
        assert [label for _, label in file.rows[start : start + 10]].count("positive") == 6
    assert file.place_of("no mark, here") is None
    other = marked_file(np.random.default_rng(0), count, skip=count)
    assert not set(other.marks) & set(file.marks)


@pytest.mark.parametrize("template", ["{}", 'A "{}"', "{}\nnext"])
def test_files_to_show_are_what_their_code_writes(template: str, tmp_path: Path) -> None:
    file = plain_file(30, template)
    with contextlib.chdir(tmp_path):
        exec(file.code, {})
        read = pd.read_csv("reviews.csv")
    assert tuple(read.itertuples(index=False, name=None)) == file.rows
    assert [file.place_of(review) for review, _ in file.rows] == list(range(30))


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


def test_what_no_array_can_hold_still_travels() -> None:
    """A notebook whose load_imdb returns reviews as a tensor, or labels beyond 64 bits, is no fault of the judge's."""
    for items in (["a", "b"], [10**400, 1], [2**63, 1], []):
        for name in (*CONTAINERS, "tensor"):
            assert frames.unpack(frames.pack(contain(items, name))) is not None


def test_far_too_long_answers_are_no_sequences() -> None:
    assert values.sequence(Array("tensor", np.zeros(frames.ANSWER.length, np.int8))) is not None
    assert values.sequence(Array("tensor", np.zeros(frames.ANSWER.length + 1, np.int8))) is None


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


# ---- containers ------------------------------------------------------------------------------------------------------
def test_rows_as_a_notebook_reads_them() -> None:
    rows = [("a", "positive"), ("b", "negative")]
    assert Reading("list", "list").parts(rows) == (["a", "b"], ["positive", "negative"])
    x, y = Reading("tuple", "numpy.ndarray", (1, 0)).parts(rows)
    assert x == ("a", "b") and isinstance(y, Array) and y.kind == "ndarray" and y.data.tolist() == [1, 0]
    _, y = Reading("list", "tensor", (1, 0)).parts(rows)
    assert isinstance(y, Array) and y.kind == "tensor"
    _, y = Reading("list", "pandas.Series", (True, False)).parts(rows)
    assert isinstance(y, Series) and y.values == [True, False]


@pytest.mark.parametrize("name", ["list", "tuple", *CONTAINERS])
def test_containers_are_told(name: str) -> None:
    assert container_of(contain(["a", "b"], name)) == name
    assert container_of(contain([1, 0], name)) == name


def test_parts_go_back_as_they_came() -> None:
    series = Series("pandas.Series", ["a", Scalar("numpy.str_", "b")], [9, 4])
    back = handed_back(series)
    assert (back.type_name, back.values, back.index) == ("pandas.Series", ["a", "b"], [9, 4])
    assert handed_back(("a", Scalar("numpy.int64", 1))) == ["a", 1]
    tensor = Array("tensor", np.array([1, 0]))
    assert handed_back(tensor) is tensor


# ---- parameters in another order -------------------------------------------------------------------------------------
GIVEN = {"vocab": {}, "example": "text"}


@pytest.mark.parametrize(
    ("name", "own", "wanted"),
    [
        ("tokenize", ("vocab", "example"), ([{}, "text"], {})),
        ("tokenize", (), ([{}, "text"], {})),
        ("tokenize", ("*args",), ([{}, "text"], {})),
        ("tokenize", ("v", "t"), ([{}, "text"], {})),
        ("tokenize", ("example", "vocab"), ([], {"vocab": {}, "example": "text"})),
        ("tokenize", ("review", "vocab"), ([], {"vocab": {}, "review": "text"})),
        ("tokenize", ("text", "vocab", "**kwargs"), ([], {"vocab": {}, "text": "text"})),
    ],
)
def test_arguments_reach_their_parameters(name: str, own: tuple[str, ...], wanted: Any) -> None:
    assert arguments(name, own, GIVEN) == wanted
    assert reordered(name, own) == (wanted[0] == [])


def test_renamed_options_are_followed_in_their_place() -> None:
    given = {"x_train": ["a"], "min_freq": 2, "hparams": 0}
    named = ([["a"]], {"threshold": 2, "hparams": 0})
    assert arguments("build_vocab", ("reviews", "threshold", "hparams"), given) == named
    same = ([["a"]], {"min_freq": 2, "hparams": 0})
    assert arguments("build_vocab", ("reviews", "threshold", "hparams", "**kwargs"), given) == same
    assert arguments("build_vocab", ("reviews", "hparams"), given) == same


def test_options_stay_keywords() -> None:
    given = {"x_train": ["a"], "min_freq": 2, "hparams": 0}
    assert arguments("build_vocab", ("x_train", "hparams", "min_freq"), given) == (
        [["a"]],
        {"min_freq": 2, "hparams": 0},
    )
    assert arguments("build_vocab", ("hparams", "reviews", "min_freq"), given) == (
        [["a"]],
        {"min_freq": 2, "hparams": 0},
    )
    assert arguments("build_vocab", ("hparams", "x_train"), given) == ([], given)


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


def test_what_stands_for_a_number() -> None:
    one = (1, True, 1.0, Scalar("numpy.bool", True), Scalar("MyInt", 1), Array("tensor", np.array([1.0])))
    assert {values.number(value) for value in one} == {1}
    for other in ("1", None, 1.5, [1], (1,), float("inf"), float("nan"), 2**70, Array("tensor", np.array([1, 2]))):
        assert values.number(other) is None, other
    assert values.written_number("12") == 12 and values.written_number(Scalar("numpy.str_", "-3")) == -3
    for other in ("", "-", "x", "1.5", "1" * 400, "²"):
        assert values.written_number(other) is None, other


def test_texts() -> None:
    assert values.text("x") == values.text(Scalar("numpy.str_", "x")) == "x"
    assert values.text(b"x") is values.text(1) is values.text(None) is values.text(Scalar("numpy.int64", 1)) is None


FILE = plain_file(20)
REVIEWS, LABELS = [review for review, _ in FILE.rows], [label for _, label in FILE.rows]


def six(reviews: Any, labels: Any) -> tuple[Any, ...]:
    return (reviews,) * 3 + (labels,) * 3


@pytest.mark.parametrize(
    "container",
    [list, tuple, lambda v: Series("numpy.ndarray", list(v)), lambda v: Series("DataFrame", [[one] for one in v])],
)
def test_splits(container: Any) -> None:
    split = read_split(six(container(REVIEWS), container(LABELS)), FILE)
    assert split.straight and split.reviews == (REVIEWS,) * 3 and split.labels == (LABELS,) * 3


RECODED: dict[str, Any] = {
    "numbers": [1, 0] * 10,
    "booleans": [True, False] * 10,
    "an array": Array("ndarray", np.array([1, 0] * 10)),
    "a tensor of floats": Array("tensor", np.array([1.0, 0.0] * 10)),
    "numpy's": [Scalar("numpy.int64", 1), Scalar("numpy.int64", 0)] * 10,
    "short": ["pos", "neg"] * 10,
    "capitals": ["Positive", "NEGATIVE"] * 10,
    "minus one": [1, -1] * 10,
    "digits": ["1", "0"] * 10,
    "two and one": [2, 1] * 10,
    "one's own words": ["good", "bad"] * 10,
}


@pytest.mark.parametrize("labels", RECODED.values(), ids=RECODED)
def test_labels_that_stand_for_the_words(labels: Any) -> None:
    split = read_split(six(REVIEWS, labels), FILE)
    if labels not in (RECODED["two and one"], RECODED["one's own words"]):
        assert split.straight
    assert split.labels == (LABELS,) * 3


def test_parts_in_another_order() -> None:
    for answer in ((LABELS,) * 3 + (REVIEWS,) * 3, (REVIEWS, LABELS) * 3):
        split = read_split(answer, FILE)
        assert not split.straight and split.reviews == (REVIEWS,) * 3 and split.labels == (LABELS,) * 3


def test_labels_that_are_handed_on() -> None:
    for labels, wanted in (
        (LABELS, ("positive", "negative")),
        ([1, 0] * 10, (1, 0)),
        ([True, False] * 10, (True, False)),
    ):
        answer = six(REVIEWS, labels)
        assert handed_labels(answer, read_split(answer, FILE)) == wanted
    answer = six(REVIEWS, ["positive"] * 20)
    assert handed_labels(answer, read_split(answer, FILE)) is None


@pytest.mark.parametrize(
    "part",
    ["ab", [None], {"a": "b"}, None, Array("ndarray", np.zeros((2, 2))), Opaque("DataFrame", "..."), {"a"}, [[1, 2]]],
)
def test_what_is_no_part(part: Any) -> None:
    with pytest.raises(Mismatch, match="y_test"):
        read_split((["a"],) * 5 + (part,), FILE)


@pytest.mark.parametrize("answer", [None, [["a"]] * 5, [["a"]] * 7, "abcdef", {1, 2, 3, 4, 5, 6}])
def test_what_is_no_split(answer: Any) -> None:
    with pytest.raises(Mismatch, match="six parts"):
        read_split(answer, FILE)


def test_vocabularies_of_students() -> None:
    plain = {"a": 0, "b": 1}
    assert values.vocabulary(plain) == plain and values.plain_vocabulary(plain)
    assert values.vocabulary(Scalar("collections.OrderedDict", plain)) == plain
    numpys = {"a": Scalar("numpy.int64", 0), Scalar("numpy.str_", "b"): 1}
    assert values.vocabulary(numpys) == plain and values.plain_vocabulary(numpys)
    for odd in ({"a": "0", "b": "1"}, {"a": 0.0, "b": 1.0}, Series("pandas.Series", [0, 1], ["a", "b"])):
        assert values.vocabulary(odd) == plain and not values.plain_vocabulary(odd)
    for bad in ([("a", 0)], {1: 2}, {"a": "x"}, {"a": None}, None, Scalar("MyList", [1]), Series("Series", [0], [1])):
        with pytest.raises(Mismatch):
            values.vocabulary(bad)


def test_tokens() -> None:
    assert values.tokens([1, 2]) == [1, 2] and values.plain_tokens([1, 2]) and values.loadable([1, 2])
    taken = ((1, 2), [1.0, 2], Scalar("MyList", [1, 2]), Array("tensor", np.array([1, 2])), Series("map", [1, 2]))
    for odd in (*taken, [Scalar("numpy.int64", 1), 2], [Array("tensor", np.array([1])), 2]):
        assert values.tokens(odd) == [1, 2] and not values.plain_tokens(odd) and values.loadable(odd), odd
    for broken in (["1", "2"], [[1, 2]], [[1], [2]], Array("tensor", np.array([[1, 2]]))):
        assert values.tokens(broken) == [1, 2] and not values.loadable(broken), broken
    for bad in (["a"], [None], [[1, 2], [3, 4]], None, 5, "12", {1, 2}, {1: 2}, [1.5]):
        with pytest.raises(Mismatch):
            values.tokens(bad)
    assert values.tokens([]) == values.tokens(Array("tensor", np.zeros(0))) == []


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
