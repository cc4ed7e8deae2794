"""What the main path needs of an assignment follows from its declaration."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.errors import ConfigError
from autograder.kit.declare import Declaration, Function
from autograder.kit.derive import Derived, Solution
from autograder.kit.types import Number
from autograder.records import Cell, Submission
from autograder.sandbox.inprocess import InProcess
from autograder.student.proxy import Student
from autograder.wire.limits import Limits
from tests.kit import modules as m

SOLUTION = """
import math
from math import pi as PI

FACTOR = 2
def helper(x):
    return FACTOR * x

def twice(x):
    return helper(x)

def area(r, scale):
    return twice(PI * r) * scale

def unused(): ...
"""
ITEMS = {
    "one.twice": Function("twice", ("x",), Number()),
    "one.area": Function("area", ("r", "scale"), Number()),
    "one.attention": m.ATTENTION,
}


@pytest.fixture
def derived(tmp_path: Path) -> Derived:
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "solution.py").write_text(SOLUTION)
    return Derived(Declaration(tmp_path, ITEMS, given=("helper",)))


def loaded(*sources: str) -> tuple[Student, Submission]:
    cells = tuple(Cell(number, text) for number, text in enumerate(sources, 1))
    student = Student(InProcess(), cells, Limits())
    student.load()
    return student, Submission("sample", Path("solution.py"), "solution.py", cells)


def test_a_definition_stands_by_itself(derived: Derived) -> None:
    source = derived.solution.source("area")
    names: dict[str, object] = {}
    exec(source, names)
    assert names["area"](1, 2) == pytest.approx(4 * 2 * 3.14159265 / 2) and "unused" not in source  # type: ignore[operator]


def test_given_names_are_defined_where_they_lack(derived: Derived) -> None:
    student, submission = loaded("def twice(x):\n    return helper(x)")
    derived.prepare(student, submission)
    assert student.call("twice", 4) == 8
    student, submission = loaded("def helper(x):\n    return 0", "def twice(x):\n    return helper(x)")
    derived.prepare(student, submission)
    assert student.call("twice", 4) == 0


def test_what_is_absent_is_told_and_what_failed_to_load_too(derived: Derived) -> None:
    student, submission = loaded("def twice(x):\n    return 2 *", "def area(scale, r): return 1")
    prepared = derived.prepare(student, submission)
    assert prepared.remarks == ("The hand-in defines no Attn.",)
    assert list(prepared.context.lost) == ["twice"] and "cell 1" in prepared.context.lost["twice"]
    assert prepared.context.order == {"area": ("scale", "r")}


def test_substitutes_are_the_references(derived: Derived) -> None:
    (override,) = derived.substitutes("one.twice")
    assert override.names == ("twice",) and "helper" in override.source
    assert derived.substitutes("one.area")[0].names == ("area",)


def test_broken_names() -> None:
    context = Derived(Declaration(Path(), ITEMS)).unknown()
    context.broken.add("one.twice")
    assert context.broken_name("twice") and not context.broken_name("area")


def test_a_solution_that_lacks_a_name(tmp_path: Path) -> None:
    (tmp_path / "solution.py").write_text("import math\n")
    with pytest.raises(ConfigError, match="does not define area"):
        Solution(tmp_path / "solution.py").source("area")
