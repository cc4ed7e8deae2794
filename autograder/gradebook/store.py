"""Opens a gradebook, any database that SQLAlchemy knows, and adds facts to it."""

from __future__ import annotations

import contextlib
import getpass
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, make_url, select
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError, SAWarning, SQLAlchemyError
from sqlalchemy.orm import Session

from autograder import __version__
from autograder.errors import ConfigError
from autograder.facts import KINDS, Facts, Unit, decoded, encoded, final
from autograder.gradebook import tables
from autograder.gradebook.keys import Key
from autograder.gradebook.migrate import is_current, upgrade
from autograder.grades import HandIn, Person
from autograder.marks import Mark
from autograder.records import Report

FILE = "gradebook.db"
_HEAD = b"SQLite format 3\0"  # of a file; one without a byte is an empty database
BUSY_SECONDS = 30.0  # that a lock is waited for
_AT_ONCE = 100  # submissions whose facts are read in one query
_WRITES = {"gradebook_writes": True}  # what tells a transaction of SQLite to take the lock at once


def open_gradebook(where: str) -> Gradebook:
    """Open, and make or bring up to date, the gradebook at a URL or the path of a SQLite file.

    Raises:
        ConfigError: it can't be opened, or a newer version of this program made it.
    """
    engine, name = _engine(where)
    try:
        with told_of(name):
            with engine.connect() as connection:
                current = is_current(connection)
            if not current:
                upgrade(engine.execution_options(**_WRITES), name)
    except BaseException:
        engine.dispose()
        raise
    return Gradebook(engine, name)


def _engine(where: str) -> tuple[Engine, str]:
    """An engine, and what sentences call it: a path, or a URL without its password.

    Raises:
        ConfigError: there can't be such a database.
    """
    shown = where if "://" not in where else f"{where.partition('://')[0]}://…"  # until we know where its password is
    try:
        url = make_url(where) if "://" in where else URL.create("sqlite", database=where)
        if url.drivername in ("postgres", "postgresql"):
            url = url.set(drivername="postgresql+psycopg")
        shown = harmless(url) if url.get_backend_name() != "sqlite" else url.database or harmless(url)
        with warnings.catch_warnings():
            warnings.simplefilter("error", SAWarning)  # of what the URL says and SQLite does not know
            engine = create_engine(url)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            if url.database and not url.query:
                _make_room(Path(url.database))
    except OSError as error:
        raise ConfigError(f"The gradebook {shown} can't be made: {error.strerror}.") from error
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError, SAWarning) as error:
        said = str(error).partition(" (Background")[0].rstrip(".")
        raise ConfigError(f"The gradebook {shown} (GRADEBOOK) can't be opened: {said}.") from error
    return engine, shown


