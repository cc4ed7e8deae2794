"""lab1.c: `tokenize` turns a review into a list of indices."""

from __future__ import annotations

import re
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.assignments.labrnn.api import LabRNN
from autograder.assignments.labrnn.calling import reordered
from autograder.errors import StudentError
from autograder.judge.expect import Mismatch, NotJudged, expect
from autograder.judge.marks import item
from autograder.kit.text_classification import values
from autograder.kit.text_classification.containers import PAD, UNK
from autograder.kit.text_classification.corpus import POOL, vocab_of

few = settings(max_examples=6)
KNOWN, UNKNOWN = POOL[:8], POOL[30:]
shifts = st.integers(0, 7)
texts = st.lists(st.sampled_from(KNOWN), min_size=1, max_size=8)


@item("lab1.c", weight=2, required=True)
def test_list_of_indices(lab: LabRNN) -> None:
    """tokenize returns integers: most of the indices of the text's words, and those of no other known word."""
    vocab = vocab_of(KNOWN, 5)
    for text in ([KNOWN[i] for i in (3, 0, 6, 1)], [KNOWN[i] for i in (7, 2, 5, 4)]):
        got = lab.tokenize(vocab, " ".join(text))
        wanted = [vocab[word] for word in text]
        found = set(got) & set(wanted)
        expect(len(found) > 2, "the words' indices are not in the answer", got=got, expected=wanted)
        others = set(vocab.values()) - {vocab[PAD], vocab[UNK], *wanted}
        expect(not set(got) & others, "other words' indices", got=got, expected=wanted)


@item("lab1.c")
def test_arguments(lab: LabRNN) -> None:
    """The vocabulary is the first argument and the text the second: tokenize(vocab, example)."""
    own = list(lab.context.parameters.get("tokenize", ()))
    lab.tokenize(vocab_of(KNOWN), KNOWN[0])
    message = "the parameters stand in another order"
    got = f"tokenize({', '.join(own)})"
    expect(not reordered("tokenize", own), message, got=got, expected="tokenize(vocab, example)")


@item("lab1.c")
def test_nothing_carried_over(lab: LabRNN) -> None:
    """A call with another vocabulary gives that vocabulary's indices."""
    first, text = vocab_of(KNOWN[:3]), " ".join(KNOWN[:3])
    second = {PAD: 0, UNK: 1} | {word: 20 + place for place, word in enumerate(KNOWN[:3])}
    lab.tokenize(first, text)
    got = lab.tokenize(second, text)
    left = {first[word] for word in KNOWN[:3]} & set(got)
    message = "the second answer holds indices of the first call's vocabulary"
    expect(not left, message, got=got, expected=[second[word] for word in KNOWN[:3]])


@item("lab1.c", weight=11)
@few
@given(st.lists(st.sampled_from(KNOWN), min_size=1, max_size=8, unique=True), shifts)
def test_known_words(lab: LabRNN, text: list[str], shift: int) -> None:
    """Every known word becomes its index in the vocabulary, in the order of the text."""
    vocab = vocab_of(KNOWN, shift)
    wanted = [vocab[word] for word in text]
    got = lab.tokenize(vocab, " ".join(text))
    message = "the indices are in another order" if sorted(got) == sorted(wanted) else "wrong indices"
    expect(got == wanted, message, got=lab.student.calls[-1].result, expected=wanted)


@item("lab1.c", weight=6)
@few
@given(texts, shifts)
def test_repeated_words(lab: LabRNN, text: list[str], shift: int) -> None:
    """A word that comes again gives its index again."""
    vocab = vocab_of(KNOWN, shift)
    text = [*text, KNOWN[1], text[0], KNOWN[1]]
    got = lab.tokenize(vocab, " ".join(text))
    once = len(lab.tokenize(vocab, " ".join(dict.fromkeys(text))))
    del lab.student.calls[-1]
    # Words that are lost wherever they stand cost test_known_words.
    expected = [vocab[word] for word in text]
    message = f"{len(text)} words, of which {len(set(text))} are different"
    expect(len(got) >= len(text) - (len(set(text)) - once), message, got=got, expected=expected)


