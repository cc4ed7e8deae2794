"""Finds out what a hand-in of sequence_tasks is before its checks run, and what stands in for its broken parts."""

from __future__ import annotations

import numpy as np

from autograder.assignment import Prepared
from autograder.assignments.sequence_tasks.classification import ELMAN_CLASSIFIER, LSTM, MLP, RNN
from autograder.assignments.sequence_tasks.context import Context
from autograder.assignments.sequence_tasks.declaration import DECLARATION
from autograder.assignments.sequence_tasks.toys import MODEL
from autograder.errors import StudentError
from autograder.judge.expect import Mismatch
from autograder.judge.reach import read
from autograder.kit.declare import Module
from autograder.kit.derive import Derived, takes
from autograder.kit.lab import Lab
from autograder.kit.names import absent, out_of_reach, there
from autograder.records import Submission
from autograder.references import REFERENCES, Texts
from autograder.student.proxy import Override, Student

GRADED = DECLARATION.graded
NAMES = frozenset(asked.name for asked in DECLARATION.asked())
DERIVED = Derived(DECLARATION)
PATTERNS = (MLP, ELMAN_CLASSIFIER, RNN, LSTM, MODEL)  # embedding, core, last layer
TEXTS = Texts(REFERENCES / "sequence_tasks" / "module.py")


def prepare(student: Student, submission: Submission) -> Prepared:
    """Note which names are there and which arguments they take.

    Raises:
        SandboxError: no student process could be started.
    """
    student.begin_check()
    inventory, code = student.inventory(), read(submission.cells)
    missing = out_of_reach(student, submission, inventory, NAMES)
    order, own = DERIVED.orders(inventory), takes(inventory, NAMES)
    context = Context(DECLARATION, missing, order=order, takes=own, code=code)
    for module in PATTERNS:
        if there(inventory, module.name):
            context.changes[module.name] = changes(Lab(student, context), module)
    student.begin_check()
    return Prepared(context, {}, absent(inventory, NAMES, missing))


def changes(lab: Lab, module: Module) -> dict[str, float]:
    """Sizes to judge a class with where it only works with an embedding as wide as its core; one check asks for
    others."""
    equal = {"emb": module.sizes["hidden"]}
    return {} if works(lab, module.name) or not works(lab, module.name, **equal) else equal


def works(lab: Lab, name: str, **sizes: float) -> bool:
    """Whether the class can be built and called."""
    lab.student.begin_check()
    try:
        rng = np.random.default_rng(3)
        model = lab.model(name, rng, **sizes)
        model.answer(model.case(rng))
    except (StudentError, Mismatch):
        return False
    return True


def unknown() -> Context:
    """What checks are handed before anything is known."""
    return Context(DECLARATION)


def substitutes(item: str) -> tuple[Override, ...]:
    """The reference's parts that replace a broken `item` when later items are judged."""
    names = [asked.name for asked in DECLARATION.of(item)]
    return tuple(Override((name,), TEXTS.solution_source(name)) for name in names)
