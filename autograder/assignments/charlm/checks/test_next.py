"""lm.next: the distribution of the character after a context, after a short training or with random parameters."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.assignments.charlm.api import Lab, Taught
from autograder.assignments.charlm.checks.versions import versions
from autograder.assignments.charlm.context import LANGUAGE_MODEL
from autograder.judge.expect import expect
from autograder.judge.marks import item
from autograder.kit.characters import ALPHABET
from autograder.kit.characters.answers import form_of
from autograder.kit.characters.contexts import (
    MEMORIES,
    alike,
    drawn,
    of_lengths,
    same_end,
    same_letters,
    same_start,
    shown_by,
)  # fmt: skip
from autograder.kit.characters.editions import apart, log_probs, some_log_probs
from autograder.kit.comparing import NDArray
from autograder.kit.training.own import Trained

NEXT = "lm.next"
METHODS = ("get_next_char_log_probs", "get_log_prob_single")
LENGTHS = [1, 2, 3, 7, 19, 20, 21, 50, 100]
SCALES = (2.0,)  # how large the random numbers are
FEW = "et "  # characters that tell as much as all, where each costs a call
NOISE = 1e-4  # between two answers that are the same
REAL = 1e-3  # between two that are not
SURE = 0.5  # of the probability, on the letters of the lesson's text


@pytest.fixture
def model(lab: Lab) -> Trained:
    """The language model after a short training."""
    return lab.language_model().trained


def varies(model: Trained, groups: list[list[str]], rng: np.random.Generator) -> bool:
    """Whether contexts of one group get different distributions, more different than one context gets by itself."""
    for version in versions(model, rng, SCALES, one):
        asked, size = [context for group in groups for context in group], len(groups[0])
        found, again = some_log_probs(version, asked * 2, FEW).reshape(2, len(asked), -1)
        noise = apart(found, again)
        spread = max(apart(found[n : n + 1], found[n + 1 : n + size]) for n in range(0, len(asked), size))
        if spread > max(REAL, 20 * noise):
            return True
    return False


def one(model: Trained, contexts: list[str]) -> NDArray:
    """One number after each context."""
    return some_log_probs(model, contexts, FEW[:1])


def steadily(model: Trained, groups: list[list[str]], rng: np.random.Generator) -> bool:
    """As varies; and where answers change by themselves, whether they do without that."""
    if varies(model, groups, rng):
        return True
    with model.isolated(*METHODS):
        return varies(model, groups, rng)


@item(NEXT, required=True)
def test_more_than_last_character(lab: Lab, model: Trained, rng: np.random.Generator) -> None:
    """The distribution depends on more than the last character of the context."""
    known = lab.language_model().lesson
    holds = steadily(model, same_end(3, 3, rng), rng) or steadily(
        model, same_end(3, 3, rng, (known, known), known), rng
    )
    expect(holds, "contexts that end alike get the same distribution", expected="one that depends on all characters")


@item(NEXT, required=True)
def test_order(lab: Lab, model: Trained, rng: np.random.Generator) -> None:
    """The order of the context's characters counts."""
    known = lab.language_model().lesson
    holds = steadily(model, same_letters(3, rng), rng) or steadily(
        model, same_letters(3, rng, (known, known), known), rng
    )
    expect(holds, "the same characters in another order get the same distribution", expected="another distribution")


@item(NEXT)
def test_more_than_first_character(lab: Lab, model: Trained, rng: np.random.Generator) -> None:
    """The distribution is that after the whole context: it depends on more than the first character."""
    known = lab.language_model().lesson
    holds = steadily(model, same_start(3, 3, rng), rng) or steadily(
        model, same_start(3, 3, rng, (known, known), known), rng
    )
    expect(holds, "contexts that begin alike get the same distribution", expected="one that depends on all characters")


@item(NEXT)
def test_one_character(lab: Lab, model: Trained, rng: np.random.Generator) -> None:
    """After a single character the distribution is that after this character, not the same after any."""
    any_five = [str(letter) for letter in rng.permutation(list(ALPHABET))[:5]]
    holds = steadily(model, [any_five], rng) or steadily(model, [list(lab.language_model().lesson)], rng)
    expect(holds, "contexts of one character get the same distribution", expected="one for each character")


@item(NEXT, weight=3)
def test_natural_logarithms(model: Trained, rng: np.random.Generator) -> None:
    """The 27 numbers are natural logarithms of probabilities: each finite and at most 0, and their exp sums to 1."""
    contexts = of_lengths(LENGTHS, rng)
    for context, vector in zip(contexts, log_probs(model, contexts), strict=True):
        expect_logarithms(context, vector)


def expect_logarithms(context: str, vector: NDArray) -> None:
    """Fail where a vector is anything but natural logarithms of probabilities."""
    shown = f"after {len(context)} characters"
    finite = np.isfinite(vector)
    expect(bool(finite.all()), f"{shown} not all numbers are finite", got=f"{finite.sum()} of {finite.size} finite")
    name = form_of(vector).name
    told = {
        "base 2": "logarithms to base 2: 2 to their power sums to 1",
        "base 10": "logarithms to base 10: 10 to their power sums to 1",
        "probabilities": "probabilities, not their logarithms",
    }
    with np.errstate(over="ignore"):
        total = float(np.exp(vector).sum())
    expect(name == "log", f"{shown} exp of the numbers does not sum to 1", got=told.get(name, f"a sum of {total:.3g}"), expected="1 within 0.01")  # fmt: skip
    expect(
        bool((vector <= 1e-6).all()), f"{shown} a number is above 0", got=f"{vector.max():.3g}", expected="at most 0"
    )