def _make_room(path: Path) -> None:
    """Raises:
    ConfigError: there is a file which is no database: SQLite would write over a short one.
    OSError: there is no folder for it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file():
        with path.open("rb") as file:
            head = file.read(len(_HEAD))
        if head not in (b"", _HEAD):
            raise ConfigError(f"{path} is no gradebook: it is not a database.")


def harmless(url: URL) -> str:
    """The URL without its password."""
    return url.set(query={}).render_as_string(hide_password=True)


@contextlib.contextmanager
def told_of(name: str) -> Iterator[None]:
    """Turn what a database says of locks, disks and connections into a sentence.

    Raises:
        ConfigError: it said any of that.
    """
    try:
        yield
    except OperationalError as error:
        raise ConfigError(f"The gradebook {name} can't be used: {_reason(error)}.") from error
    except SQLAlchemyError as error:
        raise ConfigError(f"{name} is no gradebook, or a damaged one: {_reason(error)}.") from error


def _reason(error: SQLAlchemyError) -> str:
    said = str(getattr(error, "orig", None) or error).strip().splitlines()
    return said[0].rstrip(".") if said else type(error).__name__


def _prepare_sqlite(connection: Any, _: object) -> None:
    """Readers never wait for the writer, a commit is on the disk when it returns, and a lock is waited for."""
    connection.isolation_level = None  # else the driver begins transactions by itself, and late; see _begin_sqlite
    cursor = connection.cursor()
    busy = f"busy_timeout={round(BUSY_SECONDS * 1000)}"
    for pragma in (busy, "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Every transaction is one from its first word on: a reader sees one moment, a migration is whole or not there."""
    writes = "gradebook_writes" in connection.get_execution_options()
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class Gradebook:
    """An open gradebook. `name`: its path, or its URL without a password. One process writes, any number reads."""

    def __init__(self, engine: Engine, name: str) -> None:
        self.engine, self.name = engine, name
        postgresql = engine.dialect.name == "postgresql"
        self._reader = engine.execution_options(isolation_level="REPEATABLE READ") if postgresql else engine
        self._writer = engine.execution_options(**_WRITES)

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for queries, all of which see the same moment.

        Raises:
            ConfigError: see told_of.
        """
        with told_of(self.name), Session(self._reader) as session:
            yield session

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: all of it is kept, or nothing.

        Raises:
            ConfigError: see told_of.
        """
        with told_of(self.name), self._writer.begin() as connection:
            yield connection

    def begin_run(self, assignment: str, command: Sequence[str]) -> int:
        """Note a command that is going to write; its number."""
        row = {
            "assignment": assignment,
            "command": " ".join(map(_shown, command)),
            "by": _user(),
            "version": __version__,
        }
        with self.writing() as connection:
            return _add(connection, tables.Run, row | {"at": now()})

    def has_run(self, assignment: str, number: int) -> bool:
        """Whether there is such a run of the assignment."""
        with self.reading() as session:
            own = (tables.Run.id == number, tables.Run.assignment == assignment)
            return session.scalar(select(tables.Run.id).where(*own)) is not None

    def add_people(self, run: int, people: Sequence[Person]) -> None:
        """Keep what is told of people, where it is new."""
        with self.reading() as session:
            rows = session.scalars(select(tables.Student).order_by(tables.Student.id))
            known = {row.sid: (row.name, row.email, row.section, row.login) for row in rows}
        fresh = [p for p in people if known.get(p.id) != (p.name, p.email, p.section, p.login)]
        if fresh:
            rows_ = [{"run_id": run, "sid": p.id} | {k: v for k, v in asdict(p).items() if k != "id"} for p in fresh]
            with self.writing() as connection:
                connection.execute(insert(tables.Student), rows_)

    def add_submission(self, run: int, assignment: str, hand_in: HandIn, content: str) -> int:
        """Keep a version of a hand-in."""
        row = submission_row(assignment, hand_in, content)
        with self.writing() as connection:
            return _add(connection, tables.Submission, row | {"run_id": run})

    def add_facts(
        self, connection: Connection, run: int, assignment: str, name: str, keys: Mapping[Unit, Key], facts: Facts
    ) -> dict[Unit, int]:
        """Keep the units that are there and worth keeping; their numbers."""
        stamp = {"tier": facts.tier, "tier_number": facts.tier_number, "seed": facts.seed, "started": facts.started}
        found: dict[Unit, int] = {}
        for unit, key in keys.items():
            fact = getattr(facts, unit)
            if fact is None or not final(fact):
                continue
            row = {"run_id": run, "assignment": assignment, "name": name, "unit": unit, "digest": key.digest}
            row |= {"content": key.parts["submission"], "parts": dict(key.parts), "at": now(), "stamp": stamp}
            row["inputs"] = getattr(fact, "inputs", "")
            found[unit] = _add(connection, tables.Grading, row | {"facts": encoded(fact)})
            outcomes = [
                {"grading_id": found[unit], "item": o.item, "check": o.check, "status": o.status, "message": o.message}
                for o in getattr(fact, "outcomes", ())
            ]
            if outcomes:
                connection.execute(insert(tables.Outcome), outcomes)
        return found

    def facts_of(self, gradings: Mapping[Unit, int]) -> Facts:
        """Facts put together of kept units.

        Raises:
            ConfigError: one is damaged.
        """
        return next(self.facts_of_each([gradings.values()]))

    def facts_of_each(self, wanted: Sequence[Collection[int]]) -> Iterator[Facts]:
        """The facts of several submissions, in this order, each put together of kept units.

        Raises:
            ConfigError: one is damaged.
        """
        table = tables.Grading
        columns = select(table.id, table.name, table.unit, table.facts, table.stamp)
        for start in range(0, len(wanted), _AT_ONCE):
            some = [sorted(numbers) for numbers in wanted[start : start + _AT_ONCE]]
            with self.reading() as session:
                chosen = columns.where(table.id.in_({number for numbers in some for number in numbers}))
                rows = {row.id: row for row in session.execute(chosen)}
            yield from (self._facts([rows[number] for number in numbers if number in rows]) for numbers in some)

    def _facts(self, rows: Sequence[Any]) -> Facts:
        units: dict[str, Any] = {}
        stamp: dict[str, Any] = {}
        for row in rows:
            unit: Unit = row.unit
            try:
                units[unit] = decoded(row.facts, KINDS[unit])
            except ValueError as error:
                raise ConfigError(f"{self.name}: grading {row.id} of {row.name} is damaged: {error}.") from error
            stamp = stamp or row.stamp
        return Facts(**units, **stamp)

    def add_scoring(
        self, connection: Connection, run: int, submission: int, inputs: str, gradings: Sequence[int], report: Report,
        marks: Mapping[str, Mark], *, held: bool = False,
    ) -> int:  # fmt: skip
        """Keep what a submission is worth now."""
        score = report.score
        row = {
            "run_id": run, "assignment": report.assignment, "name": report.submission, "submission_id": submission,
            "at": now(), "inputs": inputs, "gradings": list(gradings), "exit_code": report.exit_code,
            "problem": report.problem or report.failure, "raw": score.raw, "total": score.total,
            "maximum": score.maximum, "deductions": [asdict(d) for d in score.deductions], "held": held,
        }  # fmt: skip
        number = _add(connection, tables.Scoring, row)
        items = [
            {"scoring_id": number, "item": e.item.id, "status": e.status, "score": e.score, "points": e.item.points}
            | (
                {"comment": mark.comment, "by": mark.by}
                if (mark := marks.get(e.item.id))
                else {"comment": "", "by": ""}
            )
            for e in score.items
        ]
        if items:
            connection.execute(insert(tables.ItemScore), items)
        return number

    def add_event(self, run: int, kind: str, text: str, *, name: str = "", scoring: int | None = None) -> None:
        """Keep what happened."""
        row = {"run_id": run, "at": now(), "kind": kind, "name": name, "text": text, "scoring_id": scoring}
        with self.writing() as connection:
            _add(connection, tables.Event, row)


def submission_row(assignment: str, hand_in: HandIn, content: str) -> dict[str, Any]:
    """What the gradebook keeps of a hand-in."""
    return {
        "assignment": assignment, "name": hand_in.name, "content": content, "path": str(hand_in.path),
        "platform": hand_in.platform, "key": hand_in.key, "handed_in": hand_in.time, "late": hand_in.late,
        "owners": [person.id for person in hand_in.owners], "older": [path.name for path in hand_in.older],
        "refused": hand_in.refused,
    }  # fmt: skip


def now() -> datetime:
    """The time, with its zone."""
    return datetime.now(UTC)


def _add(connection: Connection, table: type[tables.Base], row: Mapping[str, Any]) -> int:
    key = connection.execute(insert(table), dict(row)).inserted_primary_key
    assert key is not None
    return int(key[0])


def _shown(argument: str) -> str:
    """A word of a command, without a password."""
    try:
        return harmless(make_url(argument)) if "://" in argument else argument
    except (ArgumentError, ValueError):
        return "…"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no name for this user id, as in some containers
        return "unknown"
