"""Finds out what a hand-in of charlm is before its checks run, and supplies what the assignment gives."""

from __future__ import annotations

from pathlib import Path

from autograder.assignment import Prepared
from autograder.assignments.charlm.context import GRADED, Context, Settings
from autograder.errors import StudentError
from autograder.kit.characters import ALPHABET
from autograder.kit.names import absent, out_of_reach, there
from autograder.kit.supplies import supply
from autograder.kit.training.own import made
from autograder.records import Submission
from autograder.student.proxy import Override, Student

__all__ = ["GRADED", "SETTINGS", "prepare", "substitutes", "unknown"]

SETTINGS = Settings
UTILS = Path(__file__).parent / "given" / "utils.py"


def prepare(student: Student, submission: Submission) -> Prepared:
    """Supply `utils` and `Indexer` where they are missing or broken, and note which names are there.

    Raises:
        SandboxError: no student process could be started.
    """
    student.begin_check()
    remarks = []
    if supply(student, "utils", UTILS):
        remarks.append("The hand-in has no utils.py; the given one was used.")
    student.begin_check()
    inventory, graded = student.inventory(), set(GRADED.values())
    missing = out_of_reach(student, submission, inventory, graded)
    if why := indexer_problem(student, "Indexer" in inventory and there(inventory, "Indexer")):
        student.begin_check()
        student.override(Override(("Indexer",), UTILS.read_text(encoding="utf-8")))
        remarks.append(why)
    student.begin_check()
    return Prepared(Context(missing), {}, (*remarks, *absent(inventory, graded, missing)))


def indexer_problem(student: Student, is_there: bool) -> str:
    """Why the given Indexer has to stand in, one sentence; empty where the hand-in's own works."""
    if not is_there:
        return "The hand-in has no Indexer of its own; the given one was used."
    try:
        made(student, "indexer", "vocab_index", symbols=list(ALPHABET))
    except StudentError as error:
        return f"The hand-in's Indexer can't be used ({error}); the given one was used."
    return ""


def unknown() -> Context:
    """What checks are handed before anything is known."""
    return Context()


def substitutes(item: str) -> tuple[Override, ...]:
    """None: a class of ours would not fit the submission's own training; checks of what is built on a broken part lend
    the object a law of the judge's instead."""
    return ()
