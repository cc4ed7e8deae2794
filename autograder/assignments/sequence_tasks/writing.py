"""The training task of s8.bar: the submission's language model learns the two small languages and writes.

A prefix is passed where more than half of ten continuations are valid strings; one prefix in ten may fail. In the test
the submission's `sample` draws them. One that lost points in its own item is not charged again: then the judge draws,
but not for one that earned nothing and never answers or asks the model. Names and numbers of tokens are drawn anew.
"""

from __future__ import annotations

from autograder.assignments.sequence_tasks.context import Context
from autograder.assignments.sequence_tasks.lessons import LANGUAGES, PREFIXES, Language, Lessons, drawn_lessons
from autograder.assignments.sequence_tasks.toys import MODEL, SAMPLE
from autograder.evidence import ClassVerdict
from autograder.judge.models import parameters_of
from autograder.kit.known_law import asks_model
from autograder.kit.lab import Lab, Model
from autograder.kit.training.recipe import Recipe
from autograder.kit.training.task import Task
from autograder.kit.training.verify import verify as verified
from autograder.kit.training.writer import OwnSample, Writer
from autograder.run import Run
from autograder.student.proxy import Student

SIZES = {"emb": 16, "hidden": 32, "num_layers": 1}
RECIPE = Recipe(  # all three epochs: no figure reaches this `stop`
    name="toys", batch=20, rate=0.01, epochs=3, slices=1, stop=1.1, give_up=0.5, patience=3, attempts=2, seconds=60.0,
)  # fmt: skip
METRIC, SAMPLING = "validity", "s7.sample"
TOKENS = {".end": 0, ".start": 1, ".unk": 2, ".pad": 3, "a": 4, "b": 5}


def own_sample(lab: Lab, lessons: Lessons) -> OwnSample:
    """What the submission's `sample` makes of a prefix."""

    def sample(model: Model, prefix: list[int], longest: int) -> list[int]:
        args, named = (model.object, prefix, dict(lessons.w2i)), {"max_length": longest}
        return list(lab.call(SAMPLE.name, *args, named=named))

    return sample


def draws_itself(student: Student, context: Context) -> bool:
    """Whether the submission's `sample` draws in the test."""
    nothing = SAMPLING in context.hopeless and not asks_model(student, context, SAMPLE.name, [1, 4], TOKENS)
    return nothing or SAMPLING not in context.broken


def task(run: Run, context: Context, language: Language, draws: bool) -> Task[Lessons]:
    """Declare what the model has to learn of a language. `draws`: the submission's `sample` does, in the test."""

    def split(seed: int) -> Lessons:
        return drawn_lessons(language, seed)

    def build(student: Student, lessons: Lessons, seed: int) -> Writer:
        lab, sizes = Lab(student, context), MODEL.all_sizes(**SIZES, vocab_size=lessons.vocab_size)
        lab.expect_there(MODEL.name)
        args, kwargs = lab.arguments_for(MODEL, sizes)
        built, parameters = student.build_model(MODEL.name, args, kwargs, seed)
        own = own_sample(lab, lessons) if draws else None
        return Writer(Model(built, parameters_of(parameters), MODEL, sizes), lessons, RECIPE, own)

    return Task("synthetic", "prefixes", PREFIXES, run.rubric.metrics[METRIC], RECIPE, split, build)


def verify(run: Run, student: Student, context: Context) -> tuple[ClassVerdict, ...]:
    """Train the submission's model on each of the two languages.

    Raises:
        SandboxError: no student process could be started.
    """
    draws = draws_itself(student, context)
    return tuple(
        verified(student, f"{MODEL.name} ({language.name})", task(run, context, language, draws), secret=run.secret)
        for language in LANGUAGES
    )
