"""What the two parts are trained on, and what they are judged on: real text from a folder, or a made-up language.

The classifier's examples are windows of the language model's text. So whatever is judged on is cut from the last tenth
of the text, of which neither part is given anything; a little of that tenth is the dev lists and the dev text, on which
nothing is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autograder.errors import ConfigError
from autograder.kit.characters import language
from autograder.kit.characters.files import read_characters, read_examples
from autograder.kit.characters.lessons import CONTEXT, Examples
from autograder.kit.characters.ngram import Ngram
from autograder.kit.characters.windows import cut, in_order, words_on

TEXT, DEV_FILE = "text8-100k.txt", "text8-dev.txt"
EXAMPLES = {"consonant": "train-consonant-examples.txt", "vowel": "train-vowel-examples.txt"}
HELD_BACK = 0.1  # of the text, at its end
DEV = 0.2  # of what is held back
DEV_TEXT, DEV_EXAMPLES = 500, 250  # characters; windows of each class
HIDDEN = 1800  # windows of each class; a real tenth has enough
PASSAGES, PASSAGE = 8, 250  # characters
UNLIKE = 0.4  # of the passages, left out
LEAST = PASSAGES * PASSAGE * 2  # characters of a tenth from which both can be cut
MADE_UP, MADE_UP_EXAMPLES, MADE_UP_HIDDEN = 40_000, 2500, 20_000  # characters, windows of each class, characters


@dataclass(frozen=True)
class Material:
    """`hidden`: the text that nothing is given of. `floor`: the perplexity below which nothing honest comes; 0 where
    nobody knows. `beside`: further texts that nothing is given of, for the language model."""

    name: str
    train: Examples
    dev: Examples
    text: str
    dev_text: str
    hidden: str
    floor: float = 0.0
    beside: tuple[str, ...] = ()

    def windows(self, rng: np.random.Generator) -> list[tuple[str, int]]:
        """Hidden windows of both classes, in the text's order."""
        return in_order(self.hidden, HIDDEN, rng)

    def passages(self, rng: np.random.Generator) -> list[str]:
        """Passages that begin with a word and do not overlap, of the hidden text and of what stands `beside` it.

        The text's last tenth goes over to other subjects, and there to lists: what an n-gram model of the text finds
        most unlike it is left out.
        """
        found = [part for whole in (self.hidden, *self.beside) for part in words_on(whole, PASSAGE)]
        if self.beside:
            known = Ngram(self.text)
            found.sort(key=known.perplexity)
            found = found[: max(PASSAGES, round(len(found) * (1 - UNLIKE)))]
        return [found[n] for n in rng.permutation(len(found))[:PASSAGES]]


def made_up(rng: np.random.Generator) -> Material:
    """Draw a language and cut everything from it."""
    words = language.syllables(rng)
    text, dev, hidden = (language.text(words, size, rng) for size in (MADE_UP, 4 * DEV_TEXT, MADE_UP_HIDDEN))
    dev_windows = cut(dev, DEV_EXAMPLES, rng)
    train = cut(text, MADE_UP_EXAMPLES, rng)
    return Material("synthetic", train, dev_windows, text, dev[:DEV_TEXT], hidden, language.FLOOR)


def real(folder: Path, rng: np.random.Generator) -> Material:
    """Read the real text and examples; windows of the last tenth are replaced by others.

    Raises:
        ConfigError: a file can't be read, or holds something else.
    """
    text = read_text(folder / TEXT)
    kept = round(len(text) * (1 - HELD_BACK))
    dev = round(kept + (len(text) - kept) * DEV)
    given = {name: read_examples(folder / file) for name, file in EXAMPLES.items()}
    known = {name: [w for w in windows if 0 <= text.find(w) < kept - CONTEXT] for name, windows in given.items()}
    more = cut(text[:kept], max(map(len, given.values())), rng)
    lists = {
        name: (known[name] + getattr(more, name))[: len(given[name])] for name in given
    }  # as many as the files have
    dev_part = text[kept:dev]
    return Material(
        folder.name or str(folder), Examples(**lists), cut(dev_part, DEV_EXAMPLES, rng), text[:kept],
        dev_part[:DEV_TEXT], text[dev:], beside=(read_characters(folder / DEV_FILE),),
    )  # fmt: skip


def check(folder: Path) -> None:
    """Raises:
    ConfigError: there is no such data.
    """
    real(folder, np.random.default_rng(0))


def read_text(path: Path) -> str:
    """Raises:
    ConfigError: it can't be read, is short, or has characters outside the vocabulary.
    """
    text = read_characters(path)
    if len(text) * HELD_BACK * (1 - DEV) < LEAST:
        least = round(LEAST / HELD_BACK / (1 - DEV))
        raise ConfigError(f"{path}: the text has {len(text):,} characters; at least {least:,} are needed.")
    return text
