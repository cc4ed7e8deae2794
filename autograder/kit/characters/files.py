"""Files of texts and of contexts, one a line."""

from __future__ import annotations

from pathlib import Path

from autograder.errors import ConfigError
from autograder.kit.characters import ALPHABET
from autograder.kit.characters.lessons import CONTEXT


def read_characters(path: Path) -> str:
    """Raises:
    ConfigError: it can't be read, or has characters outside the vocabulary.
    """
    text = _read(path).replace("\n", "")
    if odd := sorted(set(text) - set(ALPHABET)):
        raise ConfigError(f"{path}: the text has {odd[0]!r}; only a-z and space belong there.")
    return text


def read_examples(path: Path) -> list[str]:
    """Raises:
    ConfigError: it can't be read, is empty, or a line is no context.
    """
    lines = [line for line in _read(path).split("\n") if line]
    for number, line in enumerate(lines, 1):
        if len(line) != CONTEXT or set(line) - set(ALPHABET):
            raise ConfigError(f"{path}, line {number}: {CONTEXT} characters of a-z and space are expected.")
    if not lines:
        raise ConfigError(f"{path}: the file is empty.")
    return lines


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: only a-z and space belong there.") from error
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}; DATA= names a folder with it.") from error
