"""Finds out what a hand-in of sequence_tasks is before its checks run, and what stands in for its broken parts."""

from __future__ import annotations

from autograder.assignment import Prepared
from autograder.judge.reach import read
from autograder.kit.derive import Derived, takes
from autograder.kit.names import absent, out_of_reach
from autograder.records import Submission
from autograder.references import REFERENCES, Texts
from autograder.student.proxy import Override, Student

from .context import Context
from .declaration import DECLARATION

GRADED = DECLARATION.graded
NAMES = frozenset(asked.name for asked in DECLARATION.asked())
DERIVED = Derived(DECLARATION)
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
    student.begin_check()
    return Prepared(context, {}, absent(inventory, NAMES, missing))


def unknown() -> Context:
    """What checks are handed before anything is known."""
    return Context(DECLARATION)


def substitutes(item: str) -> tuple[Override, ...]:
    """The reference's parts that replace a broken `item` when later items are judged."""
    names = [asked.name for asked in DECLARATION.of(item)]
    return tuple(Override((name,), TEXTS.solution_source(name)) for name in names)
