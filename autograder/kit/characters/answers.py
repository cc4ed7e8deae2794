"""What the methods of charlm's models may answer: numbers in any wrapping that a driver would take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.judge.expect import Mismatch
from autograder.judge.models import kind_of
from autograder.kit.comparing import NDArray
from autograder.kit.types import Number, as_float, plain

SYMBOLS = 27
HARD = Number()
WORDS = {"0": 0, "c": 0, "consonant": 0, "1": 1, "v": 1, "vowel": 1}


def flat(answer: Any) -> Any:
    """A plain number, or a list or array as a one-dimensional array of objects or numbers; anything else as it is."""
    value = plain(answer)
    if isinstance(value, (list, tuple)):
        parts = [plain(part) for part in value]
        if all(isinstance(p, np.ndarray) and p.size == 1 for p in parts):
            parts = [p.item() for p in parts]
        if all(isinstance(p, (int, float)) and not isinstance(p, bool) for p in parts):
            return np.array([as_float(p) for p in parts])
        return value
    return value.reshape(-1) if isinstance(value, np.ndarray) else value


def label(answer: Any) -> int:
    """Return a prediction as 0 or 1.

    Raises:
        Mismatch: it is no number, or another one.
    """
    value = flat(answer)
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.item()
    if not isinstance(value, (bool, int, float)) or value not in (0, 1):
        shown = f"{value!r:.40}" if isinstance(value, (bool, int, float)) else kind_of(answer)
        raise Mismatch("predict must return 1 for a vowel and 0 for a consonant", shown, "0 or 1")
    return int(value)


def meant(answer: Any) -> int:
    """Return the class that a prediction was meant to be, also where its form is wrong, which clf.predict is charged
    for: a probability or a score of a vowel, one for each class, or the class in words.

    Raises:
        Mismatch: it may mean anything.
    """
    value = flat(answer)
    if isinstance(value, str) and (word := value.strip().lower()) in WORDS:
        return WORDS[word]
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiub" and np.isfinite(value).all():
        if value.size == 2:
            return int(value[1] > value[0])
        value = value.item() if value.size == 1 else value
    if isinstance(value, float) and np.isfinite(value):
        return int(value > (0.5 if 0 <= value <= 1 else 0.0))
    return label(answer)


def distribution(answer: Any) -> NDArray:
    """Return a vector of 27 numbers as float64 [27]; infinities and NaN are left for the check that asks for them.

    Raises:
        Mismatch: it is something else.
    """
    value = flat(answer)
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiu":
        raise Mismatch("get_next_char_log_probs must return an array of 27 numbers", kind_of(answer), "27 floats")
    if value.size != SYMBOLS:
        raise Mismatch("get_next_char_log_probs must return one number for each character", f"{value.size}", "27")
    return value.astype(np.float64)


@dataclass(frozen=True)
class Form:
    """What a vector [27] is. `name`: "log" natural logarithms that sum to 1, "base 2", "base 10", "probabilities",
    "scores" of no such kind."""

    name: str
    logs: NDArray  # the natural logarithms that it stands for


TOLERANCE = 0.01  # of the sum of probabilities


def form_of(vector: NDArray) -> Form:
    """Tell natural logarithms from what stands in their place where somebody forgot something."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for name, factor in (("log", 1.0), ("base 2", np.log(2)), ("base 10", np.log(10))):
            if np.isfinite(vector).all() and abs(np.exp(vector * factor).sum() - 1) <= TOLERANCE:
                return Form(name, vector * factor)
        if (vector >= 0).all() and abs(vector.sum() - 1) <= TOLERANCE:
            return Form("probabilities", np.log(vector))
        top = vector.max()
        return Form("scores", vector - top - np.log(np.exp(vector - top).sum()))


def total(vector: NDArray) -> float:
    """The sum of probabilities, if the numbers are natural logarithms."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.exp(vector).sum())
