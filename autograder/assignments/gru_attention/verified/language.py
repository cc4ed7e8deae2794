"""A made-up language that tells by its first word what comes much later, and whose law is known.

A sequence begins with its topic. Topics stand further on too, and mean nothing there. Fillers follow each other by a
law of pairs, and after each of a few askers comes the answer that asker and topic share. So an n-gram knows fillers and
no answers, a bag of words takes wrong topics for the right one, and a model with a memory learns both in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autograder.assignments.gru_attention.verified.lessons import Contexts, Lessons, Numbers, contexts

SYNTHETIC = "synthetic"
TOPICS, FILLERS, ASKERS = 8, 12, 3
ANSWERS = TOPICS  # for each asker the topics in another order
VOCABULARY = TOPICS + FILLERS + ASKERS + ANSWERS
LENGTH = 16  # words that a model reads of a sequence
LESSONS, VALID, TEST = 4096, 1024, 4096  # sequences
ASKED, STRAY = 0.34, 0.08  # probability that after a word comes an asker, or a topic that means nothing
ERROR = 0.05  # that an answer is any answer


@dataclass(frozen=True, eq=False)
class Language:
    """`law` [K, V, V]: by topic and word, the probabilities of the next word."""

    law: Numbers

    def texts(self, many: int, length: int, rng: np.random.Generator) -> Numbers:
        """Return so many sequences, [many, length]."""
        return self.on(rng.integers(0, TOPICS, (many, 1)), length, rng)

    def on(self, start: Numbers, length: int, rng: np.random.Generator) -> Numbers:
        """Return sequences [n, length] that begin with `start` [n, k]."""
        found = list(start.T)
        while len(found) < length:
            reach = self.law[start[:, 0], found[-1]].cumsum(axis=1)
            found.append((reach < rng.random((len(start), 1)) * reach[:, -1:]).sum(axis=1))
        return np.stack(found[:length], axis=1)

    def perplexity(self, part: Contexts) -> float:
        """Return that of the law itself, which no model beats but by luck."""
        likely = self.law[part.ids[:, 0], part.before(1), part.targets]
        return float(np.exp(-np.log(likely).mean()))


def language(rng: np.random.Generator) -> Language:
    """Draw a language of this kind."""
    fillers, askers, answers = np.split(np.arange(TOPICS, VOCABULARY), np.cumsum([FILLERS, ASKERS]))
    law = np.zeros((TOPICS, VOCABULARY, VOCABULARY))
    for word in range(VOCABULARY):
        law[:, word, fillers] = (1 - ASKED - STRAY) * rng.dirichlet(np.full(FILLERS, 0.3))
        law[:, word, askers] = ASKED * rng.dirichlet(np.full(ASKERS, 3.0))
        law[:, word, :TOPICS] = STRAY / TOPICS
    for asker in askers:
        law[:, asker] = 0
        law[:, asker, answers] = ERROR / ANSWERS
        law[np.arange(TOPICS), asker, rng.permutation(answers)] += 1 - ERROR
    return Language(law)


def lessons(seed: int) -> Lessons:
    """Draw a language and texts in it."""
    rng = np.random.default_rng(seed)
    spoken = language(rng)

    def tested(many: int) -> Contexts:
        texts = spoken.texts(many, LENGTH + 1, rng)
        return contexts(texts, continued(spoken, texts, rng), rng)

    valid, test = tested(VALID), tested(TEST)
    texts = spoken.texts(LESSONS, LENGTH + 1, rng)
    return Lessons(SYNTHETIC, VOCABULARY, texts, valid, test, spoken.perplexity(test))


def continued(spoken: Language, texts: Numbers, rng: np.random.Generator) -> Numbers:
    """Return other sequences with the topics of these: what may stand behind a beginning of theirs."""
    return spoken.on(texts[:, :1], texts.shape[1], rng)
