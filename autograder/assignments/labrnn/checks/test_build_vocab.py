"""lab1.b: `build_vocab` counts words and numbers the frequent ones."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.assignments.labrnn.api import PAD, UNK, LabRNN
from autograder.assignments.labrnn.corpus import POOL, STOP_WORDS, numbered_words, reviews_with, words
from autograder.judge.expect import expect
from autograder.judge.marks import item

SPECIAL = {PAD, UNK}
counts = st.dictionaries(words, st.integers(1, 6), min_size=1, max_size=5)
few = settings(max_examples=6)


def kept(vocab: dict[str, int]) -> set[str]:
    return set(vocab) - SPECIAL


@item("lab1.b", weight=2, required=True)
def test_returns_words(lab: LabRNN) -> None:
    """build_vocab returns a dict from words to integers that holds the words of the reviews."""
    reviews = reviews_with(dict.fromkeys(POOL[:5], 6), 0)
    found = kept(lab.build_vocab(reviews, 1))
    expect(
        bool(found & set(POOL[:5])),
        "the vocabulary holds none of the words",
        got=sorted(found)[:8],
        expected=sorted(POOL[:5]),
    )


@item("lab1.b")
def test_nothing_carried_over(lab: LabRNN) -> None:
    """A second call with other reviews knows nothing of the first."""
    lab.build_vocab(reviews_with({POOL[0]: 3, POOL[1]: 1}, 7), 2)
    found = kept(lab.build_vocab(reviews_with({POOL[1]: 1, POOL[2]: 3}, 8), 2))
    both = "made from both calls' words" if POOL[0] in found or POOL[1] in found else "wrong"
    expect(found == {POOL[2]}, f"the second vocabulary is {both}", got=sorted(found), expected=[POOL[2]])


@item("lab1.b", weight=2)
@few
@given(counts, st.integers(1, 6), st.integers(0, 99))
def test_keeps_frequent(lab: LabRNN, counts: dict[str, int], min_freq: int, seed: int) -> None:
    """Every word that occurs at least min_freq times in all reviews together is in the vocabulary."""
    counts = counts | {POOL[0]: min_freq}
    found = kept(lab.build_vocab(reviews_with(counts, seed), min_freq))
    wanted = {word for word, count in counts.items() if count >= min_freq}
    missing = {w: counts[w] for w in sorted(wanted - found)}
    expect(
        not missing,
        f"a word that occurs min_freq={min_freq} times or more is missing",
        got=sorted(found),
        expected=sorted(wanted),
    )


@item("lab1.b", weight=2)
@few
@given(counts, st.integers(2, 6), st.integers(0, 99))
def test_drops_rare(lab: LabRNN, counts: dict[str, int], min_freq: int, seed: int) -> None:
    """No word that occurs fewer than min_freq times is in the vocabulary."""
    counts = counts | {POOL[0]: min_freq - 1, POOL[1]: min_freq}
    found = kept(lab.build_vocab(reviews_with(counts, seed), min_freq))
    rare = {w for w in found if counts.get(w, min_freq) < min_freq}
    wanted = sorted(word for word, count in counts.items() if count >= min_freq)
    expect(
        not rare,
        f"a word that occurs fewer than min_freq={min_freq} times was kept",
        got=sorted(found),
        expected=wanted,
    )


@item("lab1.b")
def test_default_min_freq(lab: LabRNN) -> None:
    """Without min_freq it is 5: words that occur 6 times are kept, and words that occur 4 times are not."""
    counts = {POOL[0]: 6, POOL[1]: 4, POOL[2]: 8, POOL[3]: 1, POOL[4]: 3}
    found = kept(lab.build_vocab(reviews_with(counts, 1)))
    expect(
        found == {POOL[0], POOL[2]}, "with the default min_freq", got=sorted(found), expected=sorted({POOL[0], POOL[2]})
    )


@item("lab1.b", weight=2)
@few
@given(st.lists(st.sampled_from(STOP_WORDS), min_size=1, max_size=3, unique=True), counts)
def test_no_stop_words(lab: LabRNN, stop: list[str], counts: dict[str, int]) -> None:
    """Stop words are left out, however often they occur, and so are capitalised ones that end up in lower case."""
    capitals = " ".join(f"{word.capitalize()} {word.upper()}" for word in stop)
    found = kept(lab.build_vocab([*reviews_with(counts | dict.fromkeys(stop, 8), 2), capitals], 1))
    expect(not found & set(stop), "a stop word is in the vocabulary", got=sorted(found), expected=sorted(counts))


@item("lab1.b")
def test_given_stop_words(lab: LabRNN) -> None:
    """The stop words are those of the hparams that are given: other STOP_WORDS leave out other words."""
    if not lab.context.edition.hparams:
        pytest.skip("build_vocab takes no hparams in this edition")
    reviews = reviews_with({POOL[0]: 5, POOL[1]: 6, "with": 6, "very": 5}, 3)
    found = kept(lab.build_vocab(reviews, 2, lab.hparams(STOP_WORDS={POOL[0], "with"})))
    expect(POOL[0] not in found and "with" not in found, "a word of hparams.STOP_WORDS was kept", got=sorted(found))
    expect(
        "very" in found,
        "a word that is not in hparams.STOP_WORDS was left out",
        got=sorted(found),
        expected=sorted([POOL[1], "very"]),
    )


@item("lab1.b")
@few
@given(counts)
def test_special_tokens(lab: LabRNN, counts: dict[str, int]) -> None:
    """'<pad>' has the index 0 and '<unk>' the index 1."""
    vocab = lab.build_vocab(reviews_with(counts, 4), 1)
    got = {token: vocab.get(token) for token in (PAD, UNK)}
    expect(got == {PAD: 0, UNK: 1}, "the special tokens are not at 0 and 1", got=got, expected={PAD: 0, UNK: 1})


@item("lab1.b", weight=2)
@few
@given(counts, st.integers(2, 4))
def test_contiguous(lab: LabRNN, counts: dict[str, int], min_freq: int) -> None:
    """The indices are 0, 1, 2, ... without gaps or repeats: the embedding gets exactly len(vocab) rows."""
    counts = {POOL[20]: 1, POOL[21]: min_freq, POOL[22]: 1} | counts | {POOL[23]: min_freq - 1, POOL[24]: min_freq}
    vocab = lab.build_vocab(reviews_with(counts, 5), min_freq)
    indices = sorted(vocab.values())
    expect(
        indices == list(range(len(vocab))),
        "the indices are not 0 to len(vocab)-1",
        got=vocab,
        expected=f"0 to {len(vocab) - 1}",
    )


@item("lab1.b")
@few
@given(counts)
def test_nothing_else(lab: LabRNN, counts: dict[str, int]) -> None:
    """Nothing but words of these reviews and the two special tokens is in the vocabulary."""
    found = kept(lab.build_vocab(reviews_with(counts, 6), 1))
    expect(
        found <= set(counts), "the vocabulary holds what the reviews do not", got=sorted(found), expected=sorted(counts)
    )


@item("lab1.b")
def test_every_review_counts(lab: LabRNN) -> None:
    """Occurrences add up over all reviews, the first and the last included, and within one review."""
    first, last, inside, twin = POOL[:4]
    reviews = [f"{first} {POOL[4]}", f"{inside} {inside} {inside}", POOL[5], *[f"{twin} {POOL[6]}"] * 3]
    reviews += [f"{last} {first}", f"{last} {first}", last]
    found = kept(lab.build_vocab(reviews, 2)) - {POOL[6]}
    wanted = {first, last, inside, twin}
    expect(found == wanted, "words are not counted over all reviews", got=sorted(found), expected=sorted(wanted))


@item("lab1.b")
def test_parts_of_stop_words(lab: LabRNN) -> None:
    """A word that is only a part of a stop word is an ordinary word."""
    parts = ["ver", "oul", "elv", "houl"]  # of very, would, themselves, should
    found = kept(lab.build_vocab(reviews_with(dict.fromkeys(parts, 3), 9), 2))
    expect(found >= set(parts), "a part of a stop word is missing", got=sorted(found), expected=sorted(parts))


@item("lab1.b", visibility="hidden")
def test_no_cap(lab: LabRNN) -> None:
    """The vocabulary has no largest size: every frequent word is in it, also when there are thousands."""
    many = numbered_words(13_000)
    found = kept(lab.build_vocab([" ".join(many[i : i + 100]) for i in range(0, len(many), 100)] * 2, 1))
    expect(
        len(found & set(many)) == len(many), "words are missing", got=f"{len(found):,} words", expected=f"{len(many):,}"
    )
