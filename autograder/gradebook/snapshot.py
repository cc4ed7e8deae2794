"""What a gradebook holds of one assignment now, read in a few queries, whatever the size of the class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import and_, func, or_, select

from autograder.facts import REFUSED, Facts, Unit
from autograder.gradebook import tables
from autograder.gradebook.keys import Key
from autograder.gradebook.store import Gradebook

PUBLISHED = "published"  # the kind of an event


class ItemRow(NamedTuple):
    """One item of a scoring: a row of tables.ItemScore."""

    item: str
    status: str
    score: float | None
    points: float
    comment: str
    by: str


@dataclass(frozen=True)
class Scored:
    """The newest scoring of a submission: its row, and by item the points."""

    row: tables.Scoring
    items: Mapping[str, ItemRow] = field(default_factory=dict)

    @property
    def pending(self) -> float | None:
        """The points that wait for a person or another step; None where nothing could be graded."""
        if self.row.problem:
            return None
        return sum(own.points for own in self.items.values() if own.status == "pending")

    @property
    def scores(self) -> dict[str, float]:
        """Of the graded items."""
        return {name: own.score for name, own in self.items.items() if own.score is not None}


@dataclass(frozen=True)
class Snapshot:
    """`gradings`: by digest of their key, numbers and inputs, the oldest first; the rest by name of the submission.
    `published`: what was given away last, by name; `held`: inputs of the newest scoring, where that is held."""

    submissions: Mapping[str, tables.Submission]
    gradings: dict[str, list[tuple[int, str]]]
    scorings: Mapping[str, Scored]
    published: Mapping[str, Scored]
    held: Mapping[str, str] = field(default_factory=dict)

    def refuses(self, known: Mapping[Unit, int], keys: Mapping[Unit, Key]) -> bool:
        """Whether nothing of a submission could be graded, by what is known of it."""
        rows = self.gradings[keys["functions"].digest] if "functions" in known else []
        return any(number == known["functions"] and inputs == REFUSED for number, inputs in rows)

    def known(self, keys: Mapping[Unit, Key]) -> dict[Unit, int]:
        """The units that are there already, and their numbers. The steps beyond functions must have been made with
        what the functions' verdicts are now; where those are not known, that is for the worker to see."""
        there = {unit: self.gradings[key.digest] for unit, key in keys.items() if key.digest in self.gradings}
        inputs = there["functions"][-1][1] if "functions" in there else None
        found: dict[Unit, int] = {}
        for unit, rows in there.items():
            fitting = [n for n, own in rows if unit in ("functions", "report") or inputs in (None, own)]
            if fitting:
                found[unit] = fitting[-1]
        return found


def take_snapshot(book: Gradebook, assignment: str, before: int | None = None) -> Snapshot:
    """Read it; with `before`, as it was at the end of that run.

    Raises:
        ConfigError: the gradebook can't be read.
    """

    def then(table: Any) -> tuple[Any, ...]:
        return () if before is None else (table.run_id <= before,)

    with book.reading() as session:

        def newest(table: Any, *conditions: Any) -> list[Any]:
            own = (table.assignment == assignment, *conditions, *then(table))
            last = select(func.max(table.id)).where(*own).group_by(table.name)
            return list(session.scalars(select(table).where(table.id.in_(last))))

        submissions, gone = _once_each(newest(tables.Submission))
        rows = [row for row in newest(tables.Scoring, tables.Scoring.held.is_(False)) if row.name not in gone]
        held = {row.name: row.inputs for row in newest(tables.Scoring) if row.held}
        digests = session.execute(
            select(tables.Grading.digest, tables.Grading.id, tables.Grading.inputs)
            .where(tables.Grading.assignment == assignment, *then(tables.Grading))
            .order_by(tables.Grading.id)
        )
        gradings: dict[str, list[tuple[int, str]]] = {}
        for digest, number, inputs in digests:
            gradings.setdefault(digest, []).append((number, inputs))
        given = session.scalars(
            select(tables.Scoring)
            .join(tables.Event, tables.Event.scoring_id == tables.Scoring.id)
            .where(tables.Event.kind == PUBLISHED, tables.Scoring.assignment == assignment, *then(tables.Event))
            .order_by(tables.Event.id)
        )
        published = {row.name: row for row in given if row.name not in gone}
        items: dict[int, dict[str, ItemRow]] = {}
        wanted = {row.id for row in (*rows, *published.values())}
        entry = tables.ItemScore
        columns = select(entry.scoring_id, *(getattr(entry, name) for name in ItemRow._fields))
        for scoring, *values in session.execute(columns.where(entry.scoring_id.in_(wanted))):
            items.setdefault(scoring, {})[values[0]] = ItemRow(*values)
        session.expunge_all()
    return Snapshot(
        submissions={row.name: row for row in submissions},
        gradings=gradings,
        scorings={row.name: Scored(row, items.get(row.id, {})) for row in rows},
        published={name: Scored(row, items.get(row.id, {})) for name, row in published.items()},
        held=held,
    )


def _once_each(rows: list[tables.Submission]) -> tuple[list[tables.Submission], set[str]]:
    """The rows without those of hand-ins that a later run calls by another name, since somebody decided whose they are;
    and these old names. In a plain folder, the key is a file's name and says nothing."""
    last: dict[tuple[str, str], int] = {}
    for row in rows:
        last[row.platform, row.key] = max(row.run_id, last.get((row.platform, row.key), 0))
    gone = {
        row.name for row in rows if row.key and row.platform != "folder" and row.run_id < last[row.platform, row.key]
    }
    return [row for row in rows if row.name not in gone], gone


def last_keys(book: Gradebook, assignment: str, name: str) -> dict[Unit, Mapping[str, str]]:
    """The parts of the keys under which a submission's units were graded last: those that its points come from, else
    the newest that were found out about it."""
    found: dict[Unit, Mapping[str, str]] = {}
    with book.reading() as session:
        scored = select(tables.Scoring.gradings).where(
            tables.Scoring.assignment == assignment, tables.Scoring.name == name, tables.Scoring.held.is_(False)
        )
        used = session.scalars(scored.order_by(tables.Scoring.id.desc()).limit(1)).first() or []
        own = and_(tables.Grading.assignment == assignment, tables.Grading.name == name)
        rows = session.execute(
            select(tables.Grading.id, tables.Grading.unit, tables.Grading.parts).where(
                or_(own, tables.Grading.id.in_(used))
            )
        )
        for _, unit, parts in sorted(rows, key=lambda row: (row.id in used, row.id)):
            found[unit] = dict(parts)  # type: ignore[index]
    return found


def facts_by(book: Gradebook, gradings: list[int]) -> Facts:
    """The facts behind a scoring."""
    return next(book.facts_of_each([gradings]))