@item(NEXT)
def test_any_length(model: Trained, rng: np.random.Generator) -> None:
    """Contexts may have any length from 1 to 100 characters, and any characters of the vocabulary."""
    contexts = [*of_lengths([1, 1, 2, 4, 40, 64, 99, 100], rng), ALPHABET, ALPHABET[::-1], " "]
    for vector in some_log_probs(model, contexts, FEW):
        expect(bool(np.isfinite(vector).any()), "none of the numbers is finite")


@item(NEXT)
def test_same_again(model: Trained, rng: np.random.Generator) -> None:
    """The same context gets the same distribution each time: nothing is random once the model is trained, dropout is off."""
    contexts = [context for context in of_lengths([1, 5, 20, 60], rng) for _ in range(3)]
    for version in versions(model, rng, SCALES, one):
        expect_same(some_log_probs(version, contexts, FEW).reshape(4, 3, -1), contexts[::3])


@item(NEXT)
def test_no_memory(model: Trained, rng: np.random.Generator) -> None:
    """A call leaves nothing behind: a context gets the same distribution whatever was asked before."""
    contexts, shown = of_lengths([1, 5, 20, 33], rng), set[str]()
    for version in versions(model, rng, SCALES, one):
        asked = [*contexts, drawn(15, rng), *contexts[::-1]]
        found = some_log_probs(version, asked, FEW)
        expect_same(np.stack([found[: len(contexts)], found[: -len(contexts) - 1 : -1]], axis=1), contexts)
        if len(shown) < len(MEMORIES):
            shown |= expect_alone(version, alike(rng))


def expect_alone(model: Trained, contexts: list[str]) -> set[str]:
    """Fail where a distribution is another one than that of a model that was asked nothing before. Gives the memories
    that would have been seen."""
    with model.isolated(*METHODS):
        alone = some_log_probs(model, contexts, FEW)
    later = some_log_probs(model, contexts, FEW)
    if apart(alone, later) > NOISE and apart(later, some_log_probs(model, contexts, FEW)) <= NOISE:
        expect_same(np.stack([alone, later], axis=1), contexts)  # else it is random, which another check charges
    return shown_by(contexts, [tuple(row) for row in np.round(alone / (10 * NOISE)).tolist()])


def expect_same(found: NDArray, contexts: list[str]) -> None:
    """Fail where the answers [context, repetition, 27] to one context differ."""
    for context, own in zip(contexts, found, strict=True):
        worst = max(apart(own[:1], own[n : n + 1]) for n in range(len(own)))
        expect(worst <= NOISE, f"the distribution after {context!r} changes", got=f"by up to {worst:.3g}", expected="the same")  # fmt: skip


def expect_places(taught: Taught, rng: np.random.Generator) -> None:
    """Fail where the probability stands at the places of other characters than those of the text.

    A model that learned nothing is the bar's affair.
    """
    (alphabet,), letters = taught.given, taught.lesson
    contexts = ["".join(rng.choice(list(letters), 12)) for _ in range(6)]
    vectors = log_probs(taught.trained, contexts, alphabet)
    shares = np.array([np.exp(form_of(vector).logs) for vector in vectors]).mean(axis=0)
    sure = float(np.sort(shares)[-len(letters) :].sum())
    if not sure >= SURE:
        pytest.skip("the short training taught it nothing, so places can't be told; see lm.perplexity")
    own = float(sum(shares[alphabet.index(letter)] for letter in letters))
    most = "".join(sorted(alphabet[n] for n in np.argsort(shares)[-len(letters) :]))
    message = "after a training on a text of a few letters, others are the likeliest"
    expect(own >= SURE, message, got=repr(most), expected=repr("".join(sorted(letters))))


@item(NEXT)
def test_index_order(lab: Lab, rng: np.random.Generator) -> None:
    """The numbers stand in the order of the vocabulary index: number i is about the character with the index i."""
    expect_places(lab.language_model(), rng)


@item(NEXT, visibility="hidden")
def test_other_index(lab: Lab, rng: np.random.Generator) -> None:
    """The vocabulary index that is given counts: with the characters numbered in another order, so are the answers."""
    if LANGUAGE_MODEL in lab.context.learned:
        return
    if LANGUAGE_MODEL in lab.context.unlearned:
        pytest.skip("the short training taught it nothing, so places can't be told; see lm.perplexity")
    expect_places(lab.language_model("permuted"), rng)


@item(NEXT, weight=0)
def test_type(model: Trained) -> None:
    """train_lm returns an RNNLanguageModel."""
    expect(model.kind == "RNNLanguageModel", "it returns another class", got=model.kind, expected="RNNLanguageModel")
