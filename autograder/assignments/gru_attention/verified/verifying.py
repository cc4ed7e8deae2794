"""The verdict on the hand-in's classes: structure, then trainings, held to the reference's own in the same run."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from autograder.assignments.gru_attention.context import Context
from autograder.assignments.gru_attention.verified.learner import MODELS, task
from autograder.assignments.gru_attention.verified.lessons import Lessons
from autograder.assignments.gru_attention.verified.recipes import NO_STOP
from autograder.assignments.gru_attention.verified.yardstick import Course, Yardstick
from autograder.evidence import ClassVerdict
from autograder.kit.training.verify import verify
from autograder.student.proxy import Student

ENOUGH = 1.03  # times the reference's in validation: then the test decides
HOPELESS = 1.0  # times that of counting, after half of the training
LUCK = 40.0  # nats on the whole test: nothing beats the language's own law by so much but with probability e^-40
TOO_GOOD = 0.6  # of the reference's perplexity, where the law is not known


@dataclass(frozen=True)
class Verifying:
    """What is the same for all classes of a hand-in. `times`: of the reference's perplexity that is allowed."""

    student: Student
    context: Context
    course: Course
    times: float

    def verdicts(self) -> Iterator[ClassVerdict]:
        """Train each of the classes.

        Raises:
            ConfigError: the data can't be read.
            GraderError: the reference can't be trained, or no student process could be started.
        """
        known = self.course.yardstick(self.student)
        lessons = self.course.lessons(known.salt)
        for name in MODELS:
            yield self.verdict(name, known, lessons)

    def verdict(self, name: str, known: Yardstick, lessons: Lessons) -> ClassVerdict:
        """Train one class."""
        reference, counted = known.reference[name], known.counted(name)
        # Validation and test of real texts are of other documents, and one may be easier: it ends no training early.
        stop, give_up = (ENOUGH * reference, counted) if lessons.least is not None else (NO_STOP, known.counts[0])
        recipe = replace(self.course.recipe(name), stop=stop, give_up=HOPELESS * give_up)
        bar = min(self.times * reference, counted)
        declared = task(name, self.context, lessons, recipe, bar, incredible(reference, lessons))
        return verify(self.student, name, declared, secret=self.course.secret, salt=known.salt)


def incredible(reference: float, lessons: Lessons) -> float:
    """The perplexity that nothing reaches without having seen what it is asked for."""
    if lessons.least is None:
        return TOO_GOOD * reference
    return lessons.least * math.exp(-LUCK / len(lessons.test))
