"""A made-up language in the form of the Penn Treebank, for language models: the same text for the same seed.

What comes next hangs on words that may stand far back: a verb agrees in number with its subject across what stands
between them, `if` asks for `then`, `either` for `or`, a question for its mark, and words keep to a topic over several
sentences. So no n-gram predicts it as well as a model with a memory does. As in the treebank there is one sentence a
line in small letters, with `N` for numbers and `<unk>` for rare words.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

PARTS = {"train": 0.84, "valid": 0.08, "test": 0.08}  # shares of the words
STAYS = 0.85  # probability that the next sentence has the topic of this one
DEEPEST = 2  # phrases within phrases

TOPICS = {  # nouns (an s makes them plural), verbs (an s makes them singular), adjectives
    "money": (
        "trader bond bank share fund broker analyst merger dollar auditor",
        "buy sell hold rate price trade",
        "weak junior foreign",
    ),
    "sea": (
        "sailor boat harbor gull wave captain anchor pilot island storm",
        "tow follow steer pull lift sight",
        "wet northern calm",
    ),
    "music": (
        "singer drum violin song choir dancer flute tune pianist stage",
        "hear play lead praise record join",
        "loud slow famous",
    ),
    "garden": (
        "gardener rose tree bee root fence farmer seed bird flower",
        "plant water grow shade cut feed",
        "green young bitter",
    ),
}
EVERYWHERE = "old new large small"  # adjectives of every topic
PREPOSITIONS = "near of behind with"
ADVERBS = "today again soon often"


@dataclass
class Speaker:
    """Speaks sentence after sentence; only `draw.random()` is used, which is the same in all versions of Python."""

    draw: random.Random
    topic: str = "money"
    _words: dict[str, tuple[list[str], list[str], list[str]]] = field(
        default_factory=lambda: {
            topic: (nouns.split(), verbs.split(), [*adjectives.split(), *EVERYWHERE.split()])
            for topic, (nouns, verbs, adjectives) in TOPICS.items()
        }
    )

    def sentence(self) -> list[str]:
        """The words of the next sentence, without a mark of its end."""
        if not self.chance(STAYS):
            self.topic = self.one_of(list(TOPICS))
        kind = self.draw.random()
        if kind < 0.12:
            return ["if", *self.clause(1), "then", *self.clause(1)]
        if kind < 0.22:
            return ["either", *self.clause(1), "or", *self.clause(1)]
        if kind < 0.32:
            return self.question()
        return self.clause(0)

    def clause(self, depth: int) -> list[str]:
        """Subject, verb that agrees with it, and mostly an object."""
        plural = self.chance(0.5)
        if depth < DEEPEST and self.chance(0.08):
            return [*self.noun_phrase(plural, depth + 1), "say" if plural else "says", "that", *self.clause(depth + 1)]
        words = [*self.noun_phrase(plural, depth), self.verb(plural)]
        if self.chance(0.8):
            words += self.noun_phrase(self.chance(0.5), depth + 1)
        return [*words, self.one_of(ADVERBS.split())] if self.chance(0.2) else words

    def question(self) -> list[str]:
        """It begins with `do` or `does`, and ends with its mark."""
        plural = self.chance(0.5)
        subject, verb = self.noun_phrase(plural, 0), self.verb(True)
        return ["do" if plural else "does", *subject, verb, *self.noun_phrase(self.chance(0.5), 1), "?"]

    def noun_phrase(self, plural: bool, depth: int) -> list[str]:
        """Determiner, adjective, noun, and what may stand between the noun and its verb."""
        if not plural and self.chance(0.08):
            return ["mr.", "<unk>"]
        words = [self.one_of(["the", "these", "N", "some"] if plural else ["the", "a", "this", "every"])]
        nouns, _, adjectives = self._words[self.topic]
        if self.chance(0.3):
            words.append(self.one_of(adjectives))
        words.append(self.one_of(nouns) + ("s" if plural else ""))
        more = self.draw.random() if depth < DEEPEST else 1.0
        if more < 0.25:
            words += [self.one_of(PREPOSITIONS.split()), *self.noun_phrase(self.chance(0.5), depth + 1)]
        elif more < 0.35:
            words += ["that", self.verb(plural), *self.noun_phrase(self.chance(0.5), depth + 1)]
        elif more < 0.45:
            inner = self.chance(0.5)
            words += ["that", *self.noun_phrase(inner, depth + 1), self.verb(inner)]
        return words

    def verb(self, plural: bool) -> str:
        """A verb of the topic in the number of its subject."""
        _, verbs, _ = self._words[self.topic]
        return self.one_of(verbs) + ("" if plural else "s")

    def chance(self, probability: float) -> bool:
        """Whether it happens."""
        return self.draw.random() < probability

    def one_of(self, words: Sequence[str]) -> str:
        """A word, the k-th of them with a weight of 1 / k."""
        weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))
        at = self.draw.random() * weights[-1]
        return next(word for word, weight in zip(words, weights, strict=True) if at < weight)


def sentences(seed: int) -> Iterator[list[str]]:
    """Speak without end."""
    speaker = Speaker(random.Random(seed))
    while True:
        yield speaker.sentence()


def texts(words: int, seed: int) -> dict[str, str]:
    """Texts of about so many words in all, ends of sentences counted, by the name of their part: train, valid, test."""
    spoken = sentences(seed)
    found = {}
    for part, share in PARTS.items():
        lines, count = [], 0
        while count < words * share:
            sentence = next(spoken)
            lines.append(f" {' '.join(sentence)} \n")
            count += len(sentence) + 1
        found[part] = "".join(lines)
    return found
