"""What students download besides notebook and script: the given `utils.py`, a driver, made-up examples and texts, and
the packages to install."""

from __future__ import annotations

import random
from pathlib import Path

GIVEN = Path(__file__).resolve().parents[2] / "autograder" / "assignments" / "charlm" / "given" / "utils.py"
WORDS = "tala rimo sen kodu brin vesta olim parun dek shoma lirat ubo gonel wim zaru feth quil jax yond hemic".split()
VOWELS = "aeiou"
CONTEXT = 20
SIZES = {"train": 300, "dev": 40}  # examples of each class
LENGTHS = {"train": 4000, "dev": 500}  # characters
REQUIREMENTS = """\
# pip install -r requirements.txt, and then the wheel of public checks that your course gives you:
# pip install autograder_student-*.whl
torch>=2.6
numpy>=1.26
matplotlib>=3.9
jupyterlab>=4
"""
DRIVER = '''\
"""Trains both models and prints what they reach: python driver.py [--data FOLDER]"""

import argparse
import math
import time
from pathlib import Path

from models import train_lm, train_rnn_classifier
from utils import Indexer


def lines(path):
    return [line for line in path.read_text().split("\\n") if line]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default="data")
    parser.add_argument("--model", default="RNN")
    args = parser.parse_args()
    folder, vocab_index = Path(args.data), Indexer()
    for character in "abcdefghijklmnopqrstuvwxyz ":
        vocab_index.add_and_get_index(character)

    parts = ("train-consonant", "train-vowel", "dev-consonant", "dev-vowel")
    lists = [lines(folder / f"{part}-examples.txt") for part in parts]
    started = time.time()
    classifier = train_rnn_classifier(args, *lists, vocab_index)
    right = sum(classifier.predict(c) == 0 for c in lists[2]) + sum(classifier.predict(c) == 1 for c in lists[3])
    print(f"accuracy {right / len(lists[2] + lists[3]):.3f}, {time.time() - started:.0f} s")

    train_text, dev_text = ((folder / f"text8-{part}.txt").read_text() for part in ("100k", "dev"))
    started = time.time()
    model = train_lm(args, train_text, dev_text, vocab_index)
    mean = model.get_log_prob_sequence(dev_text, " ") / len(dev_text)
    print(f"perplexity {math.exp(-mean):.3f}, {time.time() - started:.0f} s")
'''


def extras() -> dict[str, str]:
    """Return the files by path in the students' folder; the real data replaces what is in `data/`."""
    draw = random.Random("a small text")
    texts = {part: _text(draw, length) for part, length in LENGTHS.items()}
    files = {"data/text8-100k.txt": texts["train"], "data/text8-dev.txt": texts["dev"]}
    for part, count in SIZES.items():
        for name, examples in zip(("consonant", "vowel"), _examples(draw, texts["train"], count), strict=True):
            files[f"data/{part}-{name}-examples.txt"] = "".join(f"{example}\n" for example in examples)
    given = GIVEN.read_text(encoding="utf-8")
    return files | {"utils.py": given, "driver.py": DRIVER, "requirements.txt": REQUIREMENTS}


def _text(draw: random.Random, length: int) -> str:
    return " ".join(draw.choice(WORDS) for _ in range(length))[:length]


def _examples(draw: random.Random, text: str, count: int) -> tuple[list[str], list[str]]:
    """Contexts that a consonant follows, and contexts that a vowel follows."""
    found: tuple[list[str], list[str]] = [], []
    places = [place for place in range(CONTEXT, len(text)) if text[place] != " "]
    for place in draw.sample(places, len(places)):
        examples = found[text[place] in VOWELS]
        if len(examples) < count:
            examples.append(text[place - CONTEXT : place])
    return found
