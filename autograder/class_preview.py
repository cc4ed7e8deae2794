"""Whose points a regrade would change, before anything is written."""

from __future__ import annotations

import typer

from autograder.class_plan import Done
from autograder.class_run import ClassRun
from autograder.gradebook.history import changes
from autograder.preflight import MOST_NAMES
from autograder.reports.harmless import clean
from autograder.submission.limits import listed


class Preview:
    """Gathers whose points would change; nothing is written."""

    def __init__(self, course: ClassRun) -> None:
        self.book, self.item, self.before = course.book, course.wish.item, course.snapshot.scorings
        self.lines: dict[str, list[str]] = {}

    def note(self, one: Done) -> None:
        """Compare one with what it has now."""
        name, result = one.result.job.name, one.result
        if one.how == "cached" or result.facts is None:
            return
        old = self.before.get(name)
        if lines := list(changes(self.book, old, result.scores, result.facts, name, self.item)):
            fallen = (
                f" Published points would fall: {listed(list(result.fallen), MOST_NAMES)}." if result.fallen else ""
            )
            self.lines[name] = [f"{lines[0]}{fallen}", *lines[1:]]

    def tell(self, of: int, quiet: bool) -> None:
        """Print it; on the error stream where only JSON lines stand on the other."""
        for name in sorted(self.lines):
            for line in self.lines[name]:
                typer.echo(clean(line), err=quiet)
        told = (
            f"{len(self.lines)} of {of} hand-ins would change; nothing was written. To do it: --apply (make: APPLY=1)."
        )
        typer.echo(told, err=quiet)
