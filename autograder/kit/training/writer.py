"""A language model that is trained on strings and then continues prefixes: how many it continues to valid strings.

On the way the judge draws continuations itself, from the model's logits; in the test the submission's own function may.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from autograder.kit.comparing import NDArray
from autograder.kit.lab import Model
from autograder.kit.training.recipe import Recipe
from autograder.kit.training.sequences import Sequences
from autograder.kit.training.task import Tested
from autograder.kit.training.trainer import Trainer

SAMPLES = 10  # of each prefix
LONGEST = 100  # tokens of a sample
SEEN = 1e-6  # of the largest logit
OwnSample = Callable[[Model, list[int], int], list[int]]  # of a model, a prefix and the most tokens


class Lessons(Protocol):
    """Strings to train on; two sets of `prefixes`, for validation and for the test; what is valid."""

    @property
    def train(self) -> Sequences: ...

    @property
    def prefixes(self) -> tuple[list[list[int]], list[list[int]]]: ...

    @property
    def vocab_size(self) -> int:
        """How many tokens there are."""
        ...

    @property
    def end(self) -> int:
        """The token behind a string."""
        ...

    def valid(self, tokens: Sequence[int]) -> bool:
        """Whether tokens are a valid string with its markers."""
        ...


@dataclass
class Writer:
    """See Learner in task.py. The model takes ids [b, t] as "ids". A prefix is passed where more than half of SAMPLES
    continuations are valid; `own`: draws them in the test, in place of the judge."""

    model: Model
    lessons: Lessons
    recipe: Recipe
    own: OwnSample | None
    trainer: Trainer = field(init=False)
    rng: np.random.Generator = field(init=False)

    @property
    def updates(self) -> int:
        """How many updates one epoch has."""
        return -(-len(self.lessons.train) // self.recipe.batch)

    def examine(self, rng: np.random.Generator) -> str:
        """See Learner."""
        first = self.model.state()
        self.model.randomise(rng)
        case = self.model.case(rng, time=4)
        other = case.changed("ids", time=0)
        before, after = (answer[0].data[:, -1] for answer in self.model.answers([case, other]))
        self.model.load(first)
        if np.abs(before - after).max() <= SEEN * np.abs(before).max():
            return "its logits do not depend on the tokens before the last one"
        return "" if self.model.count() else "it has no parameters that train"

    def begin(self, seed: int) -> None:
        """See Learner."""
        self.rng = np.random.default_rng(seed)
        vocab, train = self.lessons.vocab_size, self.lessons.train
        self.trainer = Trainer.begin(self.model, train, self.recipe, seed, classes=vocab, with_lengths=False)

    def advance(self, updates: int) -> None:
        """See Learner."""
        self.trainer.advance(updates)

    def validate(self) -> float:
        """Return the share of prefixes that the model's own distribution continues well."""
        return self.share(self.lessons.prefixes[0], self.continued(self.lessons.prefixes[0], self.rng))

    def test(self, rng: np.random.Generator) -> Tested:
        """Return the share of prefixes that are continued well in the test."""
        prefixes = self.lessons.prefixes[1]
        if self.own is None:
            return Tested(self.share(prefixes, self.continued(prefixes, rng)))
        self.model.train(False)
        repeated = [prefix for prefix in prefixes for _ in range(SAMPLES)]
        return Tested(self.share(prefixes, [self.own(self.model, list(prefix), LONGEST) for prefix in repeated]))

    def share(self, prefixes: Sequence[list[int]], samples: Sequence[list[int]]) -> float:
        """The share of prefixes of whose samples, SAMPLES of each in a row, more than half are valid."""
        passed = 0
        for number, prefix in enumerate(prefixes):
            own = samples[number * SAMPLES : (number + 1) * SAMPLES]
            valid = sum(one[: len(prefix)] == prefix and self.lessons.valid(one) for one in own)
            passed += valid > SAMPLES / 2
        return passed / len(prefixes)

    def continued(self, prefixes: Sequence[list[int]], rng: np.random.Generator) -> list[list[int]]:
        """SAMPLES continuations of each prefix, drawn by the judge from the model's logits."""
        samples = [list(prefix) for prefix in prefixes for _ in range(SAMPLES)]
        while waiting := [one for one in samples if one[-1] != self.lessons.end and len(one) < LONGEST]:
            for one, token in zip(waiting, drawn(self.last_logits(waiting), rng), strict=True):
                one.append(token)
        return samples

    def last_logits(self, samples: Sequence[list[int]]) -> NDArray:
        """Logits [n, V] after the last token of each."""
        lengths = np.array([len(one) for one in samples])
        ids = np.concatenate(samples).astype(np.int32)
        found = self.trainer.predict(Sequences(ids, lengths, np.zeros(len(ids), np.int64), per_token=True))
        last: NDArray = found[np.cumsum(lengths) - 1]
        return last


def drawn(logits: NDArray, rng: np.random.Generator) -> list[int]:
    """One token for each row, by softmax(logits)."""
    chosen: list[int] = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1).tolist()
    return chosen
