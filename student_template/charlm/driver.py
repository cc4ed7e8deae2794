"""Trains both models and prints what they reach: python driver.py [--data FOLDER]"""

import argparse
import math
import time
from pathlib import Path

from models import train_lm, train_rnn_classifier
from utils import Indexer


def lines(path):
    return [line for line in path.read_text().split("\n") if line]


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
