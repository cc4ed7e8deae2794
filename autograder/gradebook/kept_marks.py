"""Marks, penalties, extensions and times that people gave, from the files in which they came."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import insert, select

from autograder.gradebook import tables
from autograder.gradebook.store import Gradebook, now
from autograder.lateness import Extension
from autograder.marks import Mark, Marks
from autograder.rubric import Rubric

Place = tuple[str, str | None, str]  # kind, student, item


def keep_marks(book: Gradebook, run: int, assignment: str, marks: Marks) -> int:
    """Add what is new in a file of marks; what stood in an earlier state of the same file and is gone is withdrawn.
    Returns the number of rows added.

    Raises:
        ConfigError: the gradebook can't be written.
    """
    there = {place[1:]: row for place, row in _newest(book, assignment).items() if place[0] == marks.source}
    given = dict(_rows(marks))
    rows: list[dict[str, Any]] = []
    for place, told in given.items():
        row = there.get(place)
        if row is None or row.withdrawn or row.told != told:
            rows.append({"told": told, "by": told.get("by", ""), "withdrawn": False, **_place(place)})
    for place, row in there.items():
        if place not in given and not row.withdrawn:
            rows.append({"told": row.told, "by": row.by, "withdrawn": True, **_place(place)})
    if rows:
        shared = {"run_id": run, "assignment": assignment, "at": now(), "source": marks.source}
        with book.writing() as connection:
            connection.execute(insert(tables.Mark), [row | shared for row in rows])
    return len(rows)


def kept_marks(book: Gradebook, assignment: str) -> Marks:
    """All that holds now; of two files that speak of the same, the one that said something new last.

    Raises:
        ConfigError: the gradebook can't be read.
    """
    held = sorted((row for row in _newest(book, assignment).values() if not row.withdrawn), key=lambda row: row.id)
    everybody: dict[str, Mark] = {}
    own: dict[str, dict[str, Mark]] = {}
    penalties: dict[str, tuple[str, ...]] = {}
    extensions: dict[str, Extension] = {}
    times: dict[str, datetime] = {}
    for row in held:
        student = row.student or ""
        if row.kind == "mark":
            target = everybody if row.student is None else own.setdefault(student, {})
            target[row.item] = msgspec.convert(row.told, Mark)
        elif row.kind == "penalty":
            penalties[student] = tuple(dict.fromkeys((*penalties.get(student, ()), row.item)))
        elif row.kind == "extension":
            extensions[student] = msgspec.convert(row.told, Extension)
        else:
            times[student] = datetime.fromisoformat(row.told["at"])
    return Marks(everybody, own, penalties, "the gradebook", extensions, times)


def misfits(marks: Marks, rubric: Rubric) -> list[str]:
    """A sentence for each mark that does not fit the rubric any more: it was given under another one."""
    points = {item.id: item.points for item in rubric.items}
    found = []
    for student, own in (("everybody", marks.everybody), *marks.own.items()):
        for item, mark in own.items():
            if item not in points:
                found.append(f"the mark of {student} for {item} by {mark.by}: the rubric has no such item")
            elif mark.points > points[item]:
                most = f"the item has {points[item]:g} points now"
                found.append(f"the mark of {student} for {item} by {mark.by} is {mark.points:g}: {most}")
    return found


def _newest(book: Gradebook, assignment: str) -> dict[tuple[str, str, str | None, str], tables.Mark]:
    with book.reading() as session:
        rows = session.scalars(select(tables.Mark).where(tables.Mark.assignment == assignment).order_by(tables.Mark.id))
        found = {(row.source, row.kind, row.student, row.item): row for row in rows}
        session.expunge_all()
    return found


def _rows(marks: Marks) -> Iterator[tuple[Place, dict[str, Any]]]:
    for item, mark in marks.everybody.items():
        yield ("mark", None, item), asdict(mark)
    for student, items in marks.own.items():
        for item, mark in items.items():
            yield ("mark", student, item), asdict(mark)
    for student, sentences in marks.penalties.items():
        for sentence in sentences:
            yield ("penalty", student, sentence), {}
    for student, extension in marks.extensions.items():
        due = None if extension.due is None else extension.due.isoformat()
        yield ("extension", student, ""), asdict(extension) | {"due": due}
    for student, at in marks.times.items():
        yield ("time", student, ""), {"at": at.isoformat()}


def _place(place: Place) -> dict[str, Any]:
    return {"kind": place[0], "student": place[1], "item": place[2]}
