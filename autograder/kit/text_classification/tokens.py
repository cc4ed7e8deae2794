"""Reviews as numbers: a CSV file or the synthetic language, read once, kept in a cache."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from autograder.errors import ConfigError
from autograder.kit.text_classification.made_up import EXAM, LESSON, reviews
from autograder.kit.text_classification.reviews_file import SIDES, rows

FORMAT = 1  # of the cache; higher when what is kept changes
MAX_WORDS = 512  # of one review
MAX_LETTERS = 8 * MAX_WORDS
MIN_REVIEWS = 300
WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
SYNTHETIC = "synthetic"
Array = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False)
class Tokens:
    """Reviews one after the other: `words` int32 [sum of lengths], numbered from 0 in order of their first appearance;
    `lengths` int64 [n]; `labels` int8 [n], 1 for positive. `name`: where they are from. `lessons`: so many, the first
    ones, are made for training; where it is 0, all are alike."""

    name: str
    words: Array
    lengths: Array
    labels: Array
    lessons: int = 0


def synthetic(lessons: int, exams: int, seed: int) -> Tokens:
    """Reviews of the synthetic language: so many to learn from, so many to be judged on."""
    made = tokenise(SYNTHETIC, [*reviews(lessons, seed, LESSON), *reviews(exams, seed, EXAM)])
    return replace(made, lessons=lessons)


def load(path: Path, cache: Path | None = None) -> Tokens:
    """The reviews of a CSV file with the columns `review` and `sentiment`; its tokens are kept in `cache`.

    Raises:
        ConfigError: the file can't be read, lacks a column, holds another sentiment, or too few reviews.
    """
    folder = cache if cache is not None else default_cache()
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        kept = folder / f"tokens-{FORMAT}-{digest}.npy"
        found = recall(kept, path.name)
        if found is None:
            found = tokenise(path.name, rows(path))
            keep(kept, found)
    except OSError as error:
        raise ConfigError(f"The reviews {path} can't be read: {error.strerror}.") from error
    _check_counts(path, len(found.labels), int(found.labels.sum()))
    return found


def check_reviews(path: Path) -> None:
    """What `load` would say, without the work of it.

    Raises:
        ConfigError: as `load`.
    """
    counts = Counter(sentiment for _, sentiment in rows(path))
    _check_counts(path, counts.total(), counts["positive"])


def _check_counts(path: Path, number: int, positive: int) -> None:
    """Raises:
    ConfigError: there are too few reviews of either sentiment.
    """
    if number < MIN_REVIEWS:
        raise ConfigError(f"{path} holds {number} reviews; at least {MIN_REVIEWS} are needed.")
    if min(positive, number - positive) < 0.2 * number:
        raise ConfigError(
            f"{path} holds {positive} positive reviews of {number}; at least a fifth must be of each sentiment."
        )


def tokenise(name: str, texts: Iterable[tuple[str, str]]) -> Tokens:
    """Lower-case words of the beginning of each text, without the line breaks of HTML."""
    numbers: dict[str, int] = {}
    fresh = count()
    flat: list[int] = []
    lengths, labels = [], []
    for text, sentiment in texts:
        words = WORD.findall(text[:MAX_LETTERS].lower().replace("<br />", " "))[:MAX_WORDS]
        for word in words:
            number = numbers.get(word)
            if number is None:
                number = numbers[word] = next(fresh)
            flat.append(number)
        lengths.append(len(words))
        labels.append(SIDES[sentiment])
    return Tokens(name, np.array(flat, np.int32), np.array(lengths, np.int64), np.array(labels, np.int8))


# ---- cache -----------------------------------------------------------------------------------------------------------
def default_cache() -> Path:
    """`$XDG_CACHE_HOME/autograder`, by default `~/.cache/autograder`."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base) / "autograder"


def recall(path: Path, name: str) -> Tokens | None:
    """What `keep` wrote, by this user in a folder that nobody else may write to; None if there is no such thing."""
    try:
        if not (private(path.parent) and private(path)):
            return None
        with path.open("rb") as file:
            words, lengths, labels = (np.lib.format.read_array(file, allow_pickle=False) for _ in range(3))
    except (OSError, ValueError):  # not there, or cut short
        return None
    kinds = [str(array.dtype) for array in (words, lengths, labels)]
    if kinds != ["int32", "int64", "int8"] or lengths.sum() != len(words) or len(lengths) != len(labels):
        return None
    return Tokens(name, words, lengths, labels)


def private(path: Path) -> bool:
    """Whether it is this user's and nobody else may write to it. Links are not followed."""
    status = path.lstat()
    return status.st_uid == os.getuid() and not status.st_mode & 0o022


def keep(path: Path, tokens: Tokens) -> None:
    """Write to the cache, whole or not at all; a machine without a place for it does without."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:  # readable by its owner only
            try:
                for array in (tokens.words, tokens.lengths, tokens.labels):
                    np.lib.format.write_array(file, array, allow_pickle=False)
                file.close()
                os.replace(file.name, path)
            except BaseException:
                os.unlink(file.name)
                raise
