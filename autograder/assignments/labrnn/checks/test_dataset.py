"""lab1.d: `IMDB.__getitem__` makes one example of a review and its label."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.assignments.labrnn import values
from autograder.assignments.labrnn.api import LabRNN, Row
from autograder.assignments.labrnn.corpus import POOL, vocab_of
from autograder.judge.expect import expect
from autograder.judge.marks import item
from autograder.student.proxy import Object
from autograder.student.wire import Array, Scalar

VOCAB = vocab_of(POOL, 7)
KEYS = {"ids", "length", "label"}
few = settings(max_examples=6)
labels = st.sampled_from(["positive", "negative"])
rows = st.lists(
    st.tuples(st.lists(st.sampled_from(POOL), min_size=1, max_size=7).map(" ".join), labels), min_size=1, max_size=4
)


def examples(dataset: Object, indices: Iterable[int]) -> Iterator[dict[str, Any]]:
    """`dataset[index]` for each of the indices; every one must be a dict."""
    for got in dataset.call_each([(index,) for index in indices], method="[]"):
        plain = got.value if isinstance(got, Scalar) else got
        shown = "{'ids': ..., 'length': ..., 'label': ...}"
        expect(type(plain) is dict, "an example must be a dict", value=plain, expected=shown)
        yield dict(plain)


def example(dataset: Object, index: int) -> dict[str, Any]:
    """`dataset[index]`, which must be a dict."""
    return next(examples(dataset, [index]))


def part(entry: dict[str, Any], key: str) -> Any:
    expect(key in entry, f"the example has no key {key!r}", got=sorted(map(str, entry)), expected=sorted(KEYS))
    return entry[key]


def ids_of(entry: dict[str, Any], max_length: int = 256) -> list[int]:
    """The token ids; right padding up to max_length, which only one check minds, is taken off."""
    ids = values.tokens(part(entry, "ids"), "ids")
    length = values.integer(entry.get("length"))
    padded = length is not None and 0 <= length < len(ids) == max_length and not any(ids[length:])
    return ids[:length] if padded else ids


def text_of(count: int) -> tuple[str, list[int]]:
    """A review of `count` known words, and its ids."""
    text = [POOL[(3 * i + i // 7) % len(POOL)] for i in range(count)]
    return " ".join(text), [VOCAB[w] for w in text]


@item("lab1.d", weight=2, required=True)
def test_example(lab: LabRNN) -> None:
    """An example is a dict whose 'ids' are the indices of the review's words."""
    text, wanted = text_of(5)
    entry = example(lab.dataset([(text, "positive")], VOCAB), 0)
    found = [v for v in (entry.get(k) for k in entry) if isinstance(v, (list, Array))]
    expect(bool(found), "nothing in the example is a list of indices", got=entry, expected={"ids": wanted})


@item("lab1.d", weight=2)
@few
@given(rows)
def test_keys(lab: LabRNN, rows: list[Row]) -> None:
    """An example has exactly the keys 'ids', 'length' and 'label'."""
    entry = example(lab.dataset(rows, VOCAB), len(rows) - 1)
    expect(set(entry) == KEYS, "other keys", got=sorted(map(str, entry)), expected=sorted(KEYS))


@item("lab1.d", weight=2)
@few
@given(rows)
def test_ids(lab: LabRNN, rows: list[Row]) -> None:
    """'ids' is the list of integers that tokenize gives for the review at that position."""
    dataset = lab.dataset(rows, VOCAB)
    for (text, _), entry in zip(rows, examples(dataset, range(len(rows))), strict=True):
        wanted = [VOCAB[word] for word in text.split()]
        got = ids_of(entry)
        expect(got == wanted, "the ids are not those of the review", got=got, expected=wanted)


@item("lab1.d", weight=2)
@few
@given(st.integers(2, 9), st.integers(-1, 6))
def test_truncation(lab: LabRNN, max_length: int, extra: int) -> None:
    """Of a review with more words than max_length, the first max_length are kept; a shorter one is kept whole."""
    text, all_ids = text_of(max_length + extra)
    got = ids_of(example(lab.dataset([(text, "negative")], VOCAB, max_length), 0), max_length)
    wanted = all_ids[:max_length]
    expect(got == wanted, f"{max_length + extra} words with max_length={max_length}", got=got, expected=wanted)


