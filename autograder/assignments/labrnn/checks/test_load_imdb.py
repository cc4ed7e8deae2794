"""lab1.a: `load_imdb` reads the reviews and splits them 7:1:2."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from autograder.assignments.labrnn import values
from autograder.assignments.labrnn.api import LabRNN, Row
from autograder.assignments.labrnn.corpus import mark_of, marked_rows, numbered_words, vocab_of
from autograder.errors import StudentError
from autograder.judge.expect import Mismatch, expect
from autograder.judge.marks import item
from autograder.student.wire import Series

NAMES = ("train", "validation", "test")
Split = tuple[list[str], ...]


def split(lab: LabRNN, rows: list[Row], *, anywhere: bool = True, seed: int | None = None) -> Split:
    return values.parts(lab.load_imdb(rows, anywhere=anywhere, seed=seed))


def same_split(lab: LabRNN, rng: np.random.Generator) -> tuple[list[Row], Split]:
    """One call's rows and parts: several checks look at the same answer."""
    context = lab.context
    if not context.split_rows:
        rows = tuple(marked_rows(rng, 233))
        context.split = lab.load_imdb(rows)
        context.split_rows = rows
    return list(context.split_rows), values.parts(context.split)


def marks_in(part: list[str], rows: list[Row]) -> list[str]:
    marks = frozenset(numbered_words(len(rows)))
    return [mark_of(review, marks) or "" for review in part]


def plain(part: Any, texts: list[str]) -> Any:
    """A part as it came, rebuilt from its texts and integer labels alone, so that it can be handed back."""
    if not isinstance(part, Series):
        return texts
    index = part.index if part.index is not None and {type(label) for label in part.index} == {int} else None
    return Series("numpy.ndarray" if index is None else "pandas.Series", texts, index)


@item("lab1.a", weight=2, required=True)
def test_six_parts(lab: LabRNN, rng: np.random.Generator) -> None:
    """load_imdb returns six parts, none of them empty: sequences of strings that can be read by position."""
    _, parts = same_split(lab, rng)
    lengths = [len(p) for p in parts]
    expect(min(lengths) > 0, "a part is empty", got=lengths, expected="six lengths above 0")


@item("lab1.a")
def test_equally_long(lab: LabRNN, rng: np.random.Generator) -> None:
    """Each part of reviews is as long as its part of labels."""
    _, parts = same_split(lab, rng)
    lengths = [len(p) for p in parts]
    expect(
        lengths[:3] == lengths[3:], "reviews and labels differ in number", got=lengths, expected="x and y equally long"
    )


@item("lab1.a", weight=2)
def test_order_of_parts(lab: LabRNN, rng: np.random.Generator) -> None:
    """The parts come in the order x_train, x_valid, x_test, y_train, y_valid, y_test: the largest is the training part, the smallest the validation part."""
    _, parts = same_split(lab, rng)
    labels = [set(p) <= {"positive", "negative"} for p in parts]
    got = ["labels" if is_label else "reviews" for is_label in labels]
    expect(labels == [False] * 3 + [True] * 3, "reviews must come first, labels after them", got=got)
    sizes = [len(p) for p in parts[:3]]
    message = "the parts must come in the order training, validation, test"
    expect(sizes[0] > sizes[2] > sizes[1], message, got=f"{sizes} reviews", expected="about [163, 23, 47]")


@item("lab1.a", weight=2)
def test_sizes(lab: LabRNN, rng: np.random.Generator) -> None:
    """The split is 7:1:2: of N rows, 70 % train, 10 % validate, 20 % test, within two rows."""
    for count in (200, 407, 2000):
        sizes = sorted(len(p) for p in split(lab, marked_rows(rng, count))[:3])
        wanted = [0.1 * count, 0.2 * count, 0.7 * count]
        off = max(abs(size - want) for size, want in zip(sizes, wanted, strict=True))
        shown = f"about {wanted[2]:g} / {wanted[0]:g} / {wanted[1]:g}"
        expect(
            off <= 2,
            f"of {count} rows",
            got=f"training/validation/test: {sizes[2]} / {sizes[0]} / {sizes[1]}",
            expected=shown,
        )


@item("lab1.a", weight=2)
def test_no_row_lost(lab: LabRNN, rng: np.random.Generator) -> None:
    """Every row of the file is in some part, and nothing else is."""
    rows, split_parts = same_split(lab, rng)
    found = Counter(mark for part in split_parts[:3] for mark in marks_in(part, rows))
    missing = [m for m in numbered_words(len(rows)) if m not in found]
    expect(not missing, f"{len(missing)} of {len(rows)} rows are in no part")
    expect("" not in found, f"{found['']} reviews are not rows of the file")


@item("lab1.a", weight=3)
def test_no_row_twice(lab: LabRNN, rng: np.random.Generator) -> None:
    """No row stands twice, neither within a part nor in two parts: what is tested on was never trained on."""
    rows, split_parts = same_split(lab, rng)
    parts = [marks_in(part, rows) for part in split_parts[:3]]
    for part, name in zip(parts, NAMES, strict=True):
        twice = [mark for mark, count in Counter(part).items() if count > 1 and mark]
        expect(not twice, f"{len(twice)} rows stand more than once in the {name} part")
    for a, b in ((0, 1), (0, 2), (1, 2)):
        both = (set(parts[a]) & set(parts[b])) - {""}
        expect(not both, f"{len(both)} rows are in the {NAMES[a]} part and in the {NAMES[b]} part")


