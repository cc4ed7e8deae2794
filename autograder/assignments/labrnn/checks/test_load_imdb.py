"""lab1.a: `load_imdb` reads the reviews and splits them 7:1:2.

Each check judges files whose rows can't be guessed. Where one fails, the same is asked on a file that a line of Python
writes, so that the student can do it again. Labels that stand for the file's words cost `test_label_words` only.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from autograder.assignments.labrnn.api import LabRNN
from autograder.errors import StudentError, StudentException
from autograder.judge.expect import Mismatch, NotJudged, expect
from autograder.judge.marks import item
from autograder.kit.text_classification import values
from autograder.kit.text_classification.containers import handed_back
from autograder.kit.text_classification.corpus import File, marked_file, plain_file, vocab_of
from autograder.kit.text_classification.splits import Split, pairs, places, read_split, shuffled, unusual
from autograder.wire.frames import Series

ROWS = 467
TO_SHOW = (30, 200)  # rows of the files that a student can write again
NAMES = ("train", "validation", "test")
Property = Callable[[File, Split], None]


# ---- calls -----------------------------------------------------------------------------------------------------------
def split_of(lab: LabRNN, file: File, *, anywhere: bool = True, seed: int | None = None) -> Split:
    return read_split(lab.load_imdb(file, anywhere=anywhere, seed=seed), file)


def same_split(lab: LabRNN, rng: np.random.Generator) -> tuple[File, Split]:
    """One call's file and parts: several checks look at the same answer."""
    context = lab.context
    if context.split_file is None or context.split is None:
        file = marked_file(rng, ROWS)
        context.split, context.split_file, context.split_read = lab.load_imdb(file), file, None
    if context.split_read is None:
        context.split_read = read_split(context.split, context.split_file)
    return context.split_file, context.split_read


def hold(
    lab: LabRNN,
    judge: Property,
    rng: np.random.Generator,
    file: File | None = None,
    templates: Sequence[str] = ("{}",),
) -> None:
    """The property, asked of the split of a file, the one that checks share unless another is given.

    templates: of the reviews in files to show, one after the other.
    """
    try:
        judge(*(same_split(lab, rng) if file is None else (file, split_of(lab, file))))
    except (Mismatch, StudentException) as error:
        raise smaller(lab, judge, error, templates) from None


def smaller(lab: LabRNN, judge: Property, error: Exception, templates: Sequence[str]) -> Exception:
    """The same failure on a file that can be written again; the one that is known, with its own call, where there is none."""
    calls = lab.student.calls
    for count, template in itertools.product(TO_SHOW[: 1 if len(templates) > 1 else None], templates):
        file, lab.student.calls = plain_file(count, template), []
        try:
            judge(file, split_of(lab, file))
        except (Mismatch, StudentException) as other:
            if type(other) is type(error) and kind(other) == kind(error):
                return other
        except StudentError:
            break
    lab.student.calls = calls  # of what is known
    return error


def kind(error: Exception) -> str:
    return re.sub("[0-9]+", "", str(error))


# ---- proof of life ---------------------------------------------------------------------------------------------------
@item("lab1.a", weight=2, required=True)
def test_six_parts(lab: LabRNN, rng: np.random.Generator) -> None:
    """load_imdb returns six parts that hold rows of the file: in each many different reviews, not the same in all three, with labels of both classes."""

    def judge(file: File, split: Split) -> None:
        lengths = [len(column) for column in split.columns]
        expect(min(lengths) > 0, "a part is empty", got=lengths, expected="six lengths above 0")
        for part, name in zip(split.reviews, NAMES, strict=True):
            found = len(set(places(part, file)))
            message = f"the {name} part does not hold different reviews of the file"
            expect(3 * found > min(len(part), 30), message, got=f"{found} different reviews among {len(part)}")
        sets = [set(part) for part in split.reviews]
        expect(
            not sets[0] == sets[1] == sets[2], "nothing is split: all three parts hold the same reviews", got=lengths
        )
        expect_labels_of_the_file(file, [pair for part in range(3) for pair in pairs(file, split, part)])

    hold(lab, judge, rng)