@item("lab1.c", weight=6)
@few
@given(texts, shifts)
def test_unknown_words(lab: LabRNN, text: list[str], shift: int) -> None:
    """A word that is not in the vocabulary becomes the index of '<unk>' or is left out; it never raises an error."""
    vocab = vocab_of(KNOWN, shift)
    text = [*text, UNKNOWN[0], KNOWN[0]]
    got = lab.tokenize(vocab, " ".join(text))
    rest = [index for index in got if index not in set(vocab.values()) - {vocab[PAD], vocab[UNK]}]
    with_unk = [vocab.get(word, vocab[UNK]) for word in text]
    without = [vocab[word] for word in text if word in vocab]
    expected = {"with <unk>": with_unk, "without": without}
    message = f"the unknown word {UNKNOWN[0]!r} becomes something else"
    if rest not in ([], [vocab[UNK]]):
        expect_known_words_right(lab, vocab, text)
    expect(rest in ([], [vocab[UNK]]), message, got=got, expected=expected)


def expect_known_words_right(lab: LabRNN, vocab: dict[str, int], text: list[str]) -> None:
    """Nothing can be said of unknown words where the known ones of the same text go wrong alone.

    Raises:
        NotJudged: they do.
    """
    known = [word for word in text if word in vocab]
    got = lab.tokenize(vocab, " ".join(known))
    del lab.student.calls[-1]
    if sorted(set(got)) != sorted({vocab[word] for word in known}):
        raise NotJudged("known words go wrong too")


@item("lab1.c", weight=4)
def test_unknown_same_way(lab: LabRNN) -> None:
    """Unknown words are treated the same way everywhere in a text, whatever stands around them."""
    vocab = vocab_of(KNOWN[:5])
    u, v, a, b, c = "vok", "bogupdamokzatug", *KNOWN[:3]  # neither the length nor the place of a word may matter
    kept: list[float] = []
    for text in ([a, u, b], [a, b, u, c, a], [a, u, b, v, c], [a, u, v, b]):
        got = lab.tokenize(vocab, " ".join(text))
        unknown = sum(word not in vocab for word in text)
        kept += [got.count(vocab[UNK]) / unknown]
        message = "unknown words are sometimes kept and sometimes not"
        if len(set(kept)) > 1 or kept[0] not in (0.0, 1.0):
            expect_known_words_right(lab, vocab, text)
        expect(kept in ([0.0] * len(kept), [1.0] * len(kept)), message, got=got)
    alone = lab.tokenize(vocab, u)
    if len(lab.tokenize(vocab, a)) == 1:
        del lab.student.calls[-1]
        expected = [vocab[UNK]] if kept[0] else []
        same = alone.count(vocab[UNK]) == len(expected)
        expect(same, "an unknown word alone is treated in another way", got=alone, expected=expected)


@item("lab1.c")
def test_plain_integers(lab: LabRNN) -> None:
    """The answer is a list of Python integers: no tensor, array or tuple, no strings, floats or numpy scalars."""
    vocab = vocab_of(KNOWN)
    lab.tokenize(vocab, " ".join(KNOWN[:3]))
    got = lab.student.calls[-1].result
    expect(
        values.plain_tokens(got), "not a list of Python ints", value=got, expected=f"{[vocab[w] for w in KNOWN[:3]]}"
    )


@item("lab1.c", weight=7)
def test_collate_takes_it(lab: LabRNN) -> None:
    """torch.LongTensor can be made of the answer, as collate does: it is flat and holds numbers."""
    vocab = vocab_of(KNOWN)
    lab.tokenize(vocab, " ".join(KNOWN[:3]))
    got = lab.student.calls[-1].result
    message = "torch.LongTensor can't be made of this"
    expect(values.loadable(got), message, value=got, expected=f"{[vocab[w] for w in KNOWN[:3]]}")


@item("lab1.c")
def test_empty_text(lab: LabRNN) -> None:
    """An empty text gives an empty list."""
    got = lab.tokenize(vocab_of(KNOWN), "")
    expect(got == [], "an empty text has no tokens", got=got, expected=[])


