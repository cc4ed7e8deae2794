"""lab1.d: `IMDB.__getitem__` makes one example of a review and its label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.assignments.labrnn.api import LabRNN
from autograder.assignments.labrnn.calling import reordered
from autograder.judge.expect import Mismatch, NotJudged, expect
from autograder.judge.marks import item
from autograder.kit.text_classification import values
from autograder.kit.text_classification.containers import UNK, Row
from autograder.kit.text_classification.corpus import POOL, vocab_of
from autograder.student.proxy import Object

KNOWN = POOL[:8]
VOCAB = vocab_of(KNOWN, 3)
KEYS = {"ids", "length", "label"}
few = settings(max_examples=6)
labels = st.sampled_from(["positive", "negative"])
rows = st.lists(
    st.tuples(st.lists(st.sampled_from(KNOWN), min_size=1, max_size=7).map(" ".join), labels), min_size=1, max_size=3
)


def examples(dataset: Object, indices: Iterable[int]) -> Iterator[dict[str, Any]]:
    """`dataset[index]` for each of the indices; every one must be a dict."""
    for got in dataset.call_each([(index,) for index in indices], method="[]"):
        entry = values.mapping(got)
        shown = "{'ids': ..., 'length': ..., 'label': ...}"
        expect(entry is not None, "an example must be a dict", value=got, expected=shown)
        yield entry or {}


def example(dataset: Object, index: int) -> dict[str, Any]:
    """`dataset[index]`, which must be a dict."""
    return next(examples(dataset, [index]))


def part(entry: dict[str, Any], key: str) -> Any:
    expect(key in entry, f"the example has no key {key!r}", got=sorted(map(str, entry)), expected=sorted(KEYS))
    return entry[key]


def ids_in(entry: dict[str, Any]) -> Any:
    """What stands under 'ids'; where no key is called so, the only sequence in the example: test_keys charges that."""
    others = [value for key, value in entry.items() if key not in KEYS and values.sequence(value) is not None]
    return others[0] if "ids" not in entry and len(others) == 1 else part(entry, "ids")


def ids_of(entry: dict[str, Any], max_length: int = 256) -> list[int]:
    """The token ids; right padding up to max_length, which only one check minds, is taken off."""
    ids = values.tokens(ids_in(entry), "ids")
    length = values.number(entry.get("length"))
    padded = length is not None and 0 <= length < len(ids) == max_length and not any(ids[length:])
    return ids[:length] if padded else ids


def text_of(count: int) -> tuple[str, list[int]]:
    """A review of `count` known words, and its ids."""
    text = [KNOWN[(3 * i + i // 7) % len(KNOWN)] for i in range(count)]
    return " ".join(text), [VOCAB[w] for w in text]


# ---- proof of life ---------------------------------------------------------------------------------------------------
@item("lab1.d", weight=2, required=True)
def test_example(lab: LabRNN) -> None:
    """dataset[i] is a dict that holds the indices of the words of review i, others for each review."""
    reviews = [KNOWN[i] + f" {KNOWN[i]}" * i for i in (4, 0, 2, 6, 1, 5, 3, 7)]
    dataset = lab.dataset([(review, "positive" if i % 3 else "negative") for i, review in enumerate(reviews)], VOCAB)
    offsets = Counter[int]()
    answers = []
    for index, entry in enumerate(examples(dataset, range(len(reviews)))):
        ids = ids_of(entry)
        answers.append(ids)
        row = next((i for i, review in enumerate(reviews) if set(ids) == {VOCAB[review.split()[0]]}), None)
        offsets.update([] if row is None else [(row - index) % len(reviews)])
    expect(
        max(offsets.values(), default=0) >= len(reviews) - 2,  # a fault may shift the rows or lose one at the end
        "the ids do not belong to the reviews",
        got=answers,
        expected=[[VOCAB[word] for word in review.split()] for review in reviews],
    )


# ---- form ------------------------------------------------------------------------------------------------------------
@item("lab1.d", weight=2)
@few
@given(rows)
def test_keys(lab: LabRNN, rows: list[Row]) -> None:
    """An example has exactly the keys 'ids', 'length' and 'label'."""
    entry = example(lab.dataset(rows, VOCAB), len(rows) - 1)
    expect(set(entry) == KEYS, "other keys", got=sorted(map(str, entry)), expected=sorted(KEYS))


@item("lab1.d")
def test_plain_types(lab: LabRNN) -> None:
    """'ids' is a list of integers, 'length' and 'label' are integers: no tensors, arrays, floats or booleans."""
    entry = example(lab.dataset([(text_of(3)[0], "positive"), (text_of(2)[0], "negative")], VOCAB), 0)
    ids = entry.get("ids", [])
    plain = type(ids) is list and all(values.integer(v) is not None for v in ids)
    expect(plain, "'ids' is not a list of integers", value=ids, expected=str(text_of(3)[1]))
    for key in ("length", "label"):
        value = entry.get(key)
        # What does not even stand for a number costs the check of that key.
        plain = values.integer(value) is not None or values.number(value) is None
        expect(plain, f"{key!r} is not an int", value=value, expected="an int")


@item("lab1.d")
def test_arguments(lab: LabRNN) -> None:
    """The arguments stand in the order IMDB(x, y, vocab, max_length)."""
    own = list(lab.context.parameters.get("IMDB", ()))
    example(lab.dataset([(text_of(3)[0], "positive")], VOCAB), 0)
    message = "the parameters stand in another order"
    expect(not reordered("IMDB", own), message, got=f"IMDB({', '.join(own)})", expected="IMDB(x, y, vocab, max_length)")


# ---- ids -------------------------------------------------------------------------------------------------------------
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


@item("lab1.d", weight=4)
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
    for size in sizes:
        text, shown = f"{KNOWN[1]} " + f"{KNOWN[0]} " * (size - 1), f"['{KNOWN[1]} ' + '{KNOWN[0]} ' * {size - 1}]"
        dataset = lab.dataset([(text, "positive")], VOCAB, shown=shown)
        got = ids_of(example(dataset, 0))
        wanted = [VOCAB[KNOWN[1]]] + [VOCAB[KNOWN[0]]] * (min(size, 256) - 1)
        message = f"a review of {size} words"
        expect(got == wanted, message, got=f"{len(got)} ids", expected=f"the first {len(wanted)} ids")
        lab.student.calls.clear()


@item("lab1.d", weight=2)
def test_unknown_words(lab: LabRNN) -> None:
    """With unknown words in the review too, 'ids' are the first max_length indices that tokenize gives, and 'length' is their number."""
    unknown = ("ubbob", "ubgog", "ubkok")
    text = [unknown[0], KNOWN[0], unknown[1], KNOWN[1], KNOWN[2], unknown[2], KNOWN[3], KNOWN[0]]
    tokens = lab.tokenize(VOCAB, " ".join(text))
    with_unk, without = [VOCAB.get(w, VOCAB[UNK]) for w in text], [VOCAB[w] for w in text if w in VOCAB]
    expect(tokens in (with_unk, without), "tokenize itself goes wrong", got=tokens, expected=with_unk)
    for max_length in (3, 40):
        entry = example(lab.dataset([(" ".join(text), "positive")], VOCAB, max_length), 0)
        got, wanted = ids_of(entry, max_length), cut_as(lab, max_length, tokens)
        message = f"tokenize makes {len(tokens)} indices of this review with unknown words, max_length={max_length}"
        expect(got == wanted, message, got=got, expected=wanted)


def cut_as(lab: LabRNN, max_length: int, tokens: list[int]) -> list[int]:
    """The tokens cut to max_length, or as this notebook cuts known words: test_truncation charges how it does that."""
    text, all_ids = text_of(len(tokens))
    got = ids_of(example(lab.dataset([(text, "positive")], VOCAB, max_length), 0), max_length)
    del lab.student.calls[-2:]
    if got == all_ids[len(all_ids) - len(got) :]:
        return tokens[len(tokens) - len(got) :]
    return tokens[: len(got)] if got == all_ids[: len(got)] else tokens[:max_length]


@item("lab1.d", visibility="hidden")
def test_not_padded(lab: LabRNN) -> None:
    """A short review is not padded here: collate does that for a whole batch."""
    text, wanted = text_of(4)
    entry = example(lab.dataset([(text, "positive")], VOCAB, 12), 0)
    got = values.tokens(ids_in(entry), "ids")
    expect(len(got) <= len(wanted), "the ids are padded", got=got, expected=wanted)


# ---- length ----------------------------------------------------------------------------------------------------------
@item("lab1.d", weight=4)
@few
@given(st.integers(1, 8), st.integers(1, 8))
def test_length(lab: LabRNN, max_length: int, size: int) -> None:
    """'length' is the number of ids after truncation, an int."""
    text, _ = text_of(size)
    entry = example(lab.dataset([(text, "positive")], VOCAB, max_length), 0)
    got, wanted = part(entry, "length"), len(ids_of(entry, max_length))
    message = f"{size} words with max_length={max_length}, {wanted} ids"
    expect(values.number(got) == wanted, message, value=got, expected=str(wanted))


@item("lab1.d")
def test_length_with_unknown_words(lab: LabRNN) -> None:
    """'length' is the number of ids also where the review has words that tokenize does not know."""
    for max_length in (3, 40):
        text = f"ubbob {KNOWN[0]} ubgog {KNOWN[1]} {KNOWN[2]} ubkok"
        entry = example(lab.dataset([(text, "positive")], VOCAB, max_length), 0)
        got, wanted = entry.get("length"), len(ids_of(entry, max_length))
        plain = example(lab.dataset([(text_of(6)[0], "positive")], VOCAB, max_length), 0)
        del lab.student.calls[-2:]
        if values.number(plain.get("length")) != len(ids_of(plain, max_length)):
            raise NotJudged("'length' is wrong with known words too")
        message = f"a review with unknown words, {wanted} ids"
        expect(values.number(got) == wanted, message, value=got, expected=str(wanted))


# ---- label -----------------------------------------------------------------------------------------------------------
@item("lab1.d", weight=7)
@few
@given(rows)
def test_label(lab: LabRNN, rows: list[Row]) -> None:
    """'label' is the int 1 for 'positive' and 0 for 'negative', of the review at that position."""
    rows = [*rows, (KNOWN[0], "positive"), (KNOWN[1], "negative")]
    dataset = lab.dataset(rows, VOCAB)
    for (_, label), entry in zip(rows, examples(dataset, range(len(rows))), strict=True):
        got = part(entry, "label")
        wanted = int(label == "positive")
        expect(values.number(got) == wanted, f"the label of a {label} review", value=got, expected=str(wanted))


# ---- several accesses ------------------------------------------------------------------------------------------------
@item("lab1.d")
def test_second_access(lab: LabRNN) -> None:
    """Reading an example changes nothing: a second access gives the same, in any order."""
    rows = [(text_of(4)[0], "positive"), (text_of(3)[0], "negative")]
    dataset = lab.dataset(rows, VOCAB, 6)
    answers = list(examples(dataset, (0, 1, 1, 0)))
    for index, entry in zip((1, 0), answers[2:], strict=True):
        expect(repr(entry) == repr(answers[index]), f"example {index} read twice", got=entry, expected=answers[index])


@item("lab1.d", visibility="hidden")
def test_two_datasets(lab: LabRNN) -> None:
    """Two datasets side by side do not disturb each other."""
    (long, _), (short, _) = text_of(8), text_of(3)
    alone = repr(example(lab.dataset([(short, "negative"), (long, "positive")], VOCAB, 3), 0))
    one = lab.dataset([(short, "negative"), (long, "positive")], VOCAB, 3)
    other = lab.dataset([(long, "positive")], VOCAB, 5)
    example(other, 0)
    got = repr(example(one, 0))
    message = "the first dataset gives another example once there is a second"
    if got != alone:
        raise Mismatch(message, got, alone)