def expect_labels_of_the_file(file: File, known: list[tuple[int, str]]) -> None:
    """Labels that have to do with the file's: mostly right, all swapped, or the file's own in another order."""
    words = Counter(label for _, label in known)
    expect(len(words) == 2, "the labels are not those of the file", got=dict(words), expected="labels of both classes")
    right = sum(file.rows[place][1] == label for place, label in known) / len(known)
    there = sum(file.rows[place][1] == "positive" for place, _ in known)
    related = not 0.25 < right < 0.75 or abs(words["positive"] - there) <= 0.04 * len(known)
    expect(
        related,
        "the labels are not those of the file",
        got=f"{words['positive']} of {len(known)} labels are positive, {right:.0%} are right",
        expected=f"{there} positive labels",
    )


# ---- form ------------------------------------------------------------------------------------------------------------
@item("lab1.a", weight=2)
def test_equally_long(lab: LabRNN, rng: np.random.Generator) -> None:
    """Each part of reviews is as long as its part of labels."""

    def judge(file: File, split: Split) -> None:
        lengths = [len(part) for part in (*split.reviews, *split.labels)]
        message = "reviews and labels differ in number"
        expect(lengths[:3] == lengths[3:], message, got=lengths, expected="x and y equally long")

    hold(lab, judge, rng)


@item("lab1.a", weight=21)
def test_reviews_then_labels(lab: LabRNN, rng: np.random.Generator) -> None:
    """The first three parts are reviews (x), the last three their labels (y)."""

    def judge(file: File, split: Split) -> None:
        expected = ["reviews"] * 3 + ["labels"] * 3
        expect(split.straight, "reviews must come first, labels after them", got=split.kinds, expected=expected)

    hold(lab, judge, rng)


@item("lab1.a", weight=9)
def test_order_of_parts(lab: LabRNN, rng: np.random.Generator) -> None:
    """The parts come in the order training, validation, test: the training part is the largest, and the validation part is not the larger one of the other two."""

    def judge(file: File, split: Split) -> None:
        train, valid, test = (len(part) for part in split.reviews)
        message = "the parts must come in the order training, validation, test"
        count = len(file.rows)
        expected = f"about {0.7 * count:.0f} / {0.1 * count:.0f} / {0.2 * count:.0f}"
        in_order = train >= max(valid, test) and valid < 1.5 * test
        expect(in_order, message, got=f"{train} / {valid} / {test} reviews", expected=expected)

    hold(lab, judge, rng)


@item("lab1.a", weight=2)
def test_label_words(lab: LabRNN, rng: np.random.Generator) -> None:
    """The labels are the strings 'positive' and 'negative' of the file; 1 and 0 are made of them in IMDB."""

    def judge(file: File, split: Split) -> None:
        columns = [c for c, what in zip(split.columns, split.kinds, strict=True) if what == "labels"]
        beside = zip(split.reviews, columns, strict=False)
        labels = [v for x, y in beside for review, v in zip(x, y, strict=False) if file.place_of(review) is not None]
        other = [label for label in labels if label not in ("positive", "negative")]
        shown = list(dict.fromkeys(map(str, other)))[:4]
        expect(not other, "a label is neither 'positive' nor 'negative'", got=", ".join(shown))

    hold(lab, judge, rng)


# ---- the split -------------------------------------------------------------------------------------------------------
@item("lab1.a", weight=9)
def test_sizes(lab: LabRNN, rng: np.random.Generator) -> None:
    """The split is 7:1:2: of all rows, 70 % train, 10 % validate, 20 % test, within two rows."""

    def judge(file: File, split: Split) -> None:
        sizes = sorted(len(part) for part in split.reviews)
        total = sum(sizes)
        wanted = [0.1 * total, 0.2 * total, 0.7 * total]
        off = max(abs(size - want) for size, want in zip(sizes, wanted, strict=True))
        shown = f"{sizes[2]} / {sizes[0]} / {sizes[1]}"
        expect(
            off <= 2,
            f"of {total} rows in all parts",
            got=f"training/validation/test: {shown}",
            expected=f"about {wanted[2]:g} / {wanted[0]:g} / {wanted[1]:g}",
        )

    small = marked_file(rng, 200)
    hold(lab, judge, rng)
    hold(lab, judge, rng, small)


