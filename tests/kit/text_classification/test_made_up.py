"""The synthetic language: balanced, repeatable, harmless to any tokenisation, with the padding trap."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

from autograder.kit.text_classification.made_up import (
    EXAM,
    FAR,
    LESSON,
    TRAP_LENGTH,
    Style,
    reviews,
    vocabulary,
    write_csv,
)

WORDS = vocabulary()
NEGATIVE, POSITIVE = (set(words) for words in WORDS.sentiments)
BACK, TURN = (set(words) for words in WORDS.turned)
TURNED = Style(plain=0.0, near=0.0)


def test_reviews_are_balanced_and_repeatable() -> None:
    made = reviews(401, 3)
    assert made == reviews(401, 3) != reviews(401, 4)
    counts = Counter(label for _, label in made)
    assert set(counts) == {"positive", "negative"} and abs(counts["positive"] - counts["negative"]) == 1


def test_words_are_distinct_and_plain() -> None:
    assert len(WORDS.all) == len(WORDS.fillers) + sum(map(len, (*WORDS.sentiments, *WORDS.turned)))
    assert all(word.isascii() and word.isalpha() and word.islower() and len(word) == 5 for word in WORDS.all)
    for style in (LESSON, EXAM):
        assert {word for text, _ in reviews(300, 1, style) for word in text.split()} == WORDS.all


def meaning(words: list[str]) -> set[str]:
    """What each word of sentiment says, by the last word before it that turns or turns back."""
    turned, found = False, set()
    for word in words:
        turned = word in TURN or (turned and word not in BACK)
        if word in NEGATIVE | POSITIVE:
            found.add("positive" if (word in POSITIVE) != turned else "negative")
    return found


def test_order_tells_the_label() -> None:
    for style in (LESSON, EXAM, TURNED):
        assert all(meaning(text.split()) == {label} for text, label in reviews(500, 2, style))


def short(style: Style) -> list[tuple[list[str], str]]:
    return [(text.split(), label) for text, label in reviews(4000, 3, style) if len(text.split()) < TRAP_LENGTH]


def test_turned_reviews_of_both_labels_have_the_same_words() -> None:
    """As many of each kind in every review; a bag of words can't tell them apart."""
    for words, _ in short(TURNED):
        counts = Counter(word for word in words if word not in WORDS.fillers)
        assert sum(counts[w] for w in POSITIVE) == sum(counts[w] for w in NEGATIVE) == 2
        assert sum(counts[w] for w in TURN) == sum(counts[w] for w in BACK) == 2


def test_places_tell_nothing_either() -> None:
    """Words of sentiment, and words that turn, stand at the same places in reviews of both labels."""
    for kind in (POSITIVE, NEGATIVE, TURN, BACK):
        means = []
        for wanted in ("positive", "negative"):
            places = [n / len(words) for words, label in short(TURNED) if label == wanted for n, w in enumerate(words)
                      if w in kind]  # fmt: skip
            means.append(sum(places) / len(places))
        assert abs(means[0] - means[1]) < 0.02


def test_no_few_words_together_tell_the_label() -> None:
    """What turns stands far from what it turns, on both sides."""
    for words, _ in short(TURNED):
        turns = [n for n, word in enumerate(words) if word in TURN | BACK]
        feelings = [n for n, word in enumerate(words) if word in POSITIVE | NEGATIVE]
        assert min(abs(a - b) for a in turns for b in feelings) > FAR[0]


def test_one_review_in_twenty_is_long() -> None:
    lengths = [len(text.split()) for text, _ in reviews(1000, 5)]
    assert 25 <= sum(length >= TRAP_LENGTH for length in lengths) <= 80
    assert 25 <= sorted(lengths)[500] <= 40


def test_every_word_is_frequent_enough_for_a_vocabulary() -> None:
    counts = Counter(word for text, _ in reviews(1500, 7) for word in text.split())
    assert counts.keys() == WORDS.all and min(counts.values()) >= 5


def test_the_file_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    write_csv(path, 20, 9)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["review"], row["sentiment"]) for row in rows] == reviews(20, 9)
