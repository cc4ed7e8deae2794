"""The training task of s8.bar: the submission's language model learns the two small languages and writes.

A prefix is passed where more than half of ten continuations are valid strings; one prefix in ten may fail. In the test
the submission's `sample` draws them. Where that is worth something and lost points in its own item, the judge draws:
the mistake is charged there alone. What belongs into a string can only be learnt: names and numbers of tokens are drawn
anew.
"""

from __future__ import annotations

from autograder.assignments.sequence_tasks.context import Context
from autograder.assignments.sequence_tasks.lessons import LANGUAGES, PREFIXES, Language, Lessons, drawn_lessons
from autograder.assignments.sequence_tasks.toys import MODEL, SAMPLE
from autograder.evidence import ClassVerdict
from autograder.judge.models import parameters_of
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
METRIC = "validity"


def own_sample(lab: Lab, lessons: Lessons) -> OwnSample:
    """What the submission's `sample` makes of a prefix."""

    def sample(model: Model, prefix: list[int], longest: int) -> list[int]:
        named = {"max_length": longest}
        found: list[int] = lab.call(SAMPLE.name, model.object, prefix, dict(lessons.w2i), named=named)
        return found

    return sample


def task(run: Run, context: Context, language: Language) -> Task[Lessons]:
    """Declare what the model has to learn of a language."""

    def split(seed: int) -> Lessons:
        return drawn_lessons(language, seed)

    def build(student: Student, lessons: Lessons, seed: int) -> Writer:
        lab, sizes = Lab(student, context), MODEL.all_sizes(**SIZES, vocab_size=lessons.vocab_size)
        lab.expect_there(MODEL.name)
        args, kwargs = lab.arguments_for(MODEL, sizes)
        built, parameters = student.build_model(MODEL.name, args, kwargs, seed)
        own = own_sample(lab, lessons) if sound else None
        return Writer(Model(built, parameters_of(parameters), MODEL, sizes), lessons, RECIPE, own)

    sound = "s7.sample" not in context.broken - context.hopeless
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