@item("lab1.a", weight=9)
def test_no_row_lost(lab: LabRNN, rng: np.random.Generator) -> None:
    """Every row of the file is in some part, and nothing else is."""

    def judge(file: File, split: Split) -> None:
        reviews = [review for part in split.reviews for review in part]
        found = Counter(file.place_of(review) for review in reviews)
        strange = [review for review in reviews if file.place_of(review) is None]
        expect(not strange, f"{len(strange)} reviews are not rows of the file", value=strange[:3])
        # Where rows stand twice in their place, that is the mistake, which test_no_row_twice charges.
        missing = len(file.rows) - max(len(found), len(reviews))
        expect(missing <= 0, f"{missing} of {len(file.rows)} rows are in no part", got=f"{len(reviews)} rows")

    large = marked_file(rng, 2000)  # a limit left over from debugging may be a large one
    hold(lab, judge, rng)
    hold(lab, judge, rng, large)


@item("lab1.a", weight=21)
def test_no_row_twice(lab: LabRNN, rng: np.random.Generator) -> None:
    """No row stands twice, neither within a part nor in two parts: what is tested on was never trained on."""

    def judge(file: File, split: Split) -> None:
        parts = [places(part, file) for part in split.reviews]
        for part, name in zip(parts, NAMES, strict=True):
            twice = len(part) - len(set(part))
            expect(not twice, f"{twice} rows stand more than once in the {name} part")
        for a, b in ((0, 1), (0, 2), (1, 2)):
            both = set(parts[a]) & set(parts[b])
            message = f"{len(both)} rows are in the {NAMES[a]} part and in the {NAMES[b]} part"
            expect(not both, message, got=f"row {min(both, default=0)}, for one, is in both")

    hold(lab, judge, rng)


@item("lab1.a", weight=15)
def test_labels_belong(lab: LabRNN, rng: np.random.Generator) -> None:
    """Every label still belongs to its review, in each of the three parts."""

    def judge(file: File, split: Split) -> None:
        for part, name in enumerate(NAMES):
            known = pairs(file, split, part)
            wrong = [(place, label) for place, label in known if file.rows[place][1] != label]
            shown = wrong[0] if wrong else (0, "")
            expect(
                not wrong,
                f"{len(wrong)} of {len(known)} labels of the {name} part belong to another review",
                got=f"{file.rows[shown[0]][0]!r} is labelled {shown[1]}",
                expected=file.rows[shown[0]][1],
            )

    hold(lab, judge, rng)


@item("lab1.a", weight=9)
def test_both_classes(lab: LabRNN, rng: np.random.Generator) -> None:
    """Both classes are in every part in about the proportion of the file."""

    def judge(file: File, split: Split) -> None:
        truth = [[file.rows[place][1] for place in places(part, file)] for part in split.reviews]
        for name, labels in zip(NAMES, truth, strict=True):
            share = labels.count("positive") / max(len(labels), 1)
            enough = len(labels) < 10 or min(share, 1 - share) >= (0.1 if len(labels) >= 40 else 0.01)
            there = sum(label == "positive" for _, label in file.rows) / len(file.rows)
            message = f"the {name} part is one-sided"
            expect(enough, message, got=f"{share:.0%} positive", expected=f"about {there:.0%}")

    hold(lab, judge, rng)


# ---- the file --------------------------------------------------------------------------------------------------------
@item("lab1.a", weight=2)
def test_text_unchanged(lab: LabRNN, rng: np.random.Generator) -> None:
    """Reviews come back as they stand in the file: with commas, quotes, line breaks and letters of any alphabet."""
    odd = ['{}, and "so" on', "{}\nnext line", "<br />{} ...", "Ünïcödé {} 好", "'{}', it's", "{},,positive", 'A "{}"']

    def judge(file: File, split: Split) -> None:
        found = [(place, r) for part in split.reviews for r in part if (place := file.place_of(r)) is not None]
        expect(bool(found), "none of the reviews is found again")
        changed = [(file.rows[place][0], review) for place, review in found if file.rows[place][0] != review]
        wanted, got = changed[0] if changed else ("", "")
        message = f"{len(changed)} reviews were changed or cut"
        expect(not changed, message, value=got, expected=repr(wanted))

    hold(lab, judge, rng, marked_file(rng, 210, template=odd), odd)


