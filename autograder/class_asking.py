"""What the commands do that ask the gradebook and give grades away, one function each. Nothing is run."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import typer

from autograder.class_commands import Session, opened, taken_in
from autograder.course_file import Settings
from autograder.errors import ConfigError
from autograder.exports.people import label
from autograder.gradebook.history import diff, show, why
from autograder.gradebook.keys import content_hash, keys_of, shared_parts
from autograder.gradebook.snapshot import PUBLISHED, Snapshot, last_keys, take_snapshot
from autograder.gradebook.view import class_of, known_name, people_of
from autograder.grades import Platform
from autograder.leftovers import run_folder
from autograder.reports.harmless import clean


# ---- asking ----------------------------------------------------------------------------------------------------------
def why_of(settings: Settings, asked: str) -> None:
    """Print what of a hand-in would be graded again, and why.

    Raises:
        ConfigError: the gradebook does not know it, or it is not among the hand-ins any more.
    """
    with opened(settings, new=False) as session, run_folder() as scratch:
        snapshot = take_snapshot(session.book, session.assignment)
        name = known_name(snapshot, people_of(session.book), asked)
        if settings.submissions:
            paths = {hand_in.name: hand_in.path for hand_in in taken_in(settings, session.run, scratch).hand_ins}
            content = content_hash(paths[name]) if name in paths else snapshot.submissions[name].content
        else:
            content = snapshot.submissions[name].content
        keys = keys_of(content, shared_parts(session.run))
        _print(why(name, keys, last_keys(session.book, session.assignment, name), snapshot.known(keys)))


def show_of(settings: Settings, asked: str) -> None:
    """Print a student's history."""
    with opened(settings, new=False) as session:
        snapshot = take_snapshot(session.book, session.assignment)
        people = people_of(session.book)
        name = known_name(snapshot, people, asked)
        row = snapshot.submissions[name]
        when = f", handed in {row.handed_in:%Y-%m-%d %H:%M}" if row.handed_in else ""
        owners = [label(people[own]) if own in people else own for own in row.owners]
        print(clean(f"{name}, of {', '.join(owners) or 'nobody known'}{when}"))
        _print(show(session.book, session.assignment, name))


def diff_of(settings: Settings, before: int, after: int) -> None:
    """Print what changed between two runs.

    Raises:
        ConfigError: one of them is no run of this assignment.
    """
    with opened(settings, new=False) as session:
        for run in (before, after):
            if not session.book.has_run(session.assignment, run):
                raise ConfigError(f"The gradebook has no run {run} of {session.assignment}; `show` tells the numbers.")
        moments = [take_snapshot(session.book, session.assignment, run) for run in (before, after)]
        lines = list(diff(session.book, *moments))
        _print(lines or [f"Nobody's points changed between run {before} and run {after}."])


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(clean(line))


# ---- giving away -----------------------------------------------------------------------------------------------------
def export_of(settings: Settings, format: str, target: Path, title: str, assignment_id: str, partial: bool) -> None:
    """Write the grades in a platform's format; complete ones count as published from now on.

    Raises:
        ConfigError: there is no such format, or not everything is graded and marked.
        OSError: the files can't be written.
    """
    from autograder import exports

    with opened(settings, new=False) as session:
        snapshot = take_snapshot(session.book, session.assignment)
        graded = class_of(session.book, snapshot, session.run.rubric, session.run.out, checks=format == "junit")
        folder = target if target != Path() else session.run.out / "export"
        written = exports.export(graded, format, folder, partial=partial, title=title, assignment_id=assignment_id)
        _print(str(path) for path in written)
        for sentence in exports.remarks(graded, format):
            typer.echo(clean(sentence), err=True)
        if not partial:
            publish(session, snapshot, f"exported as {format}")


def publish(session: Session, snapshot: Snapshot, how: str) -> None:
    """Note that the grades were given away: from now on they don't fall by themselves."""
    number = session.book.begin_run(session.assignment, sys.argv[1:])
    for name, one in snapshot.scorings.items():
        if name not in snapshot.published or snapshot.published[name].row.id != one.row.id:
            session.book.add_event(number, PUBLISHED, how, name=name, scoring=one.row.id)


def feedback_of(settings: Settings, platform: str, target: Path) -> None:
    """Write the zip of all students' pages.

    Raises:
        ConfigError: nobody has a page.
        OSError: it can't be written.
    """
    from autograder.exports import feedback

    with opened(settings, new=False) as session:
        snapshot = take_snapshot(session.book, session.assignment)
        graded = class_of(session.book, snapshot, session.run.rubric, session.run.out)
        folder = target if target != Path() else session.run.out / "export"
        found = Counter(row.platform for row in snapshot.submissions.values()).most_common(1)
        chosen: Platform = platform or (found[0][0] if found else "folder")  # type: ignore[assignment]
        print(feedback(graded, chosen, folder))
