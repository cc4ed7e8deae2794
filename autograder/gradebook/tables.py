"""The tables. Rows are added and never changed: what holds now is the newest row, by a query (snapshot.py, view.py)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from autograder.gradebook.columns import Moment, Plain, Words


class Base(DeclarativeBase):
    """All tables of a gradebook."""


class Run(Base):
    """One command that graded or changed something. `ended` is told by an event."""

    __tablename__ = "run"

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment: Mapped[str] = mapped_column(Words)
    at: Mapped[datetime] = mapped_column(Moment)
    by: Mapped[str] = mapped_column(Words)
    command: Mapped[str] = mapped_column(Words)
    version: Mapped[str] = mapped_column(Words)


class Student(Base):
    """A person as a roster or a platform told; the newest row of an `sid` holds."""

    __tablename__ = "student"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    sid: Mapped[str] = mapped_column(Words)
    name: Mapped[str] = mapped_column(Words)
    email: Mapped[str] = mapped_column(Words)
    section: Mapped[str] = mapped_column(Words)
    login: Mapped[str] = mapped_column(Words)


class Submission(Base):
    """One version of a hand-in, by the hash of its content; the newest row of a `name` holds."""

    __tablename__ = "submission"
    __table_args__ = (Index("submission_name", "assignment", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    assignment: Mapped[str] = mapped_column(Words)
    name: Mapped[str] = mapped_column(Words)
    content: Mapped[str] = mapped_column(String(64))
    path: Mapped[str] = mapped_column(Words)
    platform: Mapped[str] = mapped_column(Words)
    key: Mapped[str] = mapped_column(Words)
    handed_in: Mapped[datetime | None] = mapped_column(Moment)
    late: Mapped[bool | None]
    owners: Mapped[list[str]] = mapped_column(Plain)
    older: Mapped[list[str]] = mapped_column(Plain)
    refused: Mapped[str] = mapped_column(Words)


class Grading(Base):
    """The facts of one unit, by the key that they are a pure function of. `inputs`: what of the functions' verdicts the
    steps beyond them build on; of `functions` that which came out, of others that which went in."""

    __tablename__ = "grading"
    __table_args__ = (Index("grading_digest", "digest"), Index("grading_content", "assignment", "content", "unit"))

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    assignment: Mapped[str] = mapped_column(Words)
    content: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(Words)
    unit: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64))
    parts: Mapped[dict[str, str]] = mapped_column(Plain)
    inputs: Mapped[str] = mapped_column(Words)
    at: Mapped[datetime] = mapped_column(Moment)
    facts: Mapped[bytes] = mapped_column(LargeBinary)
    stamp: Mapped[dict[str, Any]] = mapped_column(Plain)


class Outcome(Base):
    """What one check said in one grading."""

    __tablename__ = "outcome"
    __table_args__ = (Index("outcome_grading", "grading_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    grading_id: Mapped[int] = mapped_column(ForeignKey("grading.id"))
    item: Mapped[str] = mapped_column(Words)
    check: Mapped[str] = mapped_column(Words)
    status: Mapped[str] = mapped_column(String(20))
    message: Mapped[str] = mapped_column(Words)


class Scoring(Base):
    """What a submission was worth at one moment: facts, marks and rules became points. The newest row that is not
    `held` holds; a held one waits for somebody to allow that published points fall."""

    __tablename__ = "scoring"
    __table_args__ = (Index("scoring_name", "assignment", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    assignment: Mapped[str] = mapped_column(Words)
    name: Mapped[str] = mapped_column(Words)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    at: Mapped[datetime] = mapped_column(Moment)
    inputs: Mapped[str] = mapped_column(String(64))
    gradings: Mapped[list[int]] = mapped_column(Plain)
    exit_code: Mapped[int]
    problem: Mapped[str] = mapped_column(Words)
    raw: Mapped[float | None] = mapped_column(Float)
    total: Mapped[float | None] = mapped_column(Float)
    maximum: Mapped[float] = mapped_column(Float)
    deductions: Mapped[list[Any]] = mapped_column(Plain)
    held: Mapped[bool]


class ItemScore(Base):
    """One item of a scoring."""

    __tablename__ = "item_score"
    __table_args__ = (UniqueConstraint("scoring_id", "item"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    scoring_id: Mapped[int] = mapped_column(ForeignKey("scoring.id"))
    item: Mapped[str] = mapped_column(Words)
    status: Mapped[str] = mapped_column(String(20))
    score: Mapped[float | None] = mapped_column(Float)
    points: Mapped[float] = mapped_column(Float)
    comment: Mapped[str] = mapped_column(Words)
    by: Mapped[str] = mapped_column(Words)


class Mark(Base):
    """A person's word, from a file of marks: points, a penalty or an extension; the newest row of the same (source,
    kind, student, item) holds, and none where that is `withdrawn`."""

    __tablename__ = "mark"
    __table_args__ = (Index("mark_assignment", "assignment"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    assignment: Mapped[str] = mapped_column(Words)
    at: Mapped[datetime] = mapped_column(Moment)
    source: Mapped[str] = mapped_column(Words)
    kind: Mapped[str] = mapped_column(String(20))
    student: Mapped[str | None] = mapped_column(Words)
    item: Mapped[str] = mapped_column(Words)
    told: Mapped[dict[str, Any]] = mapped_column(Plain)
    by: Mapped[str] = mapped_column(Words)
    withdrawn: Mapped[bool]


class LateDay(Base):
    """How late a student's hand-in was and what that cost; the newest row of an assignment and student holds."""

    __tablename__ = "late_day"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    assignment: Mapped[str] = mapped_column(Words)
    sid: Mapped[str] = mapped_column(Words)
    at: Mapped[datetime] = mapped_column(Moment)
    days: Mapped[int]
    free_used: Mapped[int]
    sentence: Mapped[str] = mapped_column(Words)


class Event(Base):
    """What else happened: a run's end, a failure of the grader, a publication, a fall that somebody allowed."""

    __tablename__ = "event"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    at: Mapped[datetime] = mapped_column(Moment)
    kind: Mapped[str] = mapped_column(Words)
    name: Mapped[str] = mapped_column(Words)
    text: Mapped[str] = mapped_column(Words)
    scoring_id: Mapped[int | None] = mapped_column(ForeignKey("scoring.id"))