@item("lab1.d")
def test_truncation_at_256(lab: LabRNN) -> None:
    """Without max_length, reviews of 255, 256, 257 and 400 words keep 255, 256, 256 and 256 of them."""
    sizes = (255, 256, 257, 400)
    dataset = lab.dataset([(text_of(n)[0], "positive") for n in sizes], VOCAB)
    for size, entry in zip(sizes, examples(dataset, range(4)), strict=True):
        got = ids_of(entry)
        wanted = text_of(size)[1][:256]
        expect(
            got == wanted, f"a review of {size} words", got=f"{len(got)} ids", expected=f"the first {len(wanted)} ids"
        )


@item("lab1.d", weight=2)
@few
@given(st.integers(1, 8), st.integers(1, 8))
def test_length(lab: LabRNN, max_length: int, size: int) -> None:
    """'length' is the number of ids after truncation, an int."""
    text, _ = text_of(size)
    entry = example(lab.dataset([(text, "positive")], VOCAB, max_length), 0)
    wanted = min(size, max_length)
    got = part(entry, "length")
    message = f"{size} words with max_length={max_length}"
    expect(values.integer(got) == wanted, message, value=got, expected=str(wanted))


@item("lab1.d")
def test_unknown_words(lab: LabRNN) -> None:
    """With unknown words in the review too, 'ids' are the first max_length indices that tokenize gives, and 'length' is their number."""
    known, unknown = POOL[:4], ("ubbob", "ubgog", "ubkok")
    text = " ".join([unknown[0], known[0], unknown[1], known[1], known[2], unknown[2], known[3], known[0]])
    tokens = lab.tokenize(VOCAB, text)
    for max_length in (3, 40):
        entry = example(lab.dataset([(text, "positive")], VOCAB, max_length), 0)
        got, wanted = ids_of(entry, max_length), tokens[:max_length]
        message = (
            f"a review with unknown words, of which tokenize makes {len(tokens)} indices, with max_length={max_length}"
        )
        expect(got == wanted, message, got=got, expected=wanted)
        expect(
            values.integer(entry.get("length")) == len(wanted),
            message,
            got=f"length {entry.get('length')}",
            expected=f"length {len(wanted)}",
        )


@item("lab1.d", weight=4)
@few
@given(rows)
def test_label(lab: LabRNN, rows: list[Row]) -> None:
    """'label' is the int 1 for 'positive' and 0 for 'negative', of the review at that position."""
    rows = [*rows, (POOL[0], "positive"), (POOL[1], "negative")]
    dataset = lab.dataset(rows, VOCAB)
    for (_, label), entry in zip(rows, examples(dataset, range(len(rows))), strict=True):
        got = part(entry, "label")
        wanted = int(label == "positive")
        expect(values.integer(got) == wanted, f"the label of a {label} review", value=got, expected=str(wanted))


@item("lab1.d")
def test_second_access(lab: LabRNN) -> None:
    """Reading an example changes nothing: a second access gives the same, in any order."""
    rows = [(text_of(n)[0], label) for n, label in ((9, "positive"), (3, "negative"), (5, "positive"))]
    dataset = lab.dataset(rows, VOCAB, 6)
    first, again = list(examples(dataset, (0, 1, 2))), list(examples(dataset, (2, 0, 1)))
    for index, entry in zip((2, 0, 1), again, strict=True):
        expect(repr(entry) == repr(first[index]), f"example {index} read twice", got=entry, expected=first[index])


@item("lab1.d", visibility="hidden")
def test_not_padded(lab: LabRNN) -> None:
    """A short review is not padded here: collate does that for a whole batch."""
    text, wanted = text_of(4)
    got = values.tokens(part(example(lab.dataset([(text, "positive")], VOCAB, 12), 0), "ids"), "ids")
    expect(len(got) <= len(wanted), "the ids are padded", got=got, expected=wanted)


@item("lab1.d", visibility="hidden")
def test_two_datasets(lab: LabRNN) -> None:
    """Two datasets side by side do not disturb each other."""
    (long, _), (short, wanted) = text_of(8), text_of(3)
    one = lab.dataset([(short, "negative"), (long, "positive")], VOCAB, 3)
    other = lab.dataset([(long, "positive")], VOCAB, 5)
    example(other, 0)
    entry = example(one, 0)
    got = (ids_of(entry, 3), values.integer(part(entry, "label")))
    expect(
        got == (wanted, 0), "the first dataset gives the other's review, label or length", got=got, expected=(wanted, 0)
    )
