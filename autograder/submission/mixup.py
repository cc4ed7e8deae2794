"""Whether a hand-in looks like the work for another assignment: a wrong option gives zeros that nobody understands."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from autograder.records import Cell
from autograder.rubric import FOLDER, Assignment, assignments, load_rubric

_DEFINITION = re.compile(r"^[^\S\n]*(?:def|class)\s+(\w+)", re.MULTILINE)


def another_assignment(cells: Sequence[Cell], asked: Assignment) -> tuple[str, ...]:
    """A sentence if the code defines all that tells another assignment, and at most half of what tells this one."""
    names = {name for cell in cells for name in _DEFINITION.findall(cell.source)}
    own = _defined(names, asked)
    if 2 * len(own) > len(asked.defines):
        return ()
    for name in assignments():
        other = load_rubric(FOLDER / name / "rubric.toml").assignment
        if name != asked.name and len(_defined(names, other)) == len(other.defines):
            wanted = ", ".join(asked.defines)
            lacks = f"Of {wanted}, only {', '.join(own)} is defined" if own else f"None of {wanted} is defined"
            return (f"{lacks}; this looks like {name} (ASSIGNMENT={name}).",)
    return ()


def _defined(names: Collection[str], assignment: Assignment) -> list[str]:
    return [name for name in assignment.defines if name in names]
