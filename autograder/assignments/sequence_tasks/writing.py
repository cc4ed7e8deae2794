"""The training task of s8.bar: the submission's language model learns the two small languages and writes.

A prefix is passed where more than half of ten continuations are valid strings; one prefix in ten may fail. On the way
the judge draws continuations itself, from the model's logits; in the test the submission's `sample` does, unless that
lost points in its own item. What belongs into a string can only be learnt: names and numbers of tokens are drawn anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from autograder.assignments.sequence_tasks.context import Context
from autograder.assignments.sequence_tasks.lessons import LANGUAGES, PREFIXES, Language, Lessons, draw
from autograder.assignments.sequence_tasks.toys import MODEL, SAMPLE
from autograder.evidence import ClassVerdict
from autograder.judge.models import parameters_of
from autograder.kit.comparing import NDArray
from autograder.kit.lab import Lab, Model
from autograder.kit.training.recipe import Recipe
from autograder.kit.training.sequences import Sequences
from autograder.kit.training.task import Task, Tested
from autograder.kit.training.trainer import Trainer
from autograder.kit.training.verify import verify as verified
from autograder.run import Run
from autograder.student.proxy import Student

SIZES = {"emb": 16, "hidden": 32, "num_layers": 1}
RECIPE = Recipe(  # all three epochs: no figure reaches this `stop`
    name="toys", batch=20, rate=0.01, epochs=3, slices=1, stop=1.1, give_up=0.5, patience=3, attempts=2, seconds=60.0,
)  # fmt: skip
METRIC = "validity"
SAMPLES = 10  # of each prefix
LONGEST = 100  # tokens of a sample
SEEN = 1e-6  # of the largest logit


@dataclass
class Writer:
    """See kit/training/task.py. `sample`: whether the submission's own function is used in the test."""

    lab: Lab
    model: Model
    lessons: Lessons
    sample: bool
    trainer: Trainer = field(init=False)
    rng: np.random.Generator = field(init=False)

    @property
    def updates(self) -> int:
        """How many updates one epoch has."""
        return -(-len(self.lessons.train) // RECIPE.batch)

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
        vocab = self.lessons.vocab_size
        self.trainer = Trainer.begin(self.model, self.lessons.train, RECIPE, seed, classes=vocab, with_lengths=False)

    def advance(self, updates: int) -> None:
        """See Learner."""
        self.trainer.advance(updates)

    def validate(self) -> float:
        """Return the share of prefixes that the model's own distribution continues well."""
        return self.share(self.lessons.prefixes[0], self.continued(self.lessons.prefixes[0], self.rng))

    def test(self, rng: np.random.Generator) -> Tested:
        """Return the share of prefixes that `sample` continues well."""
        prefixes = self.lessons.prefixes[1]
        if not self.sample:
            return Tested(self.share(prefixes, self.continued(prefixes, rng)))
        self.model.train(False)
        repeated = [prefix for prefix in prefixes for _ in range(SAMPLES)]
        return Tested(self.share(prefixes, [self.own_sample(prefix) for prefix in repeated]))

    def own_sample(self, prefix: list[int]) -> list[int]:
        """What the submission's `sample` makes of a prefix."""
        named = {"max_length": LONGEST}
        found: list[int] = self.lab.call(
            SAMPLE.name, self.model.object, list(prefix), dict(self.lessons.w2i), named=named
        )
        return found

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
        end = self.lessons.w2i[".end"]
        while waiting := [one for one in samples if one[-1] != end and len(one) < LONGEST]:
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


def task(run: Run, context: Context, language: Language) -> Task[Lessons]:
    """Declare what the model has to learn of a language."""

    def split(seed: int) -> Lessons:
        return draw(language, seed)

    def build(student: Student, lessons: Lessons, seed: int) -> Writer:
        lab, sizes = Lab(student, context), MODEL.all_sizes(**SIZES, vocab_size=lessons.vocab_size)
        lab.expect_there(MODEL.name)
        args, kwargs = lab.arguments_for(MODEL, sizes)
        built, parameters = student.build_model(MODEL.name, args, kwargs, seed)
        return Writer(lab, Model(built, parameters_of(parameters), MODEL, sizes), lessons, sound)

    sound = "s7.sample" not in context.broken
    return Task("synthetic", "prefixes", PREFIXES, run.rubric.metrics[METRIC], RECIPE, split, build)


def verify(run: Run, student: Student, context: Context) -> tuple[ClassVerdict, ...]:
    """Train the submission's model on each of the two languages.

    Raises:
        SandboxError: no student process could be started.
    """
    return tuple(
        verified(student, f"{MODEL.name} ({language.name})", task(run, context, language), secret=run.secret)
        for language in LANGUAGES
    )
