"""lab1.b: `build_vocab` counts words and numbers the frequent ones."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.assignments.labrnn.api import LabRNN
from autograder.assignments.labrnn.calling import reordered
from autograder.judge.expect import NotJudged, expect
from autograder.judge.marks import item
from autograder.kit.text_classification import values
from autograder.kit.text_classification.containers import PAD, UNK
from autograder.kit.text_classification.corpus import POOL, STOP_WORDS, numbered_words, reviews_with, words

SPECIAL = {PAD, UNK}
counts = st.dictionaries(words, st.integers(1, 6), min_size=1, max_size=5)
few = settings(max_examples=6)


def kept(vocab: dict[str, int]) -> set[str]:
    return set(vocab) - SPECIAL


@item("lab1.b", weight=2, required=True)
def test_returns_words(lab: LabRNN) -> None:
    """build_vocab returns a dict of words of the reviews and selects them: a frequent word is kept, rare words or stop words are not."""
    for pool in (POOL[:9], POOL[20:29]):
        frequent, rare = pool[:3], pool[3:9]
        # Frequent in every review, and in the last one alone; rare ones in the first, in the middle and in the last.
        reviews = [f"the {frequent[i % 3]} {' '.join(frequent)} because and" for i in range(8)]
        for place, word in zip((0, 0, 4, 4, -1, -1), rare, strict=True):
            reviews[place] = f"{word} {reviews[place]} themselves"
        reviews[-1] += f" {' '.join(frequent)} because the" * 7
        found = {word.lower() for word in kept(lab.build_vocab(reviews, 3))}
        expect(set(frequent) <= found, "a frequent word is missing", got=sorted(found), expected=sorted(frequent))
        counted = not found & set(rare)
        chosen = set(rare) <= found and not found & {"the", "and", "because", "themselves"}
        expect(
            counted or chosen,
            "the vocabulary does not depend on how often words occur, nor are stop words left out",
            got=sorted(found),
            expected=sorted(frequent),
        )


@item("lab1.b")
def test_plain_dict(lab: LabRNN) -> None:
    """The vocabulary is a dict, its keys are strings and its values integers."""
    got = lab.raw_vocab([f"{POOL[0]} {POOL[1]}"] * 6, 2)
    expect(values.plain_vocabulary(got), "no dict from words to integers", value=got, expected="a dict from str to int")


@item("lab1.b")
def test_arguments(lab: LabRNN) -> None:
    """The reviews are the first argument, as in build_vocab(x_train, hparams=hparams)."""
    own = list(lab.context.parameters.get("build_vocab", ()))
    lab.build_vocab([POOL[0]] * 6, 2)
    expect(
        not reordered("build_vocab", own),
        "the parameters stand in another order",
        got=f"build_vocab({', '.join(own)})",
        expected="build_vocab(x_train, min_freq=5, hparams=None)",
    )


@item("lab1.b")
def test_nothing_carried_over(lab: LabRNN) -> None:
    """A second call with other reviews knows nothing of the first."""
    lab.build_vocab([f"{POOL[0]} {POOL[1]}"] * 6, 2)
    found = kept(lab.build_vocab([f"{POOL[2]} {POOL[3]}"] * 6, 2))
    message = "the second vocabulary holds words of the first call's reviews"
    expect(not found & {POOL[0], POOL[1]}, message, got=sorted(found), expected=sorted(POOL[2:4]))


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
    rare = {w for w in found & set(counts) if counts[w] < min_freq}
    wanted = sorted(word for word, count in counts.items() if count >= min_freq)
    expect(
        not rare,
        f"a word that occurs fewer than min_freq={min_freq} times was kept",
        got=sorted(found),
        expected=wanted,
    )


@item("lab1.b")
def test_default_min_freq(lab: LabRNN) -> None:
    """Without min_freq it is 5: the same words are kept as with min_freq=5."""
    counts = {POOL[0]: 6, POOL[1]: 4, POOL[2]: 8, POOL[3]: 1, POOL[4]: 5, POOL[5]: 3}
    reviews = reviews_with(counts, 1)
    wanted = kept(lab.build_vocab(reviews, 5))
    found = kept(lab.build_vocab(reviews))
    expect(found == wanted, "without min_freq, other words are kept", got=sorted(found), expected=sorted(wanted))


@item("lab1.b", weight=3)
@few
@given(st.lists(st.sampled_from(STOP_WORDS), min_size=1, max_size=3, unique=True), counts)
def test_no_stop_words(lab: LabRNN, stop: list[str], counts: dict[str, int]) -> None:
    """Stop words are left out, however often they occur, and so are capitalised ones that end up in lower case."""
    capitals = " ".join(f"{word.capitalize()} {word.upper()}" for word in stop)
    found = kept(lab.build_vocab([*reviews_with(counts | dict.fromkeys(stop, 8), 2), capitals], 1))
    expect(not found & set(stop), "a stop word is in the vocabulary", got=sorted(found), expected=sorted(counts))


@item("lab1.b")
def test_stop_words_as_counted(lab: LabRNN) -> None:
    """A stop word is recognised in the form in which it is counted: also where that form comes of 'the,' or '(the)'."""
    for dressed in ("{0}, {0}", "({0}) {0}", "{0}! {0}", "{0}; {0}"):
        review = " ".join(dressed.format(word) for word in STOP_WORDS[:3])
        usual = kept(lab.build_vocab([f"{POOL[0]} {' '.join(STOP_WORDS[:3])}"] * 6, 1)) & set(STOP_WORDS)
        found = kept(lab.build_vocab([f"{review} {POOL[0]}"] * 6, 1))
        left = found & set(STOP_WORDS) - usual  # stop words that are always kept cost test_no_stop_words
        expect(not left, "a stop word is in the vocabulary", got=sorted(left), expected=f"no {sorted(left)}")


@item("lab1.b")
def test_given_stop_words(lab: LabRNN) -> None:
    """The stop words are those of the hparams that are given: other STOP_WORDS leave out other words."""
    edition = lab.context.edition
    if not edition.hparams and not edition.bidirectional:
        pytest.skip("build_vocab takes no hparams in this edition")
    expect(edition.hparams, "build_vocab takes no hparams", expected="build_vocab(x_train, min_freq=5, hparams=None)")
    reviews = [f"{POOL[0]} with {POOL[1]} very " * 3] * 2
    found = kept(lab.build_vocab(reviews, 2, lab.hparams(STOP_WORDS={POOL[0], "very"})))
    expect(
        not found & {POOL[0], "very"},
        "a word of the given hparams.STOP_WORDS was kept",
        got=sorted(found),
        expected=sorted([POOL[1], "with"]),
    )
    expect(
        "with" in found,
        "a word that is not in the given hparams.STOP_WORDS was left out",
        got=sorted(found),
        expected=sorted([POOL[1], "with"]),
    )


@item("lab1.b")
def test_special_tokens(lab: LabRNN) -> None:
    """'<pad>' has the index 0 and '<unk>' the index 1."""
    vocab = lab.build_vocab([f"{POOL[0]} {POOL[1]} {POOL[2]}"] * 6, 1)
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
    reviews = [first, f"{first} {POOL[4]}", f"{inside} {inside} {inside}", twin, twin, f"{twin} {POOL[5]}"]
    found = kept(lab.build_vocab([*reviews, f"{last} {first}", last, last], 2))
    wanted = {first, last, inside, twin}
    missing = sorted(wanted - found)
    message = "a word that occurs 3 times is missing: occurrences are not added up over all reviews"
    expect(not missing, message, got=sorted(found), expected=f"also {missing}")


@item("lab1.b", weight=3)
def test_forms_add_up(lab: LabRNN) -> None:
    """Forms that become the same word in the vocabulary are counted together: if 'Film' becomes 'film', both add up."""
    plain = kept(lab.build_vocab([POOL[10]] * 4 + [POOL[11]] * 3, 4))
    if plain != {POOL[10]}:
        raise NotJudged("min_freq is not kept where every word has one form only")
    for number, dress in enumerate(("{0} {1}", "{0} {2}", "{0}, {0}", "{0}. {1}!", "({0}) {0}")):
        one, two = POOL[2 * number], POOL[2 * number + 1]
        pair = dress.format(one, one.capitalize(), one.upper())
        if kept(lab.build_vocab([pair] * 8, 1)) != {one}:
            continue  # the forms stay words of their own: a choice
        # Each form twice makes four; of the other word there are three, and each form less than that.
        less = f"{dress.format(two, two.capitalize(), two.upper())} {two}"
        found = kept(lab.build_vocab([*pair.split(), *pair.split(), *less.split()], 4))
        message = f"'{pair}' is twice the same word for the vocabulary, but the two are not counted together"
        expect(one in found, message, got=sorted(found), expected=[one])
        message = f"'{less}' is three times the same word, and it was kept with min_freq=4"
        expect(two not in found, message, got=sorted(found), expected=[one])


@item("lab1.b")
def test_parts_of_stop_words(lab: LabRNN) -> None:
    """A word that is only a part of a stop word is an ordinary word."""
    parts = ["ver", "oul", "elv", "houl"]  # of very, would, themselves, should
    found = kept(lab.build_vocab([" ".join(parts * 3)] * 2, 2))
    expect(found >= set(parts), "a part of a stop word is missing", got=sorted(found), expected=sorted(parts))


@item("lab1.b", visibility="hidden")
def test_no_cap(lab: LabRNN) -> None:
    """The vocabulary has no largest size: every frequent word is in it, also when there are thousands."""
    many = numbered_words(13_000)
    found = kept(lab.build_vocab([" ".join(many[i : i + 100]) for i in range(0, len(many), 100)] * 2, 1))
    lost = len(many) - len(found & set(many))
    if lost == len(many):
        raise NotJudged("no word at all is kept")
    expect(not lost, "words are missing", got=f"{len(found):,} words", expected=f"{len(many):,}")
