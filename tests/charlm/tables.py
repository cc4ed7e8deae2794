"""Hand-ins that count: what they reach is no trained network's."""

from __future__ import annotations

TABLES = """
import math
from collections import Counter, defaultdict
import numpy as np

class Table:
    def __init__(self, order):
        self.order, self.counts = order, [defaultdict(Counter) for _ in range(order + 1)]

    def add(self, context, symbol):
        for n in range(self.order + 1):
            self.counts[n][context[len(context) - n:]][symbol] += 1

    def probability(self, context, symbol, size):
        p = 1 / size
        for n in range(min(self.order, len(context)) + 1):
            seen = self.counts[n].get(context[len(context) - n:])
            if not seen:
                break
            total = sum(seen.values())
            p = (seen[symbol] + len(seen) * p) / (total + len(seen))
        return p

class RNNClassifier:
    def __init__(self, table):
        self.table = table

    def predict(self, context):
        return int(self.table.probability(context, 1, 2) > 0.5)

def train_rnn_classifier(args, train_cons_exs, train_vowel_exs, dev_cons_exs, dev_vowel_exs, vocab_index):
    table = Table(ORDER)
    for lines, label in ((train_cons_exs, 0), (train_vowel_exs, 1)):
        for line in lines:
            table.add(line, label)
    return RNNClassifier(table)

class RNNLanguageModel:
    def __init__(self, table, vocab_index):
        self.table, self.symbols = table, [vocab_index.get_object(i) for i in range(len(vocab_index))]

    def get_next_char_log_probs(self, context):
        return np.log([self.table.probability(context, c, len(self.symbols)) for c in self.symbols])

    def get_log_prob_sequence(self, next_chars, context):
        return float(sum(
            self.get_next_char_log_probs(context + next_chars[:i])[self.symbols.index(c)]
            for i, c in enumerate(next_chars)
        ))

def train_lm(args, train_text, dev_text, vocab_index):
    table, text = Table(ORDER), " " + train_text
    for i in range(1, len(text)):
        table.add(text[max(0, i - 9):i], text[i])
    return RNNLanguageModel(table, vocab_index)
"""


def tables(order: int) -> str:
    """A hand-in of tables that look at so many characters."""
    return TABLES.replace("ORDER)", f"{order})")
