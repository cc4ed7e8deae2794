"""The made-up treebank: its form, its seed, and what can only be predicted from words far back."""

from __future__ import annotations

from collections import Counter
from itertools import islice, pairwise

import pytest

from reference.gru_attention.experiments.made_up import PARTS, TOPICS, sentences, texts

NOUNS, VERBS = ({word for topic in TOPICS.values() for word in topic[place].split()} for place in (0, 1))


def test_the_form_is_the_treebanks():
    found = texts(20_000, 3)
    assert list(found) == list(PARTS) == ["train", "valid", "test"]
    for part, text in found.items():
        lines = text.splitlines()
        assert all(line == f" {' '.join(line.split())} " for line in lines)
        assert len(text.split()) + len(lines) == pytest.approx(20_000 * PARTS[part], abs=100)
    assert {"<unk>", "N"} < set(found["train"].split()) and "<eos>" not in found["train"]
    assert set(found["valid"].split()) < set(found["train"].split())


def test_words_are_of_one_kind():
    assert not NOUNS & VERBS
    assert not [word for word in NOUNS | VERBS if word.endswith(("s", "x", "ch", "ry"))]  # an s makes other forms


def test_seeds():
    assert texts(2000, 1) == texts(2000, 1) != texts(2000, 2)
    assert texts(2000, 1)["train"].startswith(" the broker near this junior fund with mr. <unk> buys ")


def test_parts_go_on_where_the_last_one_ended():
    lines = [line.strip() for text in texts(2000, 1).values() for line in text.splitlines()]
    assert lines == [" ".join(sentence) for sentence in islice(sentences(1), len(lines))]


def test_what_opens_is_closed():
    found = list(islice(sentences(4), 3000))
    count = Counter()
    for words in found:
        count[words[0]] += 1
        assert ("then" in words) == (words[0] == "if") and ("or" in words) == (words[0] == "either")
        assert (words[-1] == "?") == (words[0] in ("do", "does"))
    assert min(count[word] for word in ("if", "either", "do", "does")) > 50


def test_every_noun_and_verb_has_its_number():
    """In a sentence without other verbs than its own, the verb agrees with the first noun, whatever stands between."""
    apart = 0
    for words in islice(sentences(5), 3000):
        verbs = [place for place, word in enumerate(words) if word in VERBS or word.removesuffix("s") in VERBS]
        nouns = [place for place, word in enumerate(words) if word in NOUNS or word.removesuffix("s") in NOUNS]
        if len(verbs) == 1 and nouns and not {"do", "does", "say", "says", "mr."} & set(words):
            assert words[nouns[0]].endswith("s") != words[verbs[0]].endswith("s")
            between = [place for place in nouns[1:] if place < verbs[0]]
            apart += any(words[place].endswith("s") != words[nouns[0]].endswith("s") for place in between)
    assert apart > 50  # of which the noun right before the verb is in the other number


def test_topics_stay():
    topic_of = {noun: topic for topic, (nouns, _, _) in TOPICS.items() for noun in nouns.split()}
    topics = []
    for words in islice(sentences(6), 2000):
        own = {topic_of[noun] for word in words if (noun := word if word in topic_of else word[:-1]) in topic_of}
        assert len(own) <= 1
        topics += own
    same = sum(first == second for first, second in pairwise(topics)) / (len(topics) - 1)
    assert 0.8 < same < 0.95 and set(topics) == set(TOPICS)
