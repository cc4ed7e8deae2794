"""Reads what `load_imdb` returned: six parts, which of them are reviews, and labels as the words of the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograder.judge.expect import expect
from autograder.kit.text_classification.corpus import File
from autograder.kit.text_classification.values import number, sequence, text
from autograder.wire.frames import Scalar, Series

PARTS = ("x_train", "x_valid", "x_test", "y_train", "y_valid", "y_test")
WORDS = ("negative", "positive")
HEADS = {word[:3]: word for word in WORDS}
DIGITS = {"1": "positive", "0": "negative"}


@dataclass(frozen=True)
class Split:
    """Reviews and labels of the training, validation and test part, by position.

    `columns`: the six parts as they came; `reviews`, `labels`: those of them that are each, in their order, the labels
    as words of the file where they stand for one, else as they came; `straight`: the reviews came first.
    """

    columns: tuple[list[Any], ...]
    reviews: tuple[list[str], ...]
    labels: tuple[list[Any], ...]
    straight: bool

    @property
    def kinds(self) -> list[str]:
        """What each of the six parts is, for people."""
        return ["labels" if is_labels(column) else "reviews" for column in self.columns]


def read_split(answer: Any, file: File) -> Split:
    """The answer as a Split.

    Raises:
        Mismatch: not six parts, or a part is no sequence of reviews or of labels.
    """
    body = answer.values if isinstance(answer, Series) else answer
    ok = type(body) in (tuple, list) and len(body) == len(PARTS)
    expect(ok, "load_imdb must return six parts", value=answer, expected="(" + ", ".join(PARTS) + ")")
    columns = tuple(_column(part, name) for part, name in zip(body, PARTS, strict=True))
    places = [k for k, column in enumerate(columns) if is_labels(column)]
    straight = places == [3, 4, 5]
    if len(places) != 3:
        places = [3, 4, 5]
    reviews = tuple([text(v) or "" for v in column] for k, column in enumerate(columns) if k not in places)
    raw = tuple(columns[k] for k in places)
    words = meanings(raw, reviews, file)
    return Split(columns, reviews, tuple([words.get(_key(v), v) for v in part] for part in raw), straight)


def _column(part: Any, name: str) -> list[Any]:
    items = sequence(part)
    texts = [text(v) for v in items or ()]
    ok = items is not None and all(t is not None or number(v) is not None for t, v in zip(texts, items, strict=True))
    message = f"{name} must be a sequence of strings that can be read by position"
    expect(ok, message, value=part, expected="a list of strings")
    return [v if t is None else t for t, v in zip(texts, items or (), strict=True)]


# ---- labels ----------------------------------------------------------------------------------------------------------
def is_labels(column: Sequence[Any]) -> bool:
    """Whether most of a part stands for sentiments."""
    return 2 * sum(meaning(value) is not None or text(value) is None for value in column) > len(column)


def meaning(value: Any) -> str | None:
    """The word of the file that a label stands for by itself: 'pos', 'Positive', 1 and True are positive."""
    found = text(value)
    if found is not None:
        plain = found.strip().lower()
        return HEADS.get(plain[:3]) or DIGITS.get(plain)
    plain_number = number(value)
    return None if plain_number is None else {1: "positive", 0: "negative", -1: "negative"}.get(plain_number)


def meanings(labels: Sequence[list[Any]], reviews: Sequence[list[str]], file: File) -> Mapping[Any, str]:
    """What each label stands for: by itself, else, of two values, by the reviews that they stand beside."""
    values = {_key(v): v for part in labels for v in part}
    known = {key: word for key, v in values.items() if (word := meaning(v)) is not None}
    if len(values) != 2 or len(known) == 2:
        return known
    votes = dict.fromkeys(values, 0)
    for texts, part in zip(reviews, labels, strict=True):
        for review, value in zip(texts, part, strict=False):
            place = file.place_of(review)
            if place is not None:
                votes[_key(value)] += 1 if file.rows[place][1] == "positive" else -1
    first, second = sorted(votes, key=lambda key: votes[key])
    return {first: "negative", second: "positive"}


def _key(value: Any) -> Any:
    """A label as something that can be looked up."""
    return found if (found := text(value)) is not None else number(value)


def handed_labels(answer: Any, split: Split) -> tuple[Any, Any] | None:
    """What the notebook's `load_imdb` returns for 'positive' and 'negative', if that can be handed on; else None."""
    column = split.columns[3]
    pairs = zip(column, split.labels[0], strict=False)
    found = {word: v.value if isinstance(v, Scalar) else v for v, word in pairs if text(word) in WORDS}
    values = (found.get("positive"), found.get("negative"))
    plain = all(type(value) in (str, int, bool, float) for value in values)
    return values if plain and len(split.labels[0]) == len(column) else None


def unusual(answer: list[object], split: Split) -> bool:
    """Whether not everybody's IMDB reads these parts: Series out of order, tables, labels that are no words."""
    labels = handed_labels(answer, split)
    words = labels is None or labels == ("positive", "negative")
    table = [part for part in answer if isinstance(part, Series) and any(type(v) in (list, tuple) for v in part.values)]
    return shuffled(answer[0]) or shuffled(answer[3]) or bool(table) or not words


def shuffled(part: object) -> bool:
    return isinstance(part, Series) and part.index is not None and part.index != list(range(len(part.values)))


def places(part: list[str], file: File) -> list[int]:
    """The rows of the file that a part of reviews is; what is no row is left out."""
    return [place for review in part if (place := file.place_of(review)) is not None]


def pairs(file: File, split: Split, part: int) -> list[tuple[int, str]]:
    """Rows of the file and the labels beside them in one part, as far as both can be read."""
    beside = zip(split.reviews[part], split.labels[part], strict=False)
    found = ((file.place_of(review), label) for review, label in beside)
    return [(place, label) for place, label in found if place is not None and label in ("positive", "negative")]
