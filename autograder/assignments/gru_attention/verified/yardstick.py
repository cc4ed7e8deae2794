"""What hand-ins are compared with: the reference's classes, trained once in a run on the same lessons.

All processes of a run share one file in the run's own folder; who comes first trains, and the others wait for that.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from autograder.assignments.gru_attention.context import Context
from autograder.assignments.gru_attention.verified import recipes
from autograder.assignments.gru_attention.verified.language import lessons as made_up
from autograder.assignments.gru_attention.verified.learner import MODELS, task
from autograder.assignments.gru_attention.verified.lessons import Lessons
from autograder.assignments.gru_attention.verified.recipes import NO_STOP, Recipe
from autograder.assignments.gru_attention.verified.treebank import treebank
from autograder.assignments.gru_attention.verified.trigram import counting
from autograder.errors import GraderError
from autograder.judge.seeds import seed_of
from autograder.kit.training.verify import verify
from autograder.records import Cell
from autograder.references import REFERENCES, Texts
from autograder.student.proxy import Student

KEPT = "gru_attention-yardstick-{}.json"
RUN_FOLDER = "autograder-"  # what the folders of runs are called like; see leftovers.py
CLASSES = ("GRUCell", "GRU", "MultiHeadedAttention")
NEAR = 1.15  # times the language's own perplexity: a training of the reference that is no unlucky one
TRIES = 3  # of the reference
CLEARLY = 1.05  # times the reference's perplexity: what counting gets must be worse than that to be a bar


class Yardstick(msgspec.Struct, frozen=True):
    """What a run's lessons are drawn from, and what they give: `counts`, the perplexities of counting one, two and
    three words; `reference`, by class, its own. From the salt come the seeds of every training too: hand-ins' weights
    and batches are drawn as the reference's were."""

    salt: str
    counts: tuple[float, float, float]
    reference: dict[str, float]

    def counted(self, name: str) -> float:
        """The perplexity of the best counting that a class of this name is sure to beat, since the reference's clearly
        does: with as little real text as this a trigram may be as good as any model."""
        return min(value for value in self.counts if value >= CLEARLY * self.reference[name])


@dataclass(frozen=True)
class Course:
    """The lessons of a run. `data`: a folder of real ones; None for the made-up language."""

    data: Path | None
    secret: bytes

    def lessons(self, salt: str) -> Lessons:
        """Draw them.

        Raises:
            ConfigError: the folder can't be read.
        """
        seed = seed_of(self.secret, f"perplexity {salt}")
        return made_up(seed) if self.data is None else treebank(self.data, seed)

    def recipe(self, name: str) -> Recipe:
        """How a class is trained on them."""
        if self.data is None:
            return recipes.GRU if name == "GRU" else recipes.TRANSFORMER
        return recipes.GRU_REAL if name == "GRU" else recipes.TRANSFORMER_REAL

    def yardstick(self, student: Student) -> Yardstick:
        """Train the reference, in a process like the student's own, unless this run has done it.

        Raises:
            ConfigError: the folder can't be read.
            GraderError: the reference can't be trained.
            SandboxError: no process could be started.
        """
        place = Path(tempfile.gettempdir())
        if not place.name.startswith(RUN_FOLDER):  # no run has made it: others may write there
            return self.measured(student)
        name = KEPT.format(seed_of(self.secret, f"yardstick of {self.data}") % 2**32)
        with alone(place / name) as kept:
            text = kept.read_bytes()
            if text:
                return msgspec.json.decode(text, type=Yardstick)
            found = self.measured(student)
            kept.write_bytes(msgspec.json.encode(found))
            return found

    def measured(self, student: Student) -> Yardstick:
        """Train the reference. See yardstick."""
        salt = secrets.token_hex(8)
        lessons = self.lessons(salt)
        counts = counting(lessons)
        least = (counts[2] if lessons.least is not None else counts[0]) / CLEARLY
        found = {name: self.of_reference(student, name, lessons, least, salt) for name in MODELS}
        return Yardstick(salt, counts, found)

    def of_reference(self, student: Student, name: str, lessons: Lessons, least: float, salt: str) -> float:
        """The perplexity of the reference's class; below `least`, or something is wrong. On real text the median of a
        few trainings; where the law is known, the best of them, one if that comes near it already."""
        texts = Texts(REFERENCES / "gru_attention" / "module.py")
        cells = [Cell(number, texts.solution_source(part)) for number, part in enumerate(CLASSES, 1)]
        own = Student(student.sandbox, cells, student.limits)
        near = NEAR * lessons.least if lessons.least is not None else NO_STOP
        recipe = replace(self.recipe(name), attempts=TRIES)
        declared = task(name, Context(), lessons, recipe, near, None)
        verdict = verify(own, name, declared, secret=self.secret, salt=salt)
        reached = [found.test_acc for found in verdict.attempts if found.test_acc is not None]
        value = None if not reached else min(reached) if lessons.least is not None else statistics.median(reached)
        if value is None or value >= least:
            raise GraderError(f"the reference's {name} could not be trained on {lessons.name}: {verdict.reason}")
        return value


@contextlib.contextmanager
def alone(path: Path) -> Iterator[Path]:
    """The path of a file that nobody else can read or write, made empty, while no other process of the run has it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield path
    finally:
        os.close(descriptor)
