"""Typed access to a hand-in of charlm: its short trainings, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from autograder.assignments.charlm.context import CLASSIFIER, LANGUAGE_MODEL, TRAINERS, Context
from autograder.errors import StudentCrash, StudentError, StudentException, StudentTimeout
from autograder.judge.expect import Mismatch, NotJudged
from autograder.kit.characters import ALPHABET
from autograder.kit.characters.answers import label, meant
from autograder.kit.characters.editions import log_probs, top_of
from autograder.kit.characters.lessons import (
    KNOWN,
    STAGES,
    TEXTS,
    ClassifierLesson,
    PairLesson,
    grown,
    permuted,
    share_right,
    written,
)  # fmt: skip
from autograder.kit.training.own import OUT_OF_TIME, Trained, asked, made, trained_by
from autograder.student.proxy import Object, Student

T = TypeVar("T")
LESSON_SECONDS = 120.0  # of processor time: enough for whoever makes as many updates on few examples as on all
PAIRS, DECOYS = 400, 40  # examples of the lesson of pairs
LEARNED = 0.9  # of the lesson's contexts
LIKELY = 0.6  # of the probability
WHOLE = "whole"  # the lesson of all at once
ARGS = {
    "train_path": "data/text8-100k.txt", "dev_path": "data/text8-dev.txt", "output_bundle_path": "output.json",
    "train_cons": "data/train-consonant-examples.txt", "train_vowel": "data/train-vowel-examples.txt",
    "dev_cons": "data/dev-consonant-examples.txt", "dev_vowel": "data/dev-vowel-examples.txt", "model": "RNN",
    "no_cuda": True, "seed": 0,
}  # fmt: skip


@dataclass(frozen=True)
class Taught:
    """A model after a lesson. `learned`: whether its answers show that; not `sure`, where they can't be read. `many`:
    how much it was given."""

    trained: Trained
    learned: bool
    many: int
    lesson: Any = None
    given: tuple[Any, ...] = ()
    sure: bool = True


@dataclass(frozen=True)
class Lab:
    """A student's hand-in in one process."""

    student: Student
    context: Context
    seed: int

    def __repr__(self) -> str:
        return "Lab"

    # ---- trainings ---------------------------------------------------------------------------------------------------
    def train(self, name: str, args: Sequence[Any], alphabet: str = ALPHABET, **options: Any) -> Trained:
        """Call a training function with the driver's arguments around these.

        Raises:
            StudentError: it fails, or can't be had.
        """
        function = TRAINERS[name]
        if function in self.context.lost:
            raise self.student.missing(function, self.context.lost[function])
        if function in self.context.endless:  # in another process, which had the same time
            raise self.context.endless[function]
        options = {"seconds": LESSON_SECONDS, "seed": self.seed} | options
        given = [namespace(self.student, name), *args, index(self.student, alphabet)]
        try:
            return trained_by(self.student, function, given, **options)
        except (StudentTimeout, StudentCrash) as error:
            if OUT_OF_TIME in str(error):
                self.context.endless[function] = error
            raise

    def once(self, what: str, learn: Callable[[np.random.Generator], T]) -> T:
        """What a lesson gives in this process, or how it failed: found out for the first check that asks.

        Raises:
            StudentError, Mismatch: it failed.
        """
        key = (what, id(self.student), self.student.generation)
        if key not in self.context.lessons:
            calls = len(self.student.calls)
            try:
                self.context.lessons[key] = learn(np.random.default_rng([self.seed, len(what)]))
            except (StudentError, Mismatch) as error:
                key = (what, id(self.student), self.student.generation)
                self.context.lessons[key] = error
            self.context.lessons[*key, "calls"] = self.student.calls[calls:][-1:]
        found: Any = self.context.lessons[key]
        if isinstance(found, Exception):
            self.student.calls += [c for c in self.context.lessons[*key, "calls"] if c not in self.student.calls]
            raise found
        taught: T = found
        return taught

    def classifier(self, kind: str = "given") -> Taught:
        """A classifier after a lesson. `kind`: "given"; "turned", with the lists exchanged; "permuted", with another
        index. One lesson has all of it; where that was not learned, each kind is one by itself, to tell what fails.

        Raises:
            NotJudged: it is another lesson, and the first one taught nothing.
        """
        whole = learned(lambda: self._classifier(WHOLE))
        if whole is None:
            self.expect_worth(CLASSIFIER, kind)
        return whole or self._classifier(kind)

    def _classifier(self, kind: str) -> Taught:
        def learn(rng: np.random.Generator) -> Taught:
            lesson = ClassifierLesson.draw(rng)
            alphabet = lesson.index() if kind in (WHOLE, "permuted") else ALPHABET

            def stage(many: int) -> tuple[Taught, bool, float]:
                told, dev, test = lesson.train(many, rng), lesson.dev(rng), lesson.test(rng)
                if kind in (WHOLE, "turned"):
                    told, dev, test = told.turned(), dev.turned(), test.turned()
                lists = [told.consonant, told.vowel, dev.consonant, dev.vowel]
                trained = self.train(CLASSIFIER, [list(part) for part in lists], alphabet, echo=True)
                right = share_right(predictions(trained, [c for c, _ in test.labelled], meant), test) >= LEARNED
                return Taught(trained, right, many, lesson, tuple(lists)), right, trained.seconds

            return self.noted(CLASSIFIER, kind, grown(self.stages(STAGES, "classifier", kind), stage))

        return self.once(f"classifier {kind}", learn)

    def pairs(self) -> Taught:
        """A classifier after a lesson in which the last two letters count together: what only knows the contexts of its
        lesson shows there what it reads."""

        def learn(rng: np.random.Generator) -> Taught:
            lesson = PairLesson.draw(rng)
            told, dev = lesson.train(PAIRS, rng), lesson.train(DECOYS, rng)
            trained = self.train(CLASSIFIER, [told.consonant, told.vowel, dev.consonant, dev.vowel])
            return Taught(trained, True, PAIRS, lesson)

        return self.once("classifier of pairs", learn)

    def language_model(self, kind: str = "given") -> Taught:
        """A language model after a lesson, a text of KNOWN letters; its `given` is the index's alphabet. `kind`:
        "given"; "permuted", another index, which alone is asked of who learned it.

        Raises:
            NotJudged: it is another lesson, and the first one taught nothing.
        """
        whole = learned(lambda: self._language_model(WHOLE))
        if whole is None:
            self.expect_worth(LANGUAGE_MODEL, kind)
        return whole or self._language_model(kind)

    def _language_model(self, kind: str) -> Taught:
        def learn(rng: np.random.Generator) -> Taught:
            alphabet = ALPHABET if kind == "given" else permuted(rng)
            letters = "".join(rng.permutation(list(alphabet))[:KNOWN])

            def stage(many: int) -> tuple[Taught, bool, float]:
                text, dev = (written(letters, 1, rng, length)[0] for length in (many, 100))
                trained = self.train(LANGUAGE_MODEL, [text, dev], alphabet)
                try:
                    found = log_probs(trained, written(letters, 4, rng), alphabet)
                    shares = np.exp(found - top_of(found))
                    own = shares[:, [alphabet.index(letter) for letter in letters]] if kind == WHOLE else shares
                    sure = bool((np.sort(own, axis=1)[:, -KNOWN:].sum(1) / shares.sum(1)).mean() >= LIKELY)
                    read = True
                except Mismatch:
                    read, sure = False, True  # more of it would not mend the form of its answers
                return Taught(trained, sure, many, letters, (alphabet,), read), sure, trained.seconds

            return self.noted(LANGUAGE_MODEL, kind, grown(self.stages(TEXTS, "language model", kind), stage))

        return self.once(f"language model {kind}", learn)

    def stages(self, sizes: Sequence[int], what: str, kind: str) -> Sequence[int]:
        """The sizes of a lesson: that of all at once leaves the largest one out, and another than the first begins with
        what that needed."""
        if kind == WHOLE:
            return sizes[:-1]
        first = self.context.lessons.get((f"{what} given", id(self.student), self.student.generation))
        if kind == "given" or not isinstance(first, Taught) or not first.learned:
            return sizes
        return [size for size in sizes if size >= first.many]

    def expect_worth(self, name: str, kind: str) -> None:
        """Raises:
        NotJudged: another lesson would show no more than the first one, which taught nothing.
        """
        if kind != "given" and name in self.context.unlearned:
            raise NotJudged(f"{TRAINERS[name]} taught it nothing with the usual index and lists")

    def noted(self, name: str, kind: str, taught: Taught) -> Taught:
        """Remember whether the first lesson taught it anything: where it did not, no other lesson is worth its time.
        And whether all at once was learned: then no process has to ask again."""
        if kind == "given" and not taught.learned:
            self.context.unlearned.add(name)
        if kind == WHOLE and taught.learned and taught.sure:
            self.context.learned.add(name)
        return taught


def learned(lesson: Callable[[], Taught]) -> Taught | None:
    """What a lesson gives, if it shows that everything in it was learned."""
    try:
        taught = lesson()
    except (StudentException, Mismatch):
        return None
    return taught if taught.learned else None


def index(student: Student, alphabet: str) -> Object:
    """An Indexer of these characters."""
    return made(student, "indexer", "vocab_index", symbols=list(alphabet))


def namespace(student: Student, name: str) -> Object:
    """The driver's arguments."""
    return made(student, "namespace", "args", fields=dict(ARGS))


def predictions(trained: Trained, contexts: Sequence[str], read: Callable[[Any], int] = label) -> list[int]:
    """The answers of `predict` to these contexts, each 0 or 1. `read`: `meant` where their form is charged elsewhere.

    Raises:
        StudentError: a call fails.
        Mismatch: an answer is neither.
    """
    return [read(answer) for answer in asked(trained, "predict", [(context,) for context in contexts])]
