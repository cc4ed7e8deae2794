"""The synthetic language: balanced, repeatable, harmless to any tokenisation, with the padding trap."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

from autograder.accuracy.language import FILLERS, SENTIMENTS, TRAP_LENGTH, reviews, vocabulary, write_csv


def test_reviews_are_balanced_and_repeatable() -> None:
    made = reviews(401, 3)
    assert made == reviews(401, 3) != reviews(401, 4)
    counts = Counter(label for _, label in made)
    assert set(counts) == {"positive", "negative"} and abs(counts["positive"] - counts["negative"]) == 1


def test_words_are_distinct_and_plain() -> None:
    fillers, positive, negative = vocabulary()
    words = {*fillers, *positive, *negative}
    assert len(words) == FILLERS + 2 * SENTIMENTS
    assert all(word.isascii() and word.isalpha() and word.islower() and len(word) == 5 for word in words)
    assert {word for text, _ in reviews(300, 1) for word in text.split()} <= words


def test_most_sentiment_words_agree_with_the_label() -> None:
    _, positive, negative = vocabulary()
    right = wrong = 0
    for text, label in reviews(300, 2):
        good = sum(word in positive for word in text.split())
        bad = sum(word in negative for word in text.split())
        right, wrong = (right + good, wrong + bad) if label == "positive" else (right + bad, wrong + good)
    assert 0.87 < right / (right + wrong) < 0.93


def test_one_review_in_twenty_is_long() -> None:
    lengths = [len(text.split()) for text, _ in reviews(1000, 5)]
    assert 25 <= sum(length == TRAP_LENGTH for length in lengths) <= 80
    assert 20 <= sorted(lengths)[500] <= 30


def test_every_word_is_frequent_enough_for_a_vocabulary() -> None:
    counts = Counter(word for text, _ in reviews(1500, 7) for word in text.split())
    assert len(counts) == FILLERS + 2 * SENTIMENTS and min(counts.values()) >= 5


def test_the_file_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    write_csv(path, 20, 9)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["review"], row["sentiment"]) for row in rows] == reviews(20, 9)
