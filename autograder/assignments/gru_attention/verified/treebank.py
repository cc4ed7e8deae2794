"""Lessons from a folder in the form of the Penn Treebank: train.txt, valid.txt and test.txt, one sentence a line."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from autograder.assignments.gru_attention.verified.lessons import Contexts, Lessons, Numbers, contexts
from autograder.errors import ConfigError

PARTS = ("train", "valid", "test")
NAMES = ("{}.txt", "ptb.{}.txt")
UNKNOWN, END = "<unk>", "<eos>"
WORDS = 1_000  # the most frequent ones; all others are <unk>
LENGTH = 35
LESSONS, TESTED = 12_000, 2_000  # sequences, again from the first where the text is short, and contexts of a test
LEAST = 200  # sequences of a part
LARGEST = 200_000_000  # bytes of a file


def check_treebank(folder: Path) -> None:
    """Check that `treebank` can read the folder.

    Raises:
        ConfigError: it can't.
    """
    for part in PARTS:
        read(folder, part)


def treebank(folder: Path, seed: int) -> Lessons:
    """Read the folder, and draw sequences from anywhere in its parts.

    Raises:
        ConfigError: it can't be read, or holds too little.
    """
    rng = np.random.default_rng(seed)
    parts = {part: read(folder, part) for part in PARTS}
    common = Counter(parts["train"])
    common.pop(UNKNOWN, None)
    known = [UNKNOWN, *(word for word, _ in common.most_common(WORDS - 1))]
    numbers = {word: number for number, word in enumerate(known)}
    texts = {
        part: cut(np.array([numbers.get(word, 0) for word in words], np.int32), rng) for part, words in parts.items()
    }

    def tested(part: str) -> Contexts:
        some = texts[part][:TESTED]
        return contexts(some, rng.permutation(some), rng)

    learnt = np.resize(texts["train"], (LESSONS, LENGTH + 1))  # cut off, or repeated
    return Lessons(folder.name, len(known), learnt, tested("valid"), tested("test"))


def cut(words: Numbers, rng: np.random.Generator) -> Numbers:
    """Return sequences of LENGTH + 1 words from anywhere in the text, none of which overlap, in no order."""
    start = int(rng.integers(0, LENGTH))
    many = (len(words) - start) // (LENGTH + 1)
    whole = words[start : start + many * (LENGTH + 1)].reshape(many, LENGTH + 1)
    return rng.permutation(whole)


def read(folder: Path, part: str) -> list[str]:
    """Return the words of a part, with a mark at the end of every line.

    Raises:
        ConfigError: there is no such file, it is no text, or it is too short.
    """
    path = next((path for name in NAMES if (path := folder / name.format(part)).is_file()), None)
    if path is None:
        raise ConfigError(
            f"{folder} holds no {part}.txt; a folder with {', '.join(f'{p}.txt' for p in PARTS)} is needed."
        )
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise ConfigError(f"{path} is larger than {LARGEST // 10**6} MB.")
        lines = data.decode("utf-8-sig").splitlines()
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is no text in UTF-8.") from error
    words = [word for line in lines if line.strip() for word in (*line.split(), END)]
    if len(words) < LEAST * (LENGTH + 1):
        raise ConfigError(f"{path} holds {len(words):,} words; at least {LEAST * (LENGTH + 1):,} are needed.")
    return words
