"""Graded names whose cell failed to load: the sentence that says where they stand and why, with the lines around."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from autograder.records import Problem
from autograder.student.proxy import Student

AROUND = 1  # lines shown before and after the one that is wrong
LONGEST = 120  # characters of a line
SYNTAX = ("SyntaxError", "IndentationError", "TabError")


def lost_names(inventory: Mapping[str, Mapping[str, Any]], names: Collection[str], student: Student) -> dict[str, str]:
    """By name, the sentence for each of these that stands in the notebook but could not be loaded."""
    return {
        name: lost_sentence(name, int(entry.get("cell", 0)), int(entry.get("line", 0)), student)
        for name, entry in inventory.items()
        if entry.get("kind") == "lost" and name in names
    }


def lost_sentence(name: str, cell: int, line: int, student: Student) -> str:
    """Where it stands, what was wrong there, and the source text around that."""
    where = f"`{name}` stands in cell {cell}, line {line}, which failed to load"
    report = student.reports.get(cell)
    problem = _cause(report.problems if report else (), line)
    if problem is None:
        return where
    source = next((one.source for one in student.cells if one.number == cell), "")
    return "\n".join([f"{where}: {problem.error}", *_excerpt(source, problem)])


def _cause(problems: Collection[Problem], line: int) -> Problem | None:
    """The syntax error of the cell, else what happened at this line, else the first thing."""
    for fits in (lambda p: p.error.startswith(SYNTAX), lambda p: p.line == line, lambda p: True):
        found = next((problem for problem in problems if fits(problem)), None)
        if found is not None:
            return found
    return None


def _excerpt(source: str, problem: Problem) -> list[str]:
    """The line with its neighbours, numbered, and a caret below the column that the parser named."""
    lines = source.replace("\r\n", "\n").replace("\r", "\n").rstrip().split("\n")
    if not 0 < problem.line <= len(lines):
        return []
    shown = []
    for number in range(max(1, problem.line - AROUND), min(len(lines), problem.line + AROUND) + 1):
        text = lines[number - 1].expandtabs(4).rstrip()
        shown.append(f"{'>' if number == problem.line else ' '} {number:>4} | {text[:LONGEST]}".rstrip())
        if number == problem.line and 0 < problem.column <= min(len(text), LONGEST):
            before = lines[number - 1][: problem.column - 1].expandtabs(4)
            shown.append(" " * (len("> 1234 | ") + len(before)) + "^")
    return shown
