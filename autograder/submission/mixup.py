"""Whether a hand-in looks like the work for another assignment: a wrong option gives zeros that nobody understands."""

from __future__ import annotations

import re
from collections.abc import Sequence

from autograder.records import Cell
from autograder.rubric import FOLDER, Assignment, assignments, load_rubric


def another_assignment(cells: Sequence[Cell], asked: Assignment) -> tuple[str, ...]:
    """A sentence if the code defines all that tells another assignment, and at most half of what tells this one."""
    code = "\n".join(cell.source for cell in cells)
    own = _defined(code, asked)
    if 2 * len(own) > len(asked.defines):
        return ()
    for name in assignments():
        other = load_rubric(FOLDER / name / "rubric.toml").assignment
        if name != asked.name and len(_defined(code, other)) == len(other.defines):
            names = ", ".join(asked.defines)
            lacks = f"Of {names}, only {', '.join(own)} is defined" if own else f"None of {names} is defined"
            return (f"{lacks}; this looks like {name} (ASSIGNMENT={name}).",)
    return ()


def _defined(code: str, assignment: Assignment) -> list[str]:
    return [name for name in assignment.defines if re.search(rf"^\s*(?:def|class)\s+{re.escape(name)}\b", code, re.M)]