@item("lab1.c")
def test_long_text(lab: LabRNN) -> None:
    """A long text is not cut: tokenize knows no largest length."""
    vocab = vocab_of(KNOWN)
    got = lab.tokenize(vocab, " ".join(KNOWN * 90), shown=f"' '.join({list(KNOWN)} * 90)")
    whole = len(set(lab.tokenize(vocab, " ".join(KNOWN)))) == len(KNOWN)
    repeated = len(lab.tokenize(vocab, f"{KNOWN[0]} {KNOWN[0]}")) == 2
    del lab.student.calls[1:]
    count = 90 * len(KNOWN)
    if len(got) < count - 10 and not (whole and repeated):
        raise NotJudged("words of short texts are lost too")
    expect(
        len(got) >= count - 10, f"a text of {count} known words", got=f"{len(got)} indices", expected=f"{count} indices"
    )


@item("lab1.c", weight=4)
def test_agrees_with_build_vocab(lab: LabRNN) -> None:
    """What build_vocab counts, tokenize finds: in a review, every word of its own vocabulary is recognised again."""
    a, b, c, d, e, f = POOL[:6]
    review = f'{a} {b.upper()} {c.capitalize()}, {d}. {e}! {f}? ({POOL[6]}) "{POOL[8]}" movies running {a}'
    own = own_vocabulary(lab, review)
    vocabularies = [own] if own else [numbered(take(review)) for take in USUAL]
    found = []
    for vocab in vocabularies:
        got = lab.tokenize(vocab, review)
        found.append(sorted(word for word, index in vocab.items() if index > 1 and index not in set(got)))
        if not found[-1]:
            return
    message = "words that build_vocab took from a review are not found in it by tokenize"
    if not own:  # build_vocab is charged for what it lacks; tokenize still has to take words apart in some usual way
        message = "words of a review are found neither as they stand nor in small letters nor without punctuation"
    expected = f"also {min(found, key=len)}"
    expect(False, message, got=lab.student.calls[-1].result, expected=expected)


# Ways to take a text apart, for a notebook whose build_vocab does not show its own.
USUAL: tuple[Callable[[str], list[str]], ...] = (
    lambda text: re.findall(r"\w+", text.lower()),
    lambda text: text.lower().split(),
    lambda text: re.findall(r"\w+", text),
    lambda text: text.split(),
)


def numbered(found: list[str]) -> dict[str, int]:
    return vocab_of(list(dict.fromkeys(found)))


def own_vocabulary(lab: LabRNN, review: str) -> dict[str, int]:
    """What the notebook's build_vocab makes of the review, as often as any threshold asks; empty where that is nothing.

    Only words of the review: what else it adds is its own mistake.
    """
    try:
        vocab = lab.build_vocab([review] * 8, 1)
    except (StudentError, Mismatch):
        vocab = {}
    if lab.student.fatal is not None:
        lab.student.begin_check()
    lab.student.calls.clear()
    own = {word: index for word, index in vocab.items() if word and word.lower() in review.lower()}
    return own | {PAD: 0, UNK: 1} if len(own) > 5 else {}


@item("lab1.c", visibility="hidden")
def test_vocabulary_words(lab: LabRNN) -> None:
    """Each word of the vocabulary alone becomes exactly its index."""
    vocab = vocab_of(POOL[:12], 5)
    for word in POOL[:12]:
        got = lab.tokenize(vocab, word)
        expect(got == [vocab[word]], f"the word {word!r} alone", got=got, expected=[vocab[word]])


@item("lab1.c", visibility="hidden")
def test_vocab_untouched(lab: LabRNN) -> None:
    """The vocabulary is only read: no call adds or changes a word."""
    vocab = vocab_of(KNOWN[:5])
    answer = lab.raw_tokens(vocab, f"{KNOWN[0]} {UNKNOWN[0]}", echo=True)
    args = answer.get("args") if type(answer) is dict else None
    found = [values.mapping(value) for value in (args if type(args) is list else [])]
    after = next((vocab for vocab in found if vocab is not None), {})
    expect(after == vocab, "tokenize changed the vocabulary", got=after, expected=vocab)