@item("lab1.a", weight=4)
def test_labels_belong(lab: LabRNN, rng: np.random.Generator) -> None:
    """Every label still belongs to its review, in each of the three parts."""
    rows, parts = same_split(lab, rng)
    truth = dict(zip(numbered_words(len(rows)), (label for _, label in rows), strict=True))
    for k, name in enumerate(NAMES):
        pairs = zip(marks_in(parts[k], rows), parts[k + 3], strict=False)
        wrong = [(mark, label) for mark, label in pairs if truth.get(mark, label) != label]
        message = f"{len(wrong)} of {len(parts[k])} labels of the {name} part belong to another review"
        shown = wrong[0] if wrong else ("", "")
        expect(
            not wrong,
            message,
            got=f"a review with {shown[0]!r} labelled {shown[1]!r}",
            expected=truth.get(shown[0], ""),
        )


@item("lab1.a")
def test_label_words(lab: LabRNN, rng: np.random.Generator) -> None:
    """The labels are the strings 'positive' and 'negative' of the file."""
    other = {label for part in same_split(lab, rng)[1][3:] for label in part} - {"positive", "negative"}
    expect(not other, "a label is neither 'positive' nor 'negative'", got=sorted(other)[:5])


@item("lab1.a")
def test_text_unchanged(lab: LabRNN, rng: np.random.Generator) -> None:
    """Reviews come back as they stand in the file: with commas, quotes, line breaks and letters of any alphabet."""
    odd = [
        '{}, and "so" on',
        "{}\nnext line",
        "<br /><br />{} ...",
        "Ünïcödé {} 好",
        "'{}', it's",
        "{},,positive",
        'A "{}"',
    ]
    rows = [(odd[i % len(odd)].format(text), label) for i, (text, label) in enumerate(marked_rows(rng, 210))]
    marks = frozenset(numbered_words(len(rows)))
    texts = dict(zip(numbered_words(len(rows)), (text for text, _ in rows), strict=True))
    found = [(mark_of(review, marks), review) for part in split(lab, rows)[:3] for review in part]
    expect(any(mark for mark, _ in found), "none of the reviews is found again")
    changed = [(texts[mark], review) for mark, review in found if mark and texts[mark] != review]
    wanted, got = changed[0] if changed else ("", "")
    expect(not changed, f"{len(changed)} reviews were changed or cut", value=got, expected=repr(wanted))


@item("lab1.a")
def test_base_csv(lab: LabRNN, rng: np.random.Generator) -> None:
    """load_imdb reads the file that `base_csv` names, wherever it is."""
    rows = marked_rows(rng, 200)
    try:
        parts = split(lab, rows, anywhere=False)
    except StudentError as error:
        raise Mismatch(
            "the file given as base_csv was not read", got=str(error), expected="the rows of that file"
        ) from error
    marks = frozenset(numbered_words(len(rows)))
    read = sum(mark_of(review, marks) is not None for part in parts[:3] for review in part)
    expect(read > 0, "the rows do not come from the file given as base_csv")


@item("lab1.a")
def test_other_file(lab: LabRNN, rng: np.random.Generator) -> None:
    """A second call with another file gives the rows of that file."""
    split(lab, marked_rows(rng, 200))
    rows = marked_rows(rng, 260)
    found = {mark for part in split(lab, rows)[:3] for mark in marks_in(part, rows)}
    expect(numbered_words(260)[-1] in found, "the second call did not give the second file's rows")


@item("lab1.a", visibility="hidden")
def test_repeatable(lab: LabRNN, rng: np.random.Generator) -> None:
    """After the same seeding of random, numpy and torch, two calls give the same split."""
    rows = marked_rows(rng, 200)
    first, second = split(lab, rows, seed=5), split(lab, rows, seed=5)
    expect(first == second, "two calls after the same seeding differ")


@item("lab1.a", visibility="hidden")
def test_equal_rows(lab: LabRNN, rng: np.random.Generator) -> None:
    """Equal rows of the file are kept, each as often as it stands there."""
    rows = marked_rows(rng, 180)
    total = sum(len(part) for part in split(lab, [*rows, *rows[:40]])[:3])
    expect(total == 220, "a file of 220 rows, 40 of which stand in it twice", got=f"{total} rows", expected="220 rows")


@item("lab1.a", weight=2)
def test_both_classes(lab: LabRNN, rng: np.random.Generator) -> None:
    """Both classes are in every part in about the proportion of the file."""
    _, parts = same_split(lab, rng)
    for name, labels in zip(NAMES, parts[3:], strict=True):
        share = labels.count("positive") / max(len(labels), 1)
        expect(
            0.15 <= share <= 0.85, f"the {name} part is one-sided", got=f"{share:.0%} positive", expected="about 50 %"
        )


@item("lab1.a", visibility="hidden")
def test_by_position(lab: LabRNN, rng: np.random.Generator) -> None:
    """The parts can be read by position, by the notebook's own IMDB at least."""
    _, parts = same_split(lab, rng)
    answer = lab.context.split
    labelled = [p for p in (answer[0], answer[3]) if isinstance(p, Series) and p.index is not None]
    if not labelled or all(p.index == list(range(len(p.values))) for p in labelled):
        return
    x, y = (plain(answer[place], parts[place]) for place in (0, 3))
    try:
        # Every word is known: what tokenize does with others is charged in lab1.c.
        words = sorted({word for text in parts[0] for word in (*text.split(), *text.lower().split())})
        dataset = lab.student.call("IMDB", x, y, vocab_of(words), 256, keep=True)
        got = [dataset.call("[]", i) for i in range(4)]
    except StudentError as error:
        raise Mismatch(
            "x and y are Series with a shuffled index, and IMDB does not read them", got=str(error)
        ) from error
    right = [1 if label == "positive" else 0 for label in parts[3][:4]]
    found = [values.integer(entry.get("label")) if isinstance(entry, dict) else None for entry in got]
    readable = None in found or found == right
    expect(
        readable, "x and y are Series with a shuffled index, and IMDB reads other rows", got=found, expected=str(right)
    )
