"""lab1.c: `tokenize` turns a review into a list of indices."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.assignments.labrnn import values
from autograder.assignments.labrnn.api import UNK, LabRNN
from autograder.assignments.labrnn.corpus import POOL, texts, vocab_of
from autograder.judge.expect import expect, expect_equal
from autograder.judge.marks import item

few = settings(max_examples=6)
shifts = st.integers(0, 30)
KNOWN, UNKNOWN = POOL[:30], POOL[30:]


@item("lab1.c", weight=2, required=True)
def test_list_of_indices(lab: LabRNN) -> None:
    """tokenize returns a list of integers that holds indices of words of the text, and of no other known word."""
    vocab = vocab_of(KNOWN[:8])
    for text in (KNOWN[:3], KNOWN[4:7]):
        got = lab.tokenize(vocab, " ".join(text))
        wanted = [vocab[word] for word in text]
        found = set(got) & set(wanted)
        expect(len(found) > 1, "the words' indices are not in the answer", got=got, expected=wanted)
        expect(
            not set(got) & (set(vocab.values()) - {0, 1} - set(wanted)),
            "other words' indices",
            got=got,
            expected=wanted,
        )


@item("lab1.c")
def test_nothing_carried_over(lab: LabRNN) -> None:
    """A call with another vocabulary gives that vocabulary's indices."""
    first, second = vocab_of(KNOWN[:6], 0), vocab_of(KNOWN[:6], 3)
    text = " ".join(KNOWN[:6])
    lab.tokenize(first, text)
    got = lab.tokenize(second, text)
    expect(got == [second[w] for w in KNOWN[:6]], "the second call used the first call's vocabulary", got=got)


@item("lab1.c", weight=2)
@few
@given(st.lists(st.sampled_from(KNOWN), min_size=1, max_size=8), shifts)
def test_known_words(lab: LabRNN, text: list[str], shift: int) -> None:
    """Every known word becomes its index in the vocabulary, in the order of the text, repeats included."""
    vocab = vocab_of(KNOWN, shift)
    wanted = [vocab[word] for word in text]
    expect(
        lab.tokenize(vocab, " ".join(text)) == wanted,
        "wrong indices",
        got=lab.student.calls[-1].result,
        expected=wanted,
    )


@item("lab1.c", weight=2)
@few
@given(texts, shifts)
def test_unknown_words(lab: LabRNN, text: list[str], shift: int) -> None:
    """A word that is not in the vocabulary becomes the index of '<unk>' or is left out; it never raises an error."""
    vocab = vocab_of(KNOWN, shift)
    text = [*text, UNKNOWN[0]]
    with_unk = [vocab.get(word, vocab[UNK]) for word in text]
    without = [vocab[word] for word in text if word in vocab]
    got = lab.tokenize(vocab, " ".join(text))
    expect(got in (with_unk, without), "wrong indices", got=got, expected={"with <unk>": with_unk, "without": without})


@item("lab1.c")
def test_unknown_same_way(lab: LabRNN) -> None:
    """Unknown words are treated the same way everywhere in a text, whatever stands around them."""
    vocab = vocab_of(KNOWN)
    u, v = "vok", "bogupdamokzatug"  # neither the length nor the place of a word may matter
    texts = [[u], [u, KNOWN[0]], [KNOWN[0], u], [KNOWN[0], u, u, KNOWN[1], v], [u, v]]
    answers = [lab.tokenize(vocab, " ".join(text)) for text in texts]
    with_unk = [[vocab.get(w, vocab[UNK]) for w in text] for text in texts]
    without = [[vocab[w] for w in text if w in vocab] for text in texts]
    expect(
        answers in (with_unk, without),
        "unknown words are sometimes kept and sometimes not, or become something else",
        got=answers,
    )


@item("lab1.c")
def test_plain_integers(lab: LabRNN) -> None:
    """The indices are Python integers, not strings, floats, tensors or numpy scalars."""
    vocab = vocab_of(KNOWN)
    lab.tokenize(vocab, " ".join(KNOWN[:3]))
    got = lab.student.calls[-1].result
    expect(
        {type(v) for v in got} == {int},
        "the elements are not Python ints",
        got=got,
        expected=[vocab[w] for w in KNOWN[:3]],
    )


@item("lab1.c")
def test_empty_text(lab: LabRNN) -> None:
    """An empty text gives an empty list."""
    got = lab.tokenize(vocab_of(KNOWN), "")
    expect_equal(got, [], "an empty text has no tokens")


@item("lab1.c")
def test_long_text(lab: LabRNN) -> None:
    """A long text is not cut: tokenize knows no largest length."""
    vocab = vocab_of(KNOWN)
    text = [KNOWN[i % len(KNOWN)] for i in range(700)]
    got = lab.tokenize(vocab, " ".join(text))
    expect(len(got) >= 690, "a text of 700 known words", got=f"{len(got)} indices", expected="700 indices")


@item("lab1.c", weight=2)
def test_agrees_with_build_vocab(lab: LabRNN) -> None:
    """What build_vocab counts, tokenize finds: in a review, every word of its own vocabulary is recognised again."""
    a, b, c, d, e, f = POOL[:6]
    review = f'{a} {b.upper()} {c.capitalize()}, {d}. {e}! {f}? ({POOL[6]}) {POOL[7]}; "{POOL[8]}" movies running'
    if "lab1.b" in lab.context.broken:  # its own mistake must not count twice: take what nobody can disagree on
        review, vocab = " ".join(POOL[:9]), vocab_of(POOL[:9])
    else:
        vocab = lab.build_vocab([review], 1)
    got = lab.tokenize(vocab, review)
    seen = frozenset(got)
    lost = sorted(word for word, index in vocab.items() if index > 1 and index not in seen)
    expect(
        not lost,
        "words that build_vocab took from a review are not found in it by tokenize",
        got=got,
        expected=f"also {lost}",
    )


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
    answer = lab.student.call("tokenize", vocab, f"{KNOWN[0]} {UNKNOWN[0]}", echo=True)
    args = answer.get("args") if type(answer) is dict else None
    after = values.vocabulary(args[0]) if type(args) is list and args else {}
    expect(after == vocab, "tokenize changed the vocabulary", got=after, expected=vocab)