@item("lab1.a", weight=2)
def test_base_csv(lab: LabRNN, rng: np.random.Generator) -> None:
    """load_imdb reads the file that `base_csv` names, wherever it is."""
    file = marked_file(rng, 200)
    try:
        split = split_of(lab, file, anywhere=False)
    except StudentError as error:
        message = "the file given as base_csv was not read"
        raise Mismatch(message, got=str(error), expected="the rows of that file") from error
    read = sum(len(places(part, file)) for part in split.reviews)
    expect(read > 0, "the rows do not come from the file given as base_csv")


@item("lab1.a", weight=2)
def test_other_file(lab: LabRNN, rng: np.random.Generator) -> None:
    """A second call with another file gives the rows of that file."""
    first, file = marked_file(rng, 200), marked_file(rng, 260, skip=ROWS)
    split_of(lab, first)
    read = sum(len(places(part, file)) for part in split_of(lab, file).reviews)
    expect(read > 0, "the second call did not give the second file's rows")


@item("lab1.a", weight=2, visibility="hidden")
def test_repeatable(lab: LabRNN, rng: np.random.Generator) -> None:
    """After the same seeding of random, numpy and torch, two calls give the same split."""
    file = marked_file(rng, 200)
    first, second = split_of(lab, file, seed=5), split_of(lab, file, seed=5)
    same = (first.reviews, first.labels) == (second.reviews, second.labels)
    expect(same, "two calls after the same seeding differ")


@item("lab1.a", weight=2, visibility="hidden")
def test_equal_rows(lab: LabRNN, rng: np.random.Generator) -> None:
    """Equal rows of the file are kept, each as often as it stands there."""
    once = marked_file(rng, 180)
    rows = [row for place, row in enumerate(once.rows) for _ in range(2 if place % 4 == 0 else 1)]
    split = split_of(lab, File(tuple(rows), once.marks))
    found = Counter(place for part in split.reviews for place in places(part, once))
    doubled = [found[place] for place in range(0, 180, 4) if place in found]
    kept = sum(count == 2 for count in doubled)
    message = "a file of 225 rows, 45 of which stand in it twice"
    expect(2 * kept > len(doubled), message, got=f"{kept} of {len(doubled)} are there twice", expected="all of them")


@item("lab1.a", weight=9, visibility="hidden")
def test_by_position(lab: LabRNN, rng: np.random.Generator) -> None:
    """The parts can be read by position, by the notebook's own IMDB at least."""
    _, split = same_split(lab, rng)
    answer = list(lab.context.split.values if isinstance(lab.context.split, Series) else lab.context.split)
    if not split.straight:
        raise NotJudged("reviews and labels stand in each other's places")
    if not unusual(answer, split):
        return
    x, y = (handed_back(answer[place]) for place in (0, 3))
    message = f"x and y are {'Series with a shuffled index' if shuffled(answer[0]) else 'of an unusual type'}, and IMDB"
    try:
        # Every word is known: what tokenize does with others is charged in lab1.c.
        words = sorted({word for text in split.reviews[0] for word in (*text.split(), *text.lower().split())})
        dataset = lab.call("IMDB", keep=True, x=x, y=y, vocab=vocab_of(words))
        entries = [values.mapping(entry) or {} for entry in dataset.call_each([(i,) for i in range(8)], method="[]")]
    except StudentError as error:
        raise Mismatch(f"{message} does not read them", got=str(error)) from error
    found = [values.number((values.sequence(label) or [label])[0]) for label in (e.get("label") for e in entries)]
    right = [int(label == "positive") for label in split.labels[0][:8]]
    expect(found == right, f"{message} reads other rows", got=f"labels {found}", expected=f"labels {right}")
