"""What a trained character language model answers, in either edition of the interface: a vector of all characters'
log-probabilities (`get_next_char_log_probs`), or one character's (`get_log_prob_single`)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograder.errors import StudentException
from autograder.kit.characters import ALPHABET
from autograder.kit.characters.answers import HARD, distribution
from autograder.kit.comparing import NDArray
from autograder.kit.training.own import Trained, asked


def log_probs(trained: Trained, contexts: Sequence[str], alphabet: str = ALPHABET) -> NDArray:
    """The vectors of `get_next_char_log_probs` for these contexts, float64 [n, 27], whatever they hold. In the second
    edition of the interface, of 27 calls of `get_log_prob_single` each.

    Raises:
        StudentError: a call fails.
        Mismatch: an answer is no vector of 27 numbers.
    """
    if not single(trained):
        answers = asked(trained, "get_next_char_log_probs", [(context,) for context in contexts])
        return np.array([distribution(answer) for answer in answers])
    return singles(trained, contexts, alphabet)


def some_log_probs(trained: Trained, contexts: Sequence[str], characters: str) -> NDArray:
    """As log_probs, but in the second edition, where each costs a call, of these characters alone."""
    return singles(trained, contexts, characters) if single(trained) else log_probs(trained, contexts)


def own_log_probs(trained: Trained, pairs: Sequence[tuple[str, str]], alphabet: str) -> list[float]:
    """What the model gives for single characters, each after its context.

    Raises:
        StudentError: a call fails.
        Mismatch: an answer is no vector of 27 numbers, or no number.
    """
    if single(trained):
        return scored(trained, pairs)
    vectors = log_probs(trained, [context for _, context in pairs])
    return [float(vector[alphabet.index(c)]) for vector, (c, _) in zip(vectors, pairs, strict=True)]


def apart(one: NDArray, other: NDArray) -> float:
    """The largest difference; of what is no number, none."""
    with np.errstate(invalid="ignore"):  # the difference of two infinities is no number
        return float(np.nan_to_num(np.abs(one - other), nan=0.0, posinf=0.0).max())


def singles(trained: Trained, contexts: Sequence[str], characters: str) -> NDArray:
    """What `get_log_prob_single` gives for each of these characters after each context, float64 [contexts, characters].

    Raises:
        StudentError: a call fails.
        Mismatch: an answer is no number.
    """
    found = scored(trained, [(character, context) for context in contexts for character in characters])
    return np.array(found).reshape(len(contexts), len(characters))


def scored(trained: Trained, pairs: Sequence[tuple[str, str]]) -> list[float]:
    """The answers of `get_log_prob_single` to these characters and contexts.

    Raises:
        StudentError: a call fails.
        Mismatch: an answer is no number.
    """
    return [HARD.read(answer, {}, "the score") for answer in asked(trained, "get_log_prob_single", pairs)]


def single(trained: Trained) -> bool:
    """Whether the object has the second edition's interface alone. Asked once of each."""
    notes = trained.object.notes
    if "single" not in notes:
        notes["single"] = not has(trained, "get_next_char_log_probs") and has(trained, "get_log_prob_single")
    return bool(notes["single"])


def has(trained: Trained, method: str) -> bool:
    """Whether the object has an attribute of this name."""
    try:
        trained.object.get(method)
    except StudentException:
        return False
    return True


def top_of(found: NDArray) -> NDArray:
    """The largest of each row, as a column."""
    top: NDArray = found.max(axis=1, keepdims=True)
    return top
