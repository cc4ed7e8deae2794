"""Small facts, keys and hand-ins by hand, and gradebooks filled with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autograder.assemble import report_of
from autograder.facts import AccuracyFacts, Facts, FunctionFacts, NotebookFacts, ReportFacts, StudyFacts, Unit
from autograder.gradebook import Gradebook
from autograder.gradebook.keys import Key
from autograder.grades import HandIn, Person
from autograder.lateness import Lateness
from autograder.records import Counterexample, Outcome
from autograder.run import Run

NAME = "labrnn"
WHOLE = "without nothing; broken nothing"
JANE = Person("1", "Jane Roe", "jane@example.edu", "A", "jroe")
TOM = Person("2", "Tom Poe", "tom@example.edu", "B", "tpoe")


def outcome(item: str = "lab1.a", check: str = "words", status: str = "passed", **changes: Any) -> Outcome:
    known = {"weight": 1.0, "required": False, "visibility": "public"}
    return Outcome(item, check, "It splits words.", status=status, **{**known, **changes})  # type: ignore[arg-type]


def failed(item: str = "lab1.a", check: str = "words", got: str = "['a b']") -> Outcome:
    example = Counterexample("tokenize('a b')", got, "['a', 'b']")
    return outcome(item, check, "failed", counterexample=example)


def facts(*outcomes: Outcome, inputs: str = WHOLE, problem: str = "", **units: Any) -> Facts:
    functions = FunctionFacts("LabRNN.ipynb", outcomes=outcomes, inputs=inputs, problem=problem)
    stamp = {"tier": "fake: nothing", "tier_number": 4, "seed": "abcd", "started": "2026-05-01T10:00:00+00:00"}
    return Facts(functions=functions, **units, **stamp)


def beyond(inputs: str = WHOLE, *outcomes: Outcome) -> dict[str, Any]:
    """All units but functions."""
    return {
        "report": ReportFacts(),
        "notebook": NotebookFacts(inputs=inputs),
        "accuracy": AccuracyFacts(inputs=inputs),
        "study": StudyFacts(outcomes, inputs=inputs),
    }


def keys(content: str = "c1", *units: Unit, **parts: str) -> dict[Unit, Key]:
    return {unit: Key(unit, {"submission": content, **parts}) for unit in units or ("functions",)}


def hand_in(name: str = "jane", *owners: Person, **changes: Any) -> HandIn:
    return replace(HandIn(Path(f"in/{name}/LabRNN.ipynb"), name, owners), **changes)


def add(book: Gradebook, number: int, name: str, found: Facts, own: Mapping[Unit, Key]) -> dict[Unit, int]:
    """Keep facts alone."""
    with book.writing() as connection:
        return book.add_facts(connection, number, NAME, name, own, found)


def grade(
    book: Gradebook, run: Run, name: str, found: Facts, *, own: Mapping[Unit, Key] | None = None, number: int = 0,
    held: bool = False, lateness: Lateness | None = None, owners: Sequence[Person] = (), **changes: Any,
) -> int:  # fmt: skip
    """Keep a hand-in, its facts and its points as a run of its own, or as a part of run `number`; of the scoring."""
    number = number or book.begin_run(NAME, ["grade-all"])
    one = hand_in(name, *owners, **changes)
    submission = book.add_submission(number, NAME, one, "c1")
    report = report_of(run, found, one.path, name, lateness)
    with book.writing() as connection:
        ids = book.add_facts(connection, number, NAME, name, own or keys(f"of {name}", *found.having()), found)
        marks = run.marks.marks_for(name).marks
        return book.add_scoring(connection, number, submission, "", sorted(ids.values()), report, marks, held=held)


def one_sentence(caught: pytest.ExceptionInfo[Exception]) -> str:
    """What an error says, which must be one sentence."""
    said = str(caught.value)
    assert said.endswith(".") and not said.endswith("..") and "\n" not in said and "Traceback" not in said, said
    return said
