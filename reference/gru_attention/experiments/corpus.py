"""Text in the form of the Penn Treebank as tokens: one sentence a line, words with spaces between them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from autograder.errors import ConfigError

PARTS = ("train", "valid", "test")
END, UNKNOWN = "<eos>", "<unk>"


@dataclass(frozen=True, eq=False)
class Corpus:
    """words: the vocabulary by token, the most frequent first; parts: tokens, int64 [N]; digest: of the texts."""

    words: tuple[str, ...]
    parts: Mapping[str, torch.Tensor]
    digest: str

    def columns(self, part: str, batch_size: int) -> torch.Tensor:
        """The part cut into `batch_size` texts of equal length side by side, int64 [N // batch_size, batch_size]."""
        tokens = self.parts[part]
        length = len(tokens) // batch_size
        return tokens[: length * batch_size].view(batch_size, length).T.contiguous()

    def require(self, seq_len: int, batch_size: int) -> None:
        """Raises:
        ConfigError: one of the texts is too short for one batch.
        """
        for part in PARTS:
            needed, there = batch_size * (seq_len + 1), len(self.parts[part])
            if there < needed:
                raise ConfigError(
                    f"The text {part} has {there:,} words with the ends of its sentences; "
                    f"a batch of {batch_size} sequences of {seq_len} needs {needed:,}."
                )


def read_corpus(folder: Path) -> Corpus:
    """Read `train.txt`, `valid.txt` and `test.txt`, or the same with `ptb.` before their names.

    Raises:
        ConfigError: one of them is missing, can't be read or is empty.
    """
    if not folder.is_dir():
        raise ConfigError(f"There is no folder {folder}, in which train.txt, valid.txt and test.txt would lie.")
    return make_corpus({part: _read(folder, part) for part in PARTS})


def _read(folder: Path, part: str) -> str:
    names = (f"{part}.txt", f"ptb.{part}.txt")
    path = next((folder / name for name in names if (folder / name).exists()), None)
    if path is None:
        raise ConfigError(f"There is neither {names[0]} nor {names[1]} in {folder}.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not a text in UTF-8.") from None
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}.") from None
    if not text.strip():
        raise ConfigError(f"{path} is empty; it should hold one sentence a line.")
    return text


def make_corpus(texts: Mapping[str, str]) -> Corpus:
    """Number the words of the training text; other words of the other texts are `<unk>`."""
    spoken = {part: [word for line in texts[part].splitlines() for word in _sentence(line)] for part in PARTS}
    count = Counter({UNKNOWN: 0})
    count.update(spoken["train"])
    words = tuple(sorted(count, key=lambda word: (-count[word], word)))
    token = {word: number for number, word in enumerate(words)}
    parts = {part: torch.tensor([token.get(word, token[UNKNOWN]) for word in spoken[part]]) for part in PARTS}
    digest = hashlib.sha256("\0".join(" ".join(spoken[part]) for part in PARTS).encode()).hexdigest()[:16]
    return Corpus(words, parts, digest)


def _sentence(line: str) -> list[str]:
    words = line.split()
    return [*words, END] if words else []


def sequences(columns: torch.Tensor, seq_len: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Inputs and targets, int64 [seq_len, B] each, one after the other; a rest that is too short is left out."""
    for start in range(0, len(columns) - seq_len, seq_len):
        yield columns[start : start + seq_len], columns[start + 1 : start + seq_len + 1]


def count_sequences(columns: torch.Tensor, seq_len: int) -> int:
    """How many `sequences` yields."""
    return max(0, (len(columns) - 1) // seq_len)
